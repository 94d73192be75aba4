// Limits the memory that the presence of all occupants of all rooms takes. A room keeps the last presence of each
// client and sends it to everybody who enters.
import { bareOf, domainOf } from "../../xmpp/jid.ts";
import { SmallMap } from "./small-map.ts";

/** Size in bytes up to which a presence is not counted. Nearly all presences are smaller. */
export const SMALL_PRESENCE = 1_024;

/** Maximum bytes of larger presences: of the users of one domain, and of all users. */
const MAX_OF_DOMAIN = 16_777_216;
const MAX_TOTAL = 134_217_728;

/** Counts the bytes of presences larger than `SMALL_PRESENCE`. */
export class PresenceBudget {
  readonly #byDomain = new Map<string, number>();
  #all = 0;

  /** Total of the counted bytes. */
  get bytes(): number {
    return this.#all;
  }

  /** Returns true if a user of a domain may have one more presence of this size. */
  allows(domain: string, bytes: number): boolean {
    if (bytes <= SMALL_PRESENCE) return true;
    return (this.#byDomain.get(domain) ?? 0) + bytes <= MAX_OF_DOMAIN && this.#all + bytes <= MAX_TOTAL;
  }

  /** Replaces a presence in the count. Sizes in bytes; 0 for none. */
  replace(domain: string, before: number, after: number): void {
    const change = counted(after) - counted(before);
    if (change === 0) return;
    const ofDomain = (this.#byDomain.get(domain) ?? 0) + change;
    if (ofDomain > 0) this.#byDomain.set(domain, ofDomain);
    else this.#byDomain.delete(domain);
    this.#all += change;
  }
}

/** Counts the presences of one room's clients. */
export class RoomPresences {
  readonly #budget: PresenceBudget;
  /** Bytes of the presences larger than `SMALL_PRESENCE`, by full JID. */
  readonly #bytes = new SmallMap<string, number>();

  constructor(budget: PresenceBudget) {
    this.#budget = budget;
  }

  /** Counts a client's new presence in place of its last one; the payload is empty if the client has left. */
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
