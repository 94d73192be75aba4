import { z } from "zod";
import { prepareJid } from "../../xmpp/jid.ts";

/** The bare JID of a user, or a domain; or the name of a ban whose account was erased. */
export const banTarget = z
  .string()
  .max(3071)
  .refine((text) => normal(text) !== undefined, "expected the address of a user or a domain")
  .transform((text) => normal(text) ?? text)
  .meta({ description: "Address of the user, or a domain; as the list of bans has it" });

function normal(text: string): string | undefined {
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return text;
  const jid = prepareJid(text);
  return jid && jid.resource === undefined ? jid.bare : undefined;
}
