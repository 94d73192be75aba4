import type { Occupant } from "./occupant.ts";

/** Index of occupants by user. Nearly all users have one occupant, which is stored without a list to save memory. */
export class OccupantIndex {
  readonly #byUser = new Map<string, Occupant | readonly Occupant[]>();

  /** Returns the occupants of a user (bare JID), in the order in which they were added. */
  of(bareJid: string): readonly Occupant[] {
    const known = this.#byUser.get(bareJid);
    if (known === undefined) return [];
    return "sessions" in known ? [known] : known;
  }

  add(occupant: Occupant): void {
    const isFirst = !this.#byUser.has(occupant.bareJid);
    this.#byUser.set(occupant.bareJid, isFirst ? occupant : [...this.of(occupant.bareJid), occupant]);
  }

  remove(occupant: Occupant): void {
    const [first, ...more] = this.of(occupant.bareJid).filter((other) => other !== occupant);
    if (!first) this.#byUser.delete(occupant.bareJid);
    else this.#byUser.set(occupant.bareJid, more.length === 0 ? first : [first, ...more]);
  }
}
