import { removeOccupant } from "./leave.ts";
import type { Occupant } from "./occupant.ts";
import type { Room } from "./room.ts";

/** Who sits on a nickname that is to be reserved for somebody else. */
export function sitterOn(room: Room, nick: string, reservedFor: string): Occupant | undefined {
  const occupant = room.occupants.get(nick);
  return occupant?.bareJid === reservedFor ? undefined : occupant;
}

/** Removes whoever sits on a nickname that has been reserved for somebody else (status 307). */
export function evictFromNickname(room: Room, nick: string, reservedFor: string): void {
  const sitter = sitterOn(room, nick, reservedFor);
  if (sitter) removeOccupant(room, sitter, { statuses: [307], reason: "This nickname is reserved" });
}
