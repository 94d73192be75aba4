// Stops reading from the server: TCP carries the backpressure to it, and the server keeps the stanzas.
import type { Logger } from "pino";
import type { ComponentLink } from "./component-link.ts";

export type PausableLink = Pick<ComponentLink, "pause" | "resume">;

/** Pauses and resumes reading, and counts how often and how long. `LinkWatchdog` checks the link meanwhile. */
export class ReadBackpressure {
  readonly #link: PausableLink;
  readonly #log: Logger;
  #pausedAt: number | undefined;
  #pausedMs = 0;
  /** Number of pauses. */
  pauses = 0;

  constructor(link: PausableLink, log: Logger) {
    this.#link = link;
    this.#log = log;
  }

  get isPaused(): boolean {
    return this.#pausedAt !== undefined;
  }

  /** Total milliseconds of all pauses. */
  get pausedMs(): number {
    return this.#pausedMs + (this.#pausedAt === undefined ? 0 : performance.now() - this.#pausedAt);
  }

  pause(): void {
    if (this.isPaused) return;
    this.pauses += 1;
    this.#pausedAt = performance.now();
    this.#link.pause();
    this.#log.warn("output backlog at its memory limit: reading from the server is paused");
  }

  resume(): void {
    if (!this.isPaused) return;
    this.#pausedMs = this.pausedMs;
    this.#pausedAt = undefined;
    this.#link.resume();
    this.#log.info("reading from the server is resumed");
  }
}
