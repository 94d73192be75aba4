// Limits log lines about faults that recur with every stanza, such as those of a database that is away.
import type { Logger } from "pino";

/** Milliseconds between lines of one kind. */
const QUIET_MS = 60_000;
/** Maximum number of kinds whose latest line is remembered. */
const MOST_KINDS = 100;

interface Line {
  readonly at: number;
  leftOut: number;
}

/** Logs the first fault of a kind, then at most one a minute, with the number of omitted ones. */
export class FaultLog {
  readonly #log: Pick<Logger, "error">;
  readonly #now: () => number;
  readonly #lines = new Map<string, Line>();

  /** `now`: milliseconds of a monotonic clock. */
  constructor(log: Pick<Logger, "error">, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** Notes a fault. Faults with the same text and the same message of `err` are of one kind. */
  note(facts: { readonly err?: unknown; readonly [name: string]: unknown }, text: string): void {
    const at = this.#now();
    const kind = facts.err instanceof Error ? `${text}: ${facts.err.message}` : text;
    const line = this.#lines.get(kind);
    if (line && at - line.at < QUIET_MS) {
      line.leftOut += 1;
      return;
    }
    this.#log.error(line?.leftOut ? { ...facts, leftOut: line.leftOut } : facts, text);
    this.#lines.delete(kind); // to be put last
    this.#lines.set(kind, { at, leftOut: 0 });
    for (const oldest of this.#lines.keys()) {
      if (this.#lines.size <= MOST_KINDS) break;
      this.#lines.delete(oldest);
    }
  }
}
