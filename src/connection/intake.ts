// Whether stanzas are read. While they are not, the server keeps them: TCP carries the pressure to it.
import type { Logger } from "pino";
import type { ComponentLink } from "./component-link.ts";

export type IntakeLink = Pick<ComponentLink, "pause" | "resume">;

/** Pauses and resumes reading; counts how often and how long. `LinkWatch` looks after the link meanwhile. */
export class Intake {
  readonly #link: IntakeLink;
  readonly #log: Logger;
  #pausedAt: number | undefined;
  #pausedMs = 0;
  /** How often reading was paused. */
  pauses = 0;

  constructor(link: IntakeLink, log: Logger) {
    this.#link = link;
    this.#log = log;
  }

  get isPaused(): boolean {
    return this.#pausedAt !== undefined;
  }

  /** How long reading was paused, all times together. */
  get pausedMs(): number {
    return this.#pausedMs + (this.#pausedAt === undefined ? 0 : performance.now() - this.#pausedAt);
  }

  pause(): void {
    if (this.isPaused) return;
    this.pauses += 1;
    this.#pausedAt = performance.now();
    this.#link.pause();
    this.#log.warn("what waits to be sent takes all the memory that it may: nothing is read from the server");
  }

  resume(): void {
    if (!this.isPaused) return;
    this.#pausedMs = this.pausedMs;
    this.#pausedAt = undefined;
    this.#link.resume();
    this.#log.info("stanzas are read from the server again");
  }
}
