// The end of a node: it gives its slots away, then waits until other nodes have handled what it took.

/** Milliseconds after which a node that leaves waits no longer: what it still has, others claim when it has ended. */
const LEAVE_MS = 20_000;
/** Milliseconds after which a node that ends refuses what other nodes have not taken. */
const FINISH_MS = 4_000;
/**
 * Milliseconds for which a node that has given away its last slot takes and returns what others send: until each has renewed
 * its lease, and so has heard of the change.
 */
const LINGER_MS = 1500;

/** What a node that ends still has. */
export interface Remains {
  /** Returns the number of its slots. */
  slots(): number;
  /** Returns true if another node can take one of them. */
  hasHeirs(): boolean;
  /** Returns true if the tables say that it leaves. */
  isAnnounced(): boolean;
  /** Returns true if other nodes may send more of a stream. */
  hasOpenStreams(): boolean;
  /** Ends the streams to other nodes. Returns true when all that was taken is handled. */
  finish(): boolean;
  /** Refuses what waits. */
  refuseWaiting(): void;
}

/** Something that ends when it is done, or at an instant. */
interface Ending {
  readonly until: number;
  readonly done: () => void;
}

/** Ends a node in two parts. Instants in milliseconds of a monotonic clock. */
export class Departure {
  readonly #remains: Remains;
  #leaving: Ending | undefined;
  #finishing: Ending | undefined;
  #lastOwnedAt = Number.NEGATIVE_INFINITY;
  #now = 0;

  constructor(remains: Remains) {
    this.#remains = remains;
  }

  get hasBegun(): boolean {
    return this.#leaving !== undefined;
  }

  /** Resolves when all slots are given away, as far as there are heirs, and nothing more comes for them. */
  leave(): Promise<void> {
    return new Promise((done) => {
      this.#leaving = { until: this.#now + LEAVE_MS, done };
    });
  }

  /** Resolves when all that was taken is handled; what is not handled in time is refused. */
  finish(): Promise<void> {
    return new Promise((done) => {
      this.#finishing = { until: this.#now + FINISH_MS, done };
    });
  }

  /** Lets time pass; call it every few milliseconds. */
  tick(now: number): void {
    this.#now = now;
    const remains = this.#remains;
    if (remains.slots() > 0) this.#lastOwnedAt = now;
    if (this.#leaving && (now >= this.#leaving.until || this.#hasLeft())) this.#leaving.done();
    if (!this.#finishing || (now < this.#finishing.until && !remains.finish())) return;
    remains.refuseWaiting();
    this.#finishing.done();
  }

  #hasLeft(): boolean {
    const remains = this.#remains;
    const isLate = this.#now - this.#lastOwnedAt >= LINGER_MS;
    const hasGiven = remains.slots() > 0 ? !remains.hasHeirs() : remains.isAnnounced() && isLate;
    return hasGiven && !remains.hasOpenStreams();
  }
}
