// The opening of a XEP-0114 stream (section 3), for programs that play the server or the component.
import { createHash } from "node:crypto";

const OPENING = `<stream:stream xmlns:stream="http://etherx.jabber.org/streams" xmlns="jabber:component:accept"`;

/** The server's answer to the right handshake. */
export const ACCEPTED = "<handshake/>";
export const FOOTER = "</stream:stream>";

/** The header that a component sends. */
export const componentHeader = (domain: string): string => `${OPENING} to="${domain}">`;

/** The header that a server answers with. */
export const serverHeader = (domain: string, id: string): string => `${OPENING} from="${domain}" id="${id}">`;

/** Returns the id in a server's header; undefined if the text has no complete header. */
export const streamIdOf = (text: string): string | undefined =>
  /<stream:stream [^>]*\bid=['"]([^'"]*)[^>]*>/.exec(text)?.[1];

/** The component's proof that it knows the secret. */
export function handshake(streamId: string, secret: string): string {
  return `<handshake>${createHash("sha1").update(`${streamId}${secret}`).digest("hex")}</handshake>`;
}
