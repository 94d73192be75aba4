// Mutes: an account has no voice until a time, by revoking its voice (XEP-0045 section 8.4) and granting it again
// (section 8.3).
import { isAdmin } from "../model/affiliation.ts";
import { entryRole } from "../permissions/kept-roles.ts";
import { addMute, forgetMute, type Mute, takeEndedMutes } from "../permissions/mutes.ts";
import { shownActor } from "../permissions/visibility.ts";
import { broadcastPresence } from "../presence/presence.ts";
import type { Actor } from "../room/actor.ts";
import { forgetVoiceRequest } from "../room/pending-voice-requests.ts";
import type { Room } from "../room/room.ts";

/** A mute as a moderator (with `actor`) or a rule of the room gives it. */
export interface MuteRequest extends Mute {
  readonly actor?: Actor | undefined;
}

/**
 * Mutes an account, inside or not, or changes its mute. Returns false for admins and owners, who are never muted. The
 * caller has checked the permissions.
 */
export function muteAccount(room: Room, { actor, ...mute }: MuteRequest): boolean {
  const { jid, reason } = mute;
  if (isAdmin(room.affiliationOf(jid))) return false;
  for (const dropped of addMute(room, mute)) restoreVoice(room, dropped);
  for (const occupant of room.occupantsOf(jid)) {
    if (occupant.role === "visitor") continue;
    room.setRole(occupant, "visitor");
    forgetVoiceRequest(room, occupant);
    broadcastPresence(room, occupant, { actor: shownActor(room, actor), reason });
  }
  return true;
}

/** Ends the mute of an account. Returns false if it is not muted. */
export function unmuteAccount(room: Room, bareJid: string, actor?: Actor): boolean {
  if (!forgetMute(room, bareJid)) return false;
  restoreVoice(room, bareJid, actor);
  return true;
}

/** Ends the mutes whose time is over. */
export function endMutes(room: Room): void {
  for (const jid of takeEndedMutes(room)) restoreVoice(room, jid);
}

/** Gives the occupants of an account that is not muted any more the role with which they would enter. */
function restoreVoice(room: Room, bareJid: string, actor?: Actor): void {
  for (const occupant of room.occupantsOf(bareJid)) {
    const role = entryRole(room, bareJid, occupant.affiliation);
    if (occupant.role !== "visitor" || role === "visitor") continue;
    room.setRole(occupant, role);
    broadcastPresence(room, occupant, { actor: shownActor(room, actor) });
  }
}
