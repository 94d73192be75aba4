import { parseJid } from "../../xmpp/jid.ts";
import { itemsOf, type Term } from "./term.ts";

/** Returns the bare JID of a tuple of user, server and, optionally, resource. */
export function bareJid(term: Term): string | undefined {
  const [user, server] = itemsOf(term);
  if (typeof user !== "string" || typeof server !== "string") return undefined;
  return parseJid(user === "" ? server : `${user}@${server}`)?.bare;
}
