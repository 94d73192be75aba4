// Acts on the output backlog: busy rooms refuse stanzas, and in the end nothing is read from the server.
import { getHeapStatistics } from "node:v8";
import type { Logger } from "pino";
import { Backlog } from "./backlog.ts";
import { type PausableLink, ReadBackpressure } from "./read-backpressure.ts";

/** Enforces the bounds of the backlog, and logs when one is reached. */
export class Backpressure {
  readonly backlog: Backlog;
  readonly reading: ReadBackpressure;
  #refused = 0;
  /** Stanzas refused before the current or latest episode. */
  #refusedBefore = 0;

  /** `bound` as `limits.outboxBytes`. */
  constructor(link: PausableLink, bound: number, log: Logger) {
    this.reading = new ReadBackpressure(link, log);
    const facts = () => ({ bytes: this.backlog.wireBytes, busiest: this.backlog.busiest(3) });
    const handlers = {
      sheddingJoins: () => {
        this.#refusedBefore = this.#refused;
        log.warn(facts(), "too much waits to be sent: the busiest rooms let nobody in");
      },
      sheddingAll: () =>
        log.warn(facts(), "too much waits to be sent: the busiest rooms take nothing more on"),
      recovered: () => {
        const refused = this.#refused - this.#refusedBefore;
        log.info({ bytes: this.backlog.wireBytes, refused }, "all rooms take on everything again");
      },
      memoryFull: () => this.reading.pause(),
      memoryFreed: () => this.reading.resume(),
    };
    // On a small machine the heap is the tighter bound.
    this.backlog = new Backlog(bound, handlers, getHeapStatistics().heap_size_limit / 2);
  }

  /** Number of refused stanzas. */
  get refused(): number {
    return this.#refused;
  }

  countRefusal(): void {
    this.#refused += 1;
  }
}
