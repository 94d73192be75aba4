// When a node reads and changes the tables.

/** Milliseconds until a turn that failed is repeated. */
const AGAIN_MS = 200;

/**
 * Takes turns at the tables, one after the other: so no answer is older than what this node has changed. Instants in
 * milliseconds of a monotonic clock.
 */
export class TableTurns {
  readonly #turn: () => Promise<void>;
  readonly #failed: (error: unknown) => void;
  #isBusy = false;
  #dueAt = Number.POSITIVE_INFINITY;
  #now = 0;

  /** `failed` is told why a turn rejected; it is repeated. */
  constructor(turn: () => Promise<void>, failed: (error: unknown) => void) {
    this.#turn = turn;
    this.#failed = failed;
  }

  /** Asks for a turn that begins after this call, and some milliseconds. */
  ask(ms = 0): void {
    this.#dueAt = Math.min(this.#dueAt, this.#now + ms);
    this.#begin();
  }

  /** Lets time pass; call it every few milliseconds. */
  tick(now: number): void {
    this.#now = now;
    this.#begin();
  }

  #begin(): void {
    if (this.#isBusy || this.#dueAt > this.#now) return;
    this.#isBusy = true;
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#turn()
      .catch((error) => {
        this.#failed(error);
        this.#dueAt = Math.min(this.#dueAt, this.#now + AGAIN_MS);
      })
      .finally(() => {
        this.#isBusy = false;
        this.#begin();
      });
  }
}
