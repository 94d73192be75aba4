// When clients are asked whether they are there (XEP-0045 section 18.1.2): not while no answer could come.
import type { Effects } from "./muc/model/effects.ts";

/** After so many milliseconds without answers everybody is asked anew: questions may have waited all the time. */
const LONG_MS = 60_000;

interface Parts {
  readonly rounds: { step(): Effects };
  readonly attendance: { doubt(): void };
  /** Whether questions are sent and answers read at the moment. */
  canAnswer(): boolean;
  /** Milliseconds, whatever the clock is set to (`RoomEnvironment.elapsed`). */
  elapsed(): number;
}

/** The steps of the rounds, as long as somebody could answer. */
export class RollCallClock {
  readonly #parts: Parts;
  #silentSince: number | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** To be called about once a second; nothing where nobody could answer. */
  step(): Effects | undefined {
    const { rounds, attendance, canAnswer, elapsed } = this.#parts;
    if (!canAnswer()) {
      this.#silentSince ??= elapsed();
      return undefined;
    }
    if (this.#silentSince !== undefined && elapsed() - this.#silentSince >= LONG_MS) attendance.doubt();
    this.#silentSince = undefined;
    return rounds.step();
  }
}
