// Removes expired archive messages (XEP-0313 section 3.2) in small steps, the oldest of each archive first.
import type { Store } from "./storage/store.ts";

/** The limits of one step. With its transaction it takes about twice the time, for which a commit may wait. */
const STEP = { archives: 200, messages: 100, milliseconds: 1 };
/** Milliseconds until the next step: during a round through all archives, and after it. */
const SOON = 50;
const LATER = 60_000;

/** Limits of the service, 0 for none; rooms may have stricter ones. */
export interface RetentionSettings {
  readonly maxDays: number;
  readonly maxMessagesPerRoom: number;
}

/**
 * Removes messages beyond the limits, and the remains of removed rooms, until it is stopped. Of consecutive faults,
 * only the first is passed to `failed`. Does nothing while `isDue` returns false: another process does it.
 */
export class Retention {
  readonly #store: Pick<Store, "removeMessages">;
  readonly #settings: RetentionSettings;
  readonly #failed: (error: unknown) => void;
  readonly #isDue: () => boolean;
  #after = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #isFailing = false;
  #step: Promise<void> = Promise.resolve();

  constructor(
    store: Pick<Store, "removeMessages">,
    settings: RetentionSettings,
    failed: (error: unknown) => void,
    isDue = () => true,
  ) {
    this.#store = store;
    this.#settings = settings;
    this.#failed = failed;
    this.#isDue = isDue;
  }

  start(): void {
    this.#wait(SOON);
  }

  /** Resolves when the current step is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#step;
  }

  /** Runs one step. Returns the milliseconds until the next step. */
  async step(): Promise<number> {
    if (!this.#isDue()) return LATER;
    try {
      const { maxDays, maxMessagesPerRoom } = this.#settings;
      const limits = { days: maxDays, messages: maxMessagesPerRoom, now: Date.now() };
      const { after } = await this.#store.removeMessages(limits, { ...STEP, after: this.#after });
      this.#after = after ?? 0;
      this.#isFailing = false;
      return after === undefined ? LATER : SOON;
    } catch (error) {
      if (!this.#isFailing && !this.#stopped) this.#failed(error);
      this.#isFailing = true;
      return LATER;
    }
  }

  #wait(milliseconds: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#step = this.step().then((next) => this.#wait(next));
    }, milliseconds);
  }
}
