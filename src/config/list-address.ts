// Addresses of blocklists that other services publish (XEP-0060).
import { accountOf, prepareJid } from "../xmpp/jid.ts";

/** A PubSub node with a blocklist. `service` is a JID without a resource. */
export interface ListAddress {
  readonly service: string;
  readonly node: string;
}

/** The node that servers subscribe to unless told otherwise. */
const USUAL_NODE = "muc_bans_sha256";

/** Maximum bytes of a node's name. */
const MOST_NODE_BYTES = 256;

/** Reads "xmpp:SERVICE?;node=NODE" (XEP-0060 section 12.22), without "xmpp:" and the node too. Undefined if it is no address. */
export function readListAddress(text: string): ListAddress | undefined {
  const [address = "", query = ""] = text.replace(/^xmpp:/, "").split("?", 2);
  const jid = prepareJid(address);
  const node = query
    .split(";")
    .find((part) => part.startsWith("node="))
    ?.slice("node=".length);
  if (!jid || jid.resource !== undefined || (query !== "" && node === undefined)) return undefined;
  const name = node === undefined ? USUAL_NODE : decoded(node);
  if (name === undefined || name === "" || Buffer.byteLength(name) > MOST_NODE_BYTES) return undefined;
  return { service: accountOf(jid.full), node: name };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
