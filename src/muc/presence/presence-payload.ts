// The payload of clients' presence that the room relays (XEP-0045 sections 7.14 and 17.3).
import { type Element, namespaceOf, serialize, sizeOf } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { type ClientPresence, EMPTY_PRESENCE } from "../model/client-presence.ts";
import { readLanguage } from "../model/language.ts";
import { SMALL_PRESENCE } from "../model/presence-budget.ts";
import type { Room } from "../room/room.ts";
import { relayedElements } from "./relay-filter.ts";

/** Maximum payload of a client's presence, in bytes. The room stores it and sends it to everybody who enters. */
export const MAX_PRESENCE_BYTES = 16_384;

/** Reads the payload to relay. Leaves out elements reserved for the service, or addressed to it (section 17.3). */
export function readPresence(stanza: Stanza): ClientPresence {
  return write(stanza, relayedElements(stanza).filter(isForOthers));
}

/**
 * Reads the payload of an unavailable presence to relay (section 7.14), without show and priority. A payload that is
 * too large is left out: it must not prevent leaving.
 */
export function readExit(stanza: Stanza): ClientPresence {
  const presence = write(
    stanza,
    relayedElements(stanza).filter((el) => isForOthers(el) && !isAvailability(el)),
  );
  return fits(presence.payload) ? presence : EMPTY_PRESENCE;
}

/** Returns the error for a presence that is too large (RFC 6120 sections 8.3.3.12 and 8.3.3.18). */
export function refuseLargePresence(room: Room, stanza: Stanza): StanzaError | undefined {
  // The payload is not larger than the element, so a small element needs no serialization.
  if (sizeOf(stanza.element) <= SMALL_PRESENCE) return undefined;
  const bytes = Buffer.byteLength(readPresence(stanza).payload);
  if (bytes > MAX_PRESENCE_BYTES)
    return errors.policyViolation(say`Presence may have at most ${MAX_PRESENCE_BYTES} bytes`);
  if (room.environment.presences.allows(stanza.from.domain, bytes)) return undefined;
  return errors.resourceConstraint(say`Presence may have at most ${SMALL_PRESENCE} bytes at the moment`);
}

/** Returns a stored presence; an empty one if its payload, from an earlier version, is too large. */
export const storedPresence = ({ payload, language }: ClientPresence): ClientPresence =>
  fits(payload) ? { payload, language } : EMPTY_PRESENCE;

const isForOthers = (el: Element): boolean => !el.is("x", NS.muc) && !el.is("error");

const isAvailability = (el: Element): boolean =>
  ["show", "priority"].includes(el.getName()) && namespaceOf(el) === "jabber:client";

function write({ element }: Stanza, relayed: readonly Element[]): ClientPresence {
  return { payload: relayed.map(serialize).join(""), language: readLanguage(element) };
}

const fits = (payload: string): boolean => Buffer.byteLength(payload) <= MAX_PRESENCE_BYTES;
