// Restores a room from the store, with its occupants and latest messages.
import { accountOf } from "../../xmpp/jid.ts";
import { addToHistory } from "../archive/archive.ts";
import { restoreSlowMode } from "../messages/slow-mode.ts";
import { keyedAffiliations } from "../model/affiliation-keys.ts";
import type { ArchivedMessage, RoomRecord, SessionRecord } from "../model/journal.ts";
import type { RoomEnvironment } from "../model/room-environment.ts";
import { noteUnconfirmedAddress } from "../occupants/address-check.ts";
import { isBroadcast } from "../permissions/visibility.ts";
import { storedPresence } from "../presence/presence-payload.ts";
import { newOccupant, type Occupant } from "../room/occupant.ts";
import { occupantId } from "../room/occupant-id.ts";
import { Room } from "../room/room.ts";

/** Makes a room from its record and its latest messages. */
export function restoreRoom(
  environment: RoomEnvironment,
  record: RoomRecord,
  discussion: readonly ArchivedMessage[],
): Room {
  const room = new Room(environment, { ...record, affiliations: keyedAffiliations(record.affiliations) });
  for (const session of record.sessions) restoreSession(room, session);
  for (const occupant of room.occupants.values()) noteUnconfirmedAddress(room, occupant);
  for (const message of discussion) {
    addToHistory(room, message);
    restoreSlowMode(room, message);
  }
  return room;
}

/** Restores a client, unless another user has its nickname in another spelling. */
function restoreSession(room: Room, { jid, nick, role, ...presence }: SessionRecord): void {
  const bareJid = accountOf(jid);
  const occupant = room.occupants.get(nick) ?? restoredOccupant(room, bareJid, nick, role);
  if (occupant.bareJid !== bareJid) return;
  if (!room.occupants.has(nick)) room.addOccupant(occupant);
  room.restoreSession(occupant, jid, storedPresence(presence));
}

/** Makes an occupant that was in the room before. The others know it already, so it is not announced again. */
function restoredOccupant(room: Room, bareJid: string, nick: string, role: SessionRecord["role"]): Occupant {
  const affiliation = room.affiliationOf(bareJid);
  const occupant = newOccupant({ nick, bareJid, id: occupantId(room, bareJid), affiliation, role });
  occupant.announced = isBroadcast(room, occupant);
  return occupant;
}
