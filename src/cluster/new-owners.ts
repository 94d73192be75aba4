// What a node believes of slots that have got a new owner.
import type { NodeId, OwnedSlot } from "./cluster-tables.ts";

/** Milliseconds after which the tables are believed about a new owner that has not said that it serves. */
const BELIEF_MS = 200;

interface NewOwner {
  readonly owner: NodeId;
  readonly owned: OwnedSlot;
  readonly believedAt: number;
}

/**
 * Slots of other nodes that have not said yet that they serve them. Whoever waits for the word spares stanzas the way to a
 * node that only returns them; the word may be lost, so nobody waits long. Instants in milliseconds of a monotonic clock.
 */
export class NewOwners {
  readonly #unheard = new Map<number, NewOwner>();
  #now = 0;

  /** Notes what the tables say. Returns true if it is new. */
  note(owner: NodeId, owned: OwnedSlot): boolean {
    if (this.#unheard.get(owned.slot)?.owned.epoch === owned.epoch) return false;
    this.#unheard.set(owned.slot, { owner, owned, believedAt: this.#now + BELIEF_MS });
    return true;
  }

  /** Lets time pass. Returns what is to be believed now. */
  tick(now: number): NewOwner[] {
    this.#now = now;
    const due = [...this.#unheard.values()].filter(({ believedAt }) => believedAt <= now);
    for (const { owned } of due) this.#unheard.delete(owned.slot);
    return due;
  }
}
