import type { Occupant } from "./occupant.ts";

/** The occupants that each user has in a room: nearly always one, which takes no list of its own. */
export class OccupantIndex {
  readonly #byUser = new Map<string, Occupant | readonly Occupant[]>();

  /** Those of a user, by bare JID, in the order in which they were added. */
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
