// The addresses of the operator for reports of abuse.
import { prepareJid } from "./xmpp/jid.ts";

/** Returns the bare JIDs in URIs (RFC 5122), without those of the service itself. */
export const xmppAddresses = (uris: readonly string[], domain: string): string[] =>
  uris.flatMap((uri) => {
    const address = /^xmpp:([^?#]+)/i.exec(uri)?.[1];
    const jid = address === undefined ? undefined : prepareJid(decoded(address));
    return jid && jid.domain !== domain ? [jid.bare] : [];
  });

/** Decodes the escapes of a URI; empty if they are damaged. */
function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return "";
  }
}
