import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { refuseNickname } from "../permissions/nickname.ts";
import { refuseRename } from "../permissions/privileges.ts";
import type { PresenceRequest } from "../presence/occupant-presence.ts";
import { announceDeparture, broadcastPresence, sendDeparture } from "../presence/presence.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { noteUnconfirmedAddress } from "./address-check.ts";

/**
 * Gives an occupant the other nickname (in its enforced form) that one of its clients asks for; it is that of all its
 * clients. Where the user's other clients have it already, they share it (section 7.2.8). The old one is taken leave
 * of; presence under the new one is due.
 */
export function changeNickname(
  room: Room,
  occupant: Occupant,
  nick: string,
  answers: PresenceRequest,
): Result<Occupant> {
  const refusal = refuseRename(room, occupant, nick) ?? refuseNickname(room, occupant.bareJid, nick);
  if (refusal) return refuse(refusal);
  const user = room.occupants.get(nick);
  const own = user === occupant ? undefined : user; // in another form of its nickname
  leaveNickname(room, occupant, nick, answers);
  return ok(own ? share(room, occupant, own) : takeNickname(room, occupant, nick));
}

/** Gives an occupant a nickname that is free: unavailable with 303 under the old one, then presence under the new one. */
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

function share(room: Room, from: Occupant, to: Occupant): Occupant {
  for (const [jid, session] of from.sessions) room.setPresence(to, jid, session);
  return to;
}

function leaveNickname(room: Room, occupant: Occupant, nick: string, answers?: PresenceRequest): void {
  const notice = { statuses: [303], nick, answers };
  sendDeparture(room, occupant, occupant.sessions.list, notice);
  announceDeparture(room, occupant, notice);
  room.vacateNickname(occupant);
}
