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
        log.warn(facts(), "output backlog at 7/8 of the limit: refusing joins to the busiest rooms");
      },
      sheddingAll: () =>
        log.warn(facts(), "output backlog at the limit: refusing stanzas to the busiest rooms"),
      recovered: () => {
        const refused = this.#refused - this.#refusedBefore;
        log.info(
          { bytes: this.backlog.wireBytes, refused },
          "output backlog below half of the limit: all rooms accept stanzas again",
        );
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
