/** The time of a count, in milliseconds, and how often was counted since it began. */
interface Window {
  readonly ends: number;
  count: number;
}

/** The most users that are remembered at a time, and characters of their names; beyond that the oldest are forgotten. */
const MOST_USERS = 100_000;
const MOST_CHARACTERS = 4_000_000;

/**
 * Limits how often users do something: at most so many times in a span that begins with the first. Kept in memory only.
 * Each call takes the same time, however many users there are: all spans are equally long, so they end in their order.
 */
export class RateLimiter {
  readonly #span: number;
  readonly #mostUsers: number;
  readonly #windows = new Map<string, Window>();
  #characters = 0;

  /** `span` in milliseconds. */
  constructor(span: number, mostUsers = MOST_USERS) {
    this.#span = span;
    this.#mostUsers = mostUsers;
  }

  /** How many users are remembered. */
  get size(): number {
    return this.#windows.size;
  }

  /** Whether a user may do it `count` more times. `now` in milliseconds of a clock that never goes back. */
  allows(user: string, limit: number, now: number, count = 1): boolean {
    return this.#countOf(user, now) + count <= limit;
  }

  /** Counts what a user does; false, and nothing is counted, where it is too much. */
  take(user: string, limit: number, now: number, count = 1): boolean {
    this.#forgetEnded(now);
    if (!this.allows(user, limit, now, count)) return false;
    const window = this.#windows.get(user);
    if (window) window.count += count;
    else {
      this.#windows.set(user, { ends: now + this.#span, count });
      this.#characters += user.length;
    }
    return true;
  }

  /** Takes one count of a user back that was taken at that time; none where the span that it fell into has ended. */
  giveBack(user: string, takenAt: number, now: number): void {
    const window = this.#windows.get(user);
    if (window && window.ends > now && window.ends - this.#span <= takenAt && window.count > 0)
      window.count -= 1;
  }

  #countOf(user: string, now: number): number {
    const window = this.#windows.get(user);
    return window && window.ends > now ? window.count : 0;
  }

  #forgetEnded(now: number): void {
    for (const [user, { ends }] of this.#windows) {
      const isFull = this.#windows.size >= this.#mostUsers || this.#characters > MOST_CHARACTERS;
      if (ends > now && !isFull) return;
      this.#windows.delete(user);
      this.#characters -= user.length;
    }
  }
}
