// What is done where more waits than the server takes: busy rooms refuse, and in the end nothing is read.
import { getHeapStatistics } from "node:v8";
import type { Logger } from "pino";
import { Backlog } from "./backlog.ts";
import { Intake, type IntakeLink } from "./intake.ts";

/** Puts the bounds on what waits into effect, and tells the log of them. */
export class Pressure {
  readonly backlog: Backlog;
  readonly intake: Intake;
  #refused = 0;
  /** What was refused before the strain that is, or was the last. */
  #refusedBefore = 0;

  /** `bound` as `limits.outboxBytes`. */
  constructor(link: IntakeLink, bound: number, log: Logger) {
    this.intake = new Intake(link, log);
    const facts = () => ({ bytes: this.backlog.written, busiest: this.backlog.busiest(3) });
    const handlers = {
      crowded: () => {
        this.#refusedBefore = this.#refused;
        log.warn(facts(), "too much waits to be sent: the busiest rooms let nobody in");
      },
      congested: () => log.warn(facts(), "too much waits to be sent: the busiest rooms take nothing more on"),
      relieved: () => {
        const refused = this.#refused - this.#refusedBefore;
        log.info({ bytes: this.backlog.written, refused }, "all rooms take on everything again");
      },
      full: () => this.intake.pause(),
      freed: () => this.intake.resume(),
    };
    // On a small machine the heap is what there is least of.
    this.backlog = new Backlog(bound, handlers, getHeapStatistics().heap_size_limit / 2);
  }

  /** How many stanzas were refused. */
  get refused(): number {
    return this.#refused;
  }

  noteRefusal(): void {
    this.#refused += 1;
  }
}
