// Faults that come again with every stanza while they last, as those of a database that is away: they do not fill the log.
import type { Logger } from "pino";

/** So long after a line of a kind there is no other one, in milliseconds. */
const QUIET_MS = 60_000;

interface Line {
  readonly at: number;
  leftOut: number;
}

/** Logs the first fault of a kind, then one a minute with how many were left out since the line before. */
export class FaultLog {
  readonly #log: Pick<Logger, "error">;
  readonly #now: () => number;
  readonly #lines = new Map<string, Line>();

  /** `now` in milliseconds since 1970. */
  constructor(log: Pick<Logger, "error">, now: () => number = Date.now) {
    this.#log = log;
    this.#now = now;
  }

  /** Faults with the same text are of one kind. */
  note(facts: object, text: string): void {
    const at = this.#now();
    const line = this.#lines.get(text);
    if (line && at - line.at < QUIET_MS) {
      line.leftOut += 1;
      return;
    }
    this.#log.error(line?.leftOut ? { ...facts, leftOut: line.leftOut } : facts, text);
    this.#lines.set(text, { at, leftOut: 0 });
  }
}
