// Leaving a room (XEP-0045 section 7.14), and removal from it (sections 8.2, 9.1 and 9.4).
import type { Stanza } from "../../xmpp/stanza.ts";
import { tag } from "../../xmpp/tag.ts";
import { EMPTY_PRESENCE } from "../model/client-presence.ts";
import { type DeliveryOutcome, DONE } from "../model/outcome.ts";
import { announceAbsentMember } from "../presence/absent-members.ts";
import { type Notice, type PresenceRequest, requestOf } from "../presence/occupant-presence.ts";
import { announceDeparture, broadcastPresence, sendDeparture } from "../presence/presence.ts";
import { readExit } from "../presence/presence-payload.ts";
import { endRequestsOf } from "../requests/occupant-request.ts";
import { noteUse } from "../room/last-use.ts";
import { leadingSession, type Occupant } from "../room/occupant.ts";
import { forgetVoiceRequest } from "../room/pending-voice-requests.ts";
import type { Room } from "../room/room.ts";

/** Handles unavailable presence: the client leaves. Ignores it from a client that is not in the room (section 17.3). */
export function handleUnavailablePresence(room: Room, stanza: Stanza): DeliveryOutcome {
  const occupant = room.sessions.get(stanza.from.full);
  if (!occupant) return DONE;
  const { full } = stanza.from;
  const answers = requestOf(stanza);
  if (room.locked && room.sessions.size === 1) abandon(room, occupant, answers);
  else removeSession(room, occupant, full, { answers }, readExit(stanza));
  return DONE;
}

/**
 * Lets the creator leave before the first configuration. The presence says that the room is destroyed (section 10.1.3).
 */
function abandon(room: Room, occupant: Occupant, answers: PresenceRequest): void {
  room.setAffiliationAndRole(occupant, "none", occupant.role);
  removeSession(room, occupant, answers.client, { extra: tag("destroy"), answers });
}

/** Removes one client. The occupant stays if it has another client, whose presence it then shows. */
export function removeSession(
  room: Room,
  occupant: Occupant,
  session: string,
  notice: Notice,
  exit = EMPTY_PRESENCE,
): void {
  if (occupant.sessions.size === 1) {
    removeOccupant(room, occupant, notice, exit);
    return;
  }
  const wasLeading = leadingSession(occupant).jid === session;
  room.removeSession(occupant, session);
  sendDeparture(room, { ...occupant, role: "none" }, [session], notice, exit);
  if (wasLeading) broadcastPresence(room, occupant);
  endRequestsOf(room, [session]);
}

/** Removes an occupant with all its clients. Sends unavailable presence to them first, then to the others. */
export function removeOccupant(room: Room, occupant: Occupant, notice: Notice, exit = EMPTY_PRESENCE): void {
  room.removeOccupant(occupant);
  const sessions = occupant.sessions.list;
  sendDeparture(room, occupant, sessions, notice, exit);
  announceDeparture(room, occupant, notice, exit);
  const record = room.affiliations.get(occupant.bareJid);
  if (record && record.nick !== occupant.nick) announceAbsentMember(room, record);
  endRequestsOf(room, sessions, occupant);
  forgetVoiceRequest(room, occupant);
  room.closeIfAbandoned();
  if (room.occupants.size === 0) noteUse(room);
}
