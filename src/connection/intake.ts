// Whether stanzas are read. While they are not, the server keeps them: TCP carries the pressure to it.
import type { Logger } from "pino";
import type { ComponentLink } from "./component-link.ts";

/** How often a paused link is looked after. */
const WATCH_MS = 5_000;
/** So often in a row the server may have taken nothing of what waits for it before the link is given up. */
const PATIENCE = 12;

export type IntakeLink = Pick<
  ComponentLink,
  "pause" | "resume" | "sip" | "probe" | "abandon" | "taken" | "waiting"
>;

/**
 * A server that writes to a component and reads from it in one thread may itself be waiting until we read, and
 * nothing would move any more. So a little is read wherever the server has taken nothing for five seconds; after
 * a minute of that the link is given up, and what waited for it is gone. Where nothing waits for the server, as while
 * the database is away, it is asked whether it is still there: a link that it has closed shows only when it is used.
 */
export class Intake {
  readonly #link: IntakeLink;
  readonly #log: Logger;
  #watch: NodeJS.Timeout | undefined;
  #taken = 0;
  #stalls = 0;
  #pausedAt = 0;
  #pausedMs = 0;
  /** How often reading was paused. */
  pauses = 0;

  constructor(link: IntakeLink, log: Logger) {
    this.#link = link;
    this.#log = log;
  }

  get isPaused(): boolean {
    return this.#watch !== undefined;
  }

  /** How long reading was paused, all times together. */
  get pausedMs(): number {
    return this.#pausedMs + (this.#watch ? performance.now() - this.#pausedAt : 0);
  }

  pause(): void {
    if (this.#watch) return;
    this.pauses += 1;
    this.#pausedAt = performance.now();
    this.#taken = this.#link.taken;
    this.#stalls = 0;
    this.#link.pause();
    this.#watch = setInterval(() => this.#look(), WATCH_MS).unref();
    this.#log.warn("what waits to be sent takes all the memory that it may: nothing is read from the server");
  }

  resume(): void {
    if (!this.#watch) return;
    this.#pausedMs = this.pausedMs;
    clearInterval(this.#watch);
    this.#watch = undefined;
    this.#link.resume();
    this.#log.info("stanzas are read from the server again");
  }

  #look(): void {
    const { taken, waiting } = this.#link;
    const isStalled = waiting > 0 && taken === this.#taken;
    this.#taken = taken;
    this.#stalls = isStalled ? this.#stalls + 1 : 0;
    if (this.#stalls >= PATIENCE) this.#link.abandon("the server has read nothing for a minute");
    else if (isStalled) this.#link.sip();
    else if (waiting === 0) this.#link.probe();
  }
}
