// Changes of nicknames (XEP-0045 section 7.6).
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { refuseNickname } from "../permissions/nickname.ts";
import { refuseRename } from "../permissions/privileges.ts";
import type { PresenceRequest } from "../presence/occupant-presence.ts";
import { announceDeparture, broadcastPresence, sendDeparture } from "../presence/presence.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { noteUnconfirmedAddress } from "./address-check.ts";

/**
 * Changes the nickname of an occupant, for all its clients, as one of them requests. `nick` is in its enforced form. If
 * another occupant of the same user has that nickname, merges the clients into it (section 7.2.8). Sends unavailable
 * presence from the old nickname; the caller sends presence from the new one. Returns the occupant with the new
 * nickname.
 */
export function changeNickname(
  room: Room,
  occupant: Occupant,
  nick: string,
  answers: PresenceRequest,
): Result<Occupant> {
  const refusal = refuseRename(room, occupant, nick) ?? refuseNickname(room, occupant.bareJid, nick);
  if (refusal) return refuse(refusal);
  const holder = room.occupants.get(nick);
  const other = holder === occupant ? undefined : holder; // the same if only the spelling changes
  leaveNickname(room, occupant, nick, answers);
  return ok(other ? mergeInto(room, occupant, other) : takeNickname(room, occupant, nick));
}

/**
 * Changes an occupant's nickname to a free one. Sends unavailable presence with 303 from the old one, then presence.
 */
export function rename(room: Room, occupant: Occupant, nick: string, statuses: readonly number[]): void {
  leaveNickname(room, occupant, nick);
  takeNickname(room, occupant, nick);
  noteUnconfirmedAddress(room, occupant);
  broadcastPresence(room, occupant, { statuses });
}

function takeNickname(room: Room, occupant: Occupant, nick: string): Occupant {
  room.addOccupant(occupant, nick);
  return occupant;
}

function mergeInto(room: Room, from: Occupant, to: Occupant): Occupant {
  for (const [jid, session] of from.sessions) room.setPresence(to, jid, session);
  return to;
}

function leaveNickname(room: Room, occupant: Occupant, nick: string, answers?: PresenceRequest): void {
  const notice = { statuses: [303], nick, answers };
  sendDeparture(room, occupant, occupant.sessions.list, notice);
  announceDeparture(room, occupant, notice);
  room.vacateNickname(occupant);
}
