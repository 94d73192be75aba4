// How much the presence of all occupants of all rooms takes in memory: what one server's users say in it is shown to all
// who enter, and kept, in each room that they are in.
import { bareOf, domainOf } from "../../xmpp/jid.ts";
import { SmallMap } from "./small-map.ts";

/** A presence of so many bytes counts for nothing: nearly all are smaller. */
export const SMALL_PRESENCE = 1_024;

/** The most bytes of larger ones, of users of one domain and of all. */
const MOST_OF_DOMAIN = 16_777_216;
const MOST_OF_ALL = 134_217_728;

/** Counts the bytes of presences that are not small. */
export class PresenceBudget {
  readonly #byDomain = new Map<string, number>();
  #all = 0;

  /** Bytes of all that are counted. */
  get bytes(): number {
    return this.#all;
  }

  /** Whether a user of that domain may have one more presence of so many bytes. */
  allows(domain: string, bytes: number): boolean {
    if (bytes <= SMALL_PRESENCE) return true;
    return (this.#byDomain.get(domain) ?? 0) + bytes <= MOST_OF_DOMAIN && this.#all + bytes <= MOST_OF_ALL;
  }

  /** Counts a presence that takes the place of another (0 bytes for none). */
  replace(domain: string, before: number, after: number): void {
    const change = counted(after) - counted(before);
    if (change === 0) return;
    const ofDomain = (this.#byDomain.get(domain) ?? 0) + change;
    if (ofDomain > 0) this.#byDomain.set(domain, ofDomain);
    else this.#byDomain.delete(domain);
    this.#all += change;
  }
}

/** What the presence of one room's clients takes. */
export class RoomPresences {
  readonly #budget: PresenceBudget;
  /** The size of those that are not small, by full JID. */
  readonly #bytes = new SmallMap<string, number>();

  constructor(budget: PresenceBudget) {
    this.#budget = budget;
  }

  /** A client says this in its presence now; nothing where it has left. */
  weigh(jid: string, payload: string): void {
    const before = this.#bytes.get(jid) ?? 0;
    const after = payload.length;
    if (after > SMALL_PRESENCE) this.#bytes.set(jid, after);
    else if (before > 0) this.#bytes.delete(jid);
    else return;
    this.#budget.replace(domainOf(bareOf(jid)), before, after);
  }

  clear(): void {
    for (const jid of this.#bytes.list) this.weigh(jid, "");
  }
}

const counted = (bytes: number): number => (bytes > SMALL_PRESENCE ? bytes : 0);
