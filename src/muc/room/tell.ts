import { factOccupant, type RoomFact } from "../model/room-fact.ts";
import type { Occupant } from "./occupant.ts";
import type { Room } from "./room.ts";

type Departure = { readonly statuses?: readonly number[]; readonly reason?: string | undefined };

/** Tells of something for events of the room. It is told once it is committed. */
export const tell = (room: Room, fact: RoomFact): void =>
  room.effects.tell(fact, room.config.whois !== "anyone");

/** Tells that the others see an occupant now. */
export const tellEntry = (room: Room, occupant: Occupant): void =>
  tell(room, { kind: "entered", occupant: factOccupant(occupant) });

/** Tells that the others do not see an occupant any more. `nick`: its new nickname, if it changes that. */
export function tellDeparture(
  room: Room,
  given: Occupant,
  { statuses = [], reason, nick }: Departure & { readonly nick?: string },
  isHidden = false,
): void {
  const occupant = factOccupant(given);
  if (nick !== undefined) tell(room, { kind: "renamed", occupant, nick });
  else tell(room, { kind: "left", occupant, statuses, reason, isHidden });
}
