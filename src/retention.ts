// Removes expired archive messages (XEP-0313 section 3.2) and records of acts in small steps, the oldest first.
import type { Store } from "./storage/store.ts";

/** The limits of one step. With its transaction it takes about twice the time, for which a commit may wait. */
const STEP = { archives: 200, messages: 100, milliseconds: 1 };
/** Milliseconds until the next step: during a round through all archives, and after it. */
const SOON = 50;
const LATER = 60_000;
const DAY_MS = 86_400_000;

/** Limits of the service, 0 for none; rooms may have stricter ones. */
export interface RetentionSettings {
  readonly maxDays: number;
  readonly maxMessagesPerRoom: number;
  readonly actDays: number;
}

type RetentionStore = Pick<Store, "removeMessages" | "removeActs">;

/**
 * Removes messages and records beyond the limits, and the remains of removed rooms, until it is stopped. Of consecutive
 * faults only the second is passed to `failed`: with a broken store, the next commit ends the service and says why.
 * Does nothing while `isDue` returns false: another process does it.
 */
export class Retention {
  readonly #store: RetentionStore;
  readonly #settings: RetentionSettings;
  readonly #failed: (error: unknown) => void;
  readonly #isDue: () => boolean;
  #after = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** Number of consecutive faults. */
  #faults = 0;
  #step: Promise<void> = Promise.resolve();

  constructor(
    store: RetentionStore,
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
      const isDone = after === undefined && (await this.#removeActs(limits.now));
      this.#faults = 0;
      return isDone ? LATER : SOON;
    } catch (error) {
      this.#faults += 1;
      if (this.#faults === 2 && !this.#stopped) this.#failed(error);
      return LATER;
    }
  }

  /** Returns true if no more records are too old. */
  async #removeActs(now: number): Promise<boolean> {
    const { actDays } = this.#settings;
    if (actDays === 0) return true;
    return (await this.#store.removeActs(now - actDays * DAY_MS, STEP.messages)) < STEP.messages;
  }

  #wait(milliseconds: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#step = this.step().then((next) => this.#wait(next));
    }, milliseconds);
  }
}
