// Presence probes (XEP-0045 section 17.3): clients and servers send them to find out whether they are still in a room.
import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { tag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { writeRoomPresence } from "../administration/avatar.ts";
import { type DeliveryOutcome, DONE } from "../model/outcome.ts";
import { isBroadcast, seesRealJids, showsAbsentMembers } from "../permissions/visibility.ts";
import { sendAbsentMember } from "../presence/absent-members.ts";
import { requestOf } from "../presence/occupant-presence.ts";
import { sendOwnPresence } from "../presence/presence.ts";
import { rosterOf } from "../presence/roster.ts";
import { reservedFor } from "../room/nicknames.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";

/**
 * Answers a probe from a client in the room with the presence of an occupant, or of the room. Refuses other clients.
 */
export function handleProbe(room: Room | undefined, stanza: Stanza): DeliveryOutcome {
  const viewer = room?.sessions.get(stanza.from.full);
  if (!room || !viewer) return refuse(errors.notJoined(say`You are not in this room`));
  const { resource } = stanza.to;
  if (resource === undefined) room.effects.send(writeRoomPresence(room, stanza.from.full));
  else showOccupant(room, viewer, stanza, resource);
  return DONE;
}

function showOccupant(room: Room, viewer: Occupant, stanza: Stanza, nick: string): void {
  const { full } = stanza.from;
  const occupant = room.occupants.get(nick);
  const realJids = seesRealJids(room, viewer);
  if (occupant === viewer) sendOwnPresence(room, viewer, full, { answers: requestOf(stanza) });
  else if (occupant && isBroadcast(room, occupant))
    room.effects.broadcastLazily(rosterOf(room).show(occupant, realJids), [full]);
  else showAbsence(room, nick, realJids, full);
}

/**
 * Sends unavailable presence: that of an absent member, if the room shows them; otherwise one that does not reveal
 * whether the nickname is in use.
 */
function showAbsence(room: Room, nick: string, realJids: boolean, to: string): void {
  const member = showsAbsentMembers(room) ? room.affiliations.get(reservedFor(room, nick) ?? "") : undefined;
  if (member && room.occupantsOf(member.jid).length === 0) {
    sendAbsentMember(room, member, realJids, [to]);
    return;
  }
  const item = tag("item", { affiliation: "none", role: "none" });
  const attributes = { type: "unavailable", from: room.occupantAddress(nick), to };
  room.effects.send(tag("presence", attributes, tag("x", { xmlns: NS.mucUser }, item)));
}
