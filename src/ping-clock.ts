// Runs the pings of quiet clients (XEP-0045 section 18.1.2), but not while no answer could arrive.
import type { Effects } from "./muc/model/effects.ts";

/** After this time without answers, in milliseconds, every client is asked again: earlier pings may be lost. */
const LONG_MS = 60_000;

interface Parts {
  readonly schedule: { step(): Effects };
  readonly liveness: { askAllAgain(): void };
  /** Returns true if pings can be sent and answers are read now. */
  canAnswer(): boolean;
  /** Returns milliseconds, independent of the system clock (`RoomEnvironment.elapsed`). */
  elapsed(): number;
}

/** Runs the steps of the schedule while answers can arrive. */
export class PingClock {
  readonly #parts: Parts;
  #silentSince: number | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Runs one step; called about once a second. Returns undefined if no answer could arrive. */
  step(): Effects | undefined {
    const { schedule, liveness, canAnswer, elapsed } = this.#parts;
    if (!canAnswer()) {
      this.#silentSince ??= elapsed();
      return undefined;
    }
    if (this.#silentSince !== undefined && elapsed() - this.#silentSince >= LONG_MS) liveness.askAllAgain();
    this.#silentSince = undefined;
    return schedule.step();
  }
}
