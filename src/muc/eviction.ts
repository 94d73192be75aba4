import { removeOccupant } from "./leave.ts";
import type { Room } from "./room.ts";

/** Removes whoever sits on a nickname that has been reserved for somebody else (status 307). */
export function evictFromNickname(room: Room, nick: string, reservedFor: string): void {
  const occupant = room.occupants.get(nick);
  if (!occupant || occupant.bareJid === reservedFor) return;
  removeOccupant(room, occupant, { statuses: [307], reason: "This nickname is reserved" });
}
