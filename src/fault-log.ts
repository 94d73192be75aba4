// Faults that come again with every stanza while they last, as those of a database that is away: they do not fill the log.
import type { Logger } from "pino";

/** So long after a line of a kind there is no other one, in milliseconds. */
const QUIET_MS = 60_000;
/** Of so many kinds the latest line is remembered. */
const MOST_KINDS = 100;

interface Line {
  readonly at: number;
  leftOut: number;
}

/** Logs the first fault of a kind, then one a minute with how many were left out since the line before. */
export class FaultLog {
  readonly #log: Pick<Logger, "error">;
  readonly #now: () => number;
  readonly #lines = new Map<string, Line>();

  /** `now` in milliseconds of a clock that never goes back. */
  constructor(log: Pick<Logger, "error">, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** Faults with the same text, and the same message of the error in `err`, are of one kind. */
  note(facts: { readonly err?: unknown; readonly [name: string]: unknown }, text: string): void {
    const at = this.#now();
    const kind = facts.err instanceof Error ? `${text}: ${facts.err.message}` : text;
    const line = this.#lines.get(kind);
    if (line && at - line.at < QUIET_MS) {
      line.leftOut += 1;
      return;
    }
    this.#log.error(line?.leftOut ? { ...facts, leftOut: line.leftOut } : facts, text);
    this.#lines.delete(kind); // put last
    this.#lines.set(kind, { at, leftOut: 0 });
    for (const oldest of this.#lines.keys()) {
      if (this.#lines.size <= MOST_KINDS) break;
      this.#lines.delete(oldest);
    }
  }
}
