// The presence of those who are in the room, as others see it (XEP-0045 section 7.2.2).
import { leadingSession, type Occupant } from "./occupant.ts";
import { OccupantPresence } from "./presence-text.ts";
import type { Room } from "./room.ts";

/** In smaller rooms presence is written anew for each who enters: there it costs less than the memory. */
const MIN_KEPT = 50;

/** What is shown to many is written once: in a big room, as long as it is lively. */
export class Roster {
  readonly #room: Room;
  readonly #withJids = new Map<Occupant, OccupantPresence>();
  readonly #withoutJids = new Map<Occupant, OccupantPresence>();

  constructor(room: Room) {
    this.#room = room;
  }

  /** What an occupant shows of itself now, to those who see real JIDs or to those who do not. */
  show(occupant: Occupant, realJids: boolean): OccupantPresence {
    const kept = realJids ? this.#withJids : this.#withoutJids;
    const before = kept.get(occupant);
    if (before?.isCurrent(this.#room, occupant)) return before;
    const { jid, payload } = leadingSession(occupant);
    const shown = new OccupantPresence(this.#room, occupant, { payload, jid: realJids ? jid : undefined });
    if (this.#room.occupants.size >= MIN_KEPT) kept.set(occupant, shown);
    return shown;
  }

  /** Somebody is gone, at least from under its nickname. */
  forget(occupant: Occupant): void {
    this.#withJids.delete(occupant);
    this.#withoutJids.delete(occupant);
  }
}
