import { childText, serialize } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { textTag } from "../xmpp/tag.ts";
import { passedOn } from "./marks.ts";

/** The most that a client's presence may say, in bytes: it is kept, and shown to everybody who enters. */
export const MAX_PRESENCE_BYTES = 16_384;

/** What of a client's presence is passed on: all but what the service alone may say, and what spoke to the service (section 17.3). */
export function presencePayload(stanza: Stanza): string {
  return passedOn(stanza)
    .filter((el) => !el.is("x", NS.muc) && !el.is("error"))
    .map(serialize)
    .join("");
}

/** Why a presence is refused for its size; nothing of it is taken (RFC 6120 section 8.3.3.12). */
export function refuseLargePresence(stanza: Stanza): StanzaError | undefined {
  if (fits(presencePayload(stanza))) return undefined;
  return errors.policyViolation(`Presence has at most ${MAX_PRESENCE_BYTES} bytes here`);
}

/** The payload of a presence that was kept; nothing where an earlier version has kept more than may be said. */
export const keptPayload = (payload: string): string => (fits(payload) ? payload : "");

/** The exit message of an unavailable presence, as markup (section 7.14); nobody is kept inside for a long one. */
export function exitStatus(stanza: Stanza): string {
  const status = childText(stanza.element, "status");
  const written = status === undefined ? "" : textTag("status", status);
  return fits(written) ? written : "";
}

const fits = (payload: string): boolean => Buffer.byteLength(payload) <= MAX_PRESENCE_BYTES;
