// Changes roles: kick, voice and moderator status (XEP-0045 sections 8.2 to 8.4, 9.6 and 9.7).

import { accountOf } from "../../xmpp/jid.ts";
import type { Role } from "../model/affiliation.ts";
import { removeOccupant } from "../occupants/leave.ts";
import { rememberPassed } from "../permissions/gate.ts";
import { entryRole, keepRole } from "../permissions/kept-roles.ts";
import { forgetMute } from "../permissions/mutes.ts";
import { forgetSilence } from "../permissions/silences.ts";
import { seesRealJids, shownActor } from "../permissions/visibility.ts";
import { broadcastPresence, broadcastRole } from "../presence/presence.ts";
import type { Actor } from "../room/actor.ts";
import type { Occupant } from "../room/occupant.ts";
import { forgetVoiceRequest } from "../room/pending-voice-requests.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";
import { askAtGate } from "./gate-question.ts";

/**
 * Gives an occupant a role; "none" kicks. The caller has checked the permissions. A role that the occupant already has is
 * not announced, unless a reason comes with it. Voice ends a mute, and a user who has it need not answer at the gate.
 */
export function applyRole(
  room: Room,
  occupant: Occupant,
  role: Role,
  { actor, reason }: { actor: Actor; reason: string | undefined },
): void {
  const notice = { actor: shownActor(room, actor), reason };
  const act = { by: accountOf(actor.jid), target: occupant.bareJid, reason };
  if (role === "none") {
    recordAct(room, { ...act, kind: "kicked" });
    removeOccupant(room, occupant, { ...notice, statuses: [307] });
    return;
  }
  const isAnnounced = role !== occupant.role || reason !== undefined;
  const sawRealJids = seesRealJids(room, occupant);
  if (role !== "visitor") forgetMute(room, occupant.bareJid);
  if (role !== "visitor" && occupant.affiliation === "none") rememberPassed(room, occupant.bareJid);
  if (role === "moderator") forgetSilence(room, occupant.bareJid);
  room.setRole(occupant, role);
  keepRole(room, occupant);
  forgetVoiceRequest(room, occupant);
  if (!isAnnounced) return;
  recordAct(room, { ...act, kind: "role-changed", detail: role });
  broadcastRole(room, occupant, sawRealJids, notice);
}

/**
 * Gives occupants other than moderators the role with which they would enter now (section 5.1.2), and asks those who
 * have to answer for their voice. `concerns`: chooses the occupants.
 */
export function resetRoles(room: Room, concerns: (occupant: Occupant) => boolean = () => true): void {
  for (const occupant of room.occupants.values()) {
    if (occupant.role === "moderator" || !concerns(occupant)) continue;
    const role = entryRole(room, occupant.bareJid, occupant.affiliation);
    if (occupant.role === role) continue;
    forgetVoiceRequest(room, occupant);
    room.setRole(occupant, role);
    broadcastPresence(room, occupant);
    if (role === "visitor") for (const client of occupant.sessions.keys()) askAtGate(room, occupant, client);
  }
}
