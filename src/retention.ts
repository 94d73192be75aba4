// What archives do not keep any longer (XEP-0313 section 3.2): removed in small steps, the oldest of each first.
import type { Store } from "./storage/store.ts";

/** A step looks at so many archives, and removes so many messages: some milliseconds of work. */
const STEP = { archives: 200, messages: 100 };
/** Milliseconds until the next step, in a round through all archives and when that is done. */
const SOON = 100;
const LATER = 60_000;

/** Limits of the service, 0 for none; rooms may have stricter ones. */
export interface RetentionSettings {
  readonly maxDays: number;
  readonly maxMessagesPerRoom: number;
}

/**
 * Removes what is beyond the limits, and what is left of rooms that are no more, until it is stopped; `failed` is told
 * of the first of faults in a row.
 */
export class Retention {
  readonly #store: Pick<Store, "removeMessages">;
  readonly #settings: RetentionSettings;
  readonly #failed: (error: unknown) => void;
  #after = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #isFailing = false;
  #step: Promise<void> = Promise.resolve();

  constructor(
    store: Pick<Store, "removeMessages">,
    settings: RetentionSettings,
    failed: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#settings = settings;
    this.#failed = failed;
  }

  start(): void {
    this.#wait(SOON);
  }

  /** Ends when the step that is under way is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#step;
  }

  /** One step; returns in how many milliseconds the next is due. */
  async step(): Promise<number> {
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
