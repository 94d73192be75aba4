// What clients say in their presence, as far as the room passes it on (XEP-0045 sections 7.14 and 17.3).
import { type Element, namespaceOf, serialize, sizeOf } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { type ClientPresence, SAYS_NOTHING } from "../model/client-presence.ts";
import { readLanguage } from "../model/language.ts";
import { SMALL_PRESENCE } from "../model/presence-budget.ts";
import type { Room } from "../room/room.ts";
import { relayedElements } from "./relay-filter.ts";

/** The most that a client's presence may say, in bytes: it is kept, and shown to everybody who enters. */
export const MAX_PRESENCE_BYTES = 16_384;

/** Reads what of a client's presence is passed on: all but what the service alone may say, and what spoke to the service (section 17.3). */
export function readPresence(stanza: Stanza): ClientPresence {
  return write(stanza, relayedElements(stanza).filter(isForOthers));
}

/**
 * Reads what of an unavailable presence is passed on (section 7.14): no availability beside it. Nobody is kept inside
 * because that is much; then it says nothing.
 */
export function readExit(stanza: Stanza): ClientPresence {
  const said = write(
    stanza,
    relayedElements(stanza).filter((el) => isForOthers(el) && !isAvailability(el)),
  );
  return fits(said.payload) ? said : SAYS_NOTHING;
}

/** Why a presence is refused for its size; nothing of it is taken (RFC 6120 sections 8.3.3.12 and 8.3.3.18). */
export function refuseLargePresence(room: Room, stanza: Stanza): StanzaError | undefined {
  // What is written is no larger: so small ones are not written for this.
  if (sizeOf(stanza.element) <= SMALL_PRESENCE) return undefined;
  const bytes = Buffer.byteLength(readPresence(stanza).payload);
  if (bytes > MAX_PRESENCE_BYTES)
    return errors.policyViolation(`Presence may have at most ${MAX_PRESENCE_BYTES} bytes`);
  if (room.environment.presences.allows(stanza.from.domain, bytes)) return undefined;
  return errors.resourceConstraint(`Presence may have at most ${SMALL_PRESENCE} bytes at the moment`);
}

/** What was kept of a presence; nothing where an earlier version has kept more than may be said. */
export const keptPresence = ({ payload, language }: ClientPresence): ClientPresence =>
  fits(payload) ? { payload, language } : SAYS_NOTHING;

const isForOthers = (el: Element): boolean => !el.is("x", NS.muc) && !el.is("error");

const isAvailability = (el: Element): boolean =>
  ["show", "priority"].includes(el.getName()) && namespaceOf(el) === "jabber:client";

function write({ element }: Stanza, said: readonly Element[]): ClientPresence {
  return { payload: said.map(serialize).join(""), language: readLanguage(element) };
}

const fits = (payload: string): boolean => Buffer.byteLength(payload) <= MAX_PRESENCE_BYTES;
