// Who is new in a room. Floods and raids come from newcomers. Whoever has stayed for a while may come back at once, as all
// users of a server do after its restart.
import { lockdownOf } from "./lockdown.ts";
import type { Occupant } from "./occupant.ts";
import type { Room } from "./room.ts";
import type { RoomObserver } from "./room-observer.ts";
import { ObserverSlot } from "./room-slot.ts";

/** Time in the room, in milliseconds, after which a user is no newcomer. */
const FAMILIAR_AFTER = 600_000;
/** Time after leaving, in milliseconds, for which that is remembered. */
const REMEMBERED_FOR = 86_400_000;
/** Maximum number of users who left and are remembered; the latest stay. */
const MOST_REMEMBERED = 2_000;

/** Notes when occupants entered, in memory only. Occupants from before it began count as familiar. */
class Newcomers implements RoomObserver {
  readonly #room: Room;
  readonly #entered = new WeakMap<Occupant, number>();
  /** When familiar users left, by account, in this order. */
  readonly #left = new Map<string, number>();

  constructor(room: Room) {
    this.#room = room;
    for (const occupant of room.occupants.values()) this.#entered.set(occupant, Number.NEGATIVE_INFINITY);
  }

  occupantAdded(occupant: Occupant): void {
    // Also called for a new nickname, which changes nothing here.
    if (this.#entered.has(occupant)) return;
    const now = this.#room.environment.elapsed();
    this.#entered.set(occupant, this.#isRemembered(occupant.bareJid, now) ? Number.NEGATIVE_INFINITY : now);
  }

  occupantRemoved(occupant: Occupant): void {
    const now = this.#room.environment.elapsed();
    if (!this.#isFamiliar(occupant, now)) return;
    this.#left.delete(occupant.bareJid);
    this.#left.set(occupant.bareJid, now);
    const [oldest] = this.#left.keys();
    if (this.#left.size > MOST_REMEMBERED && oldest !== undefined) this.#left.delete(oldest);
  }

  has(account: string): boolean {
    const now = this.#room.environment.elapsed();
    const inside = this.#room.occupantsOf(account);
    return !this.#isRemembered(account, now) && !inside.some((occupant) => this.#isFamiliar(occupant, now));
  }

  countKnown(most: number): number {
    const now = this.#room.environment.elapsed();
    let known = 0;
    for (const occupant of this.#room.occupants.values()) {
      if (known >= most) break;
      if (occupant.affiliation !== "none" || this.#isFamiliar(occupant, now)) known += 1;
    }
    return known;
  }

  /** Waiting out a lock-down without voice makes nobody familiar. */
  #isFamiliar(occupant: Occupant, now: number): boolean {
    const lockdown = occupant.role === "visitor" ? lockdownOf(this.#room) : undefined;
    const waited = lockdown ? this.#room.environment.now() - lockdown.since : 0;
    // Other observers may ask about an occupant before this one knows it.
    return now - waited - (this.#entered.get(occupant) ?? now) >= FAMILIAR_AFTER;
  }

  #isRemembered(account: string, now: number): boolean {
    return now - (this.#left.get(account) ?? Number.NEGATIVE_INFINITY) < REMEMBERED_FOR;
  }
}

const newcomers = new ObserverSlot("newcomers", (room) => new Newcomers(room));

/** Counts the occupants who have an affiliation or have been inside for long, up to `most`. */
export const countKnownOccupants = (room: Room, most: number): number => newcomers.of(room).countKnown(most);

/** Returns true for an account that is not in the room, or not long, and was not in it for long within the last day. */
export const isNewcomer = (room: Room, account: string): boolean => newcomers.of(room).has(account);
