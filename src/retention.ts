// What archives do not keep any longer (XEP-0313 section 3.2): removed in small steps, the oldest first.
import type { RetentionLimits, Store } from "./storage/store.ts";

/** Messages that are removed in one step: some milliseconds of work. */
const STEP = 100;
/** Milliseconds until the next step, where there is more to remove and where there is not. */
const SOON = 100;
const LATER = 60_000;
const DAY = 86_400_000;

export interface RetentionSettings {
  /** 0: for ever. */
  readonly maxDays: number;
  /** 0: any number. */
  readonly maxMessagesPerRoom: number;
}

/** What goes at a time in milliseconds since 1970. */
export function limitsAt(now: number, { maxDays, maxMessagesPerRoom }: RetentionSettings): RetentionLimits {
  return {
    oldest: maxDays === 0 ? 0 : now - maxDays * DAY,
    messages: maxMessagesPerRoom === 0 ? Number.MAX_SAFE_INTEGER : maxMessagesPerRoom,
  };
}

/** Removes what is beyond the limits, and what is left of rooms that are no more, until it is stopped; `failed` is told of faults. */
export class Retention {
  readonly #store: Pick<Store, "removeMessages">;
  readonly #settings: RetentionSettings;
  readonly #failed: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
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
      const removed = await this.#store.removeMessages(limitsAt(Date.now(), this.#settings), STEP);
      return removed < STEP ? LATER : SOON;
    } catch (error) {
      this.#failed(error);
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
