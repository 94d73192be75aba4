// Nicknames: who may have which, and changing one (XEP-0045 sections 7.2.8, 7.6 and 17.1).
import { normalizeResource } from "../xmpp/jid.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { leadingSession, type Occupant } from "./occupant.ts";
import { announceDeparture, broadcastPresence, sendDeparture } from "./presence.ts";
import { presencePayload } from "./presence-payload.ts";
import type { Room } from "./room.ts";

/** A nickname in its enforced form; undefined where it is none: empty, invisible or with what no resource may hold. */
export function readNickname(text: string): string | undefined {
  const nick = normalizeResource(text);
  return nick === undefined || /^[\s\p{Cf}\p{Zs}]*$/u.test(nick) ? undefined : nick;
}

/** Why a user may not use a nickname; undefined where it may. */
export function refuseNickname(room: Room, bareJid: string, nick: string): StanzaError | undefined {
  if (readNickname(nick) === undefined) return errors.jidMalformed("This nickname is empty or not allowed");
  const holder = room.occupants.get(nick);
  if (holder && holder.bareJid !== bareJid) return errors.conflict("This nickname is in use");
  const owner = room.reservedFor(nick);
  if (owner !== undefined && owner !== bareJid) return errors.conflict("This nickname is reserved");
  return undefined;
}

/** Presence to another nickname by somebody who is in the room (section 7.6). */
export function changeNickname(
  room: Room,
  occupant: Occupant,
  nick: string,
  stanza: Stanza,
): StanzaError | undefined {
  const refusal = refuseNickname(room, occupant.bareJid, nick);
  if (refusal) return refusal;
  if (room.occupants.has(nick)) return errors.conflict("You use this nickname with another client");
  const session = occupant.sessions.get(stanza.from.full) ?? leadingSession(occupant);
  session.payload = presencePayload(stanza);
  rename(room, occupant, nick);
  return undefined;
}

/** Gives an occupant a nickname that is free: unavailable with 303 under the old one, then presence under the new one. */
export function rename(
  room: Room,
  occupant: Occupant,
  nick: string,
  selfStatuses: readonly number[] = [],
): void {
  const notice = { statuses: [303], nick };
  sendDeparture(room, occupant, [...occupant.sessions.keys()], notice);
  announceDeparture(room, occupant, notice);
  room.occupants.delete(occupant.nick);
  occupant.nick = nick;
  room.occupants.set(nick, occupant);
  broadcastPresence(room, occupant, { selfStatuses });
}
