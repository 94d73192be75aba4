/** The end of a user's window, in milliseconds, and the number of actions in it. */
interface Window {
  readonly ends: number;
  count: number;
}

/** Maximum number of users, and of characters of their names. Beyond these, the oldest windows are dropped. */
const MAX_USERS = 100_000;
const MAX_CHARACTERS = 4_000_000;

/**
 * Limits how often each user may do something. A user's window begins with the first action; all windows have the same
 * length. They end in the order in which they began, so each call takes constant time. State is in memory only.
 */
export class RateLimiter {
  readonly #span: number;
  readonly #maxUsers: number;
  readonly #windows = new Map<string, Window>();
  #characters = 0;

  /** `span`: length of a window in milliseconds. */
  constructor(span: number, maxUsers = MAX_USERS) {
    this.#span = span;
    this.#maxUsers = maxUsers;
  }

  /** Number of users with a window. */
  get size(): number {
    return this.#windows.size;
  }

  /** Returns true if a user may act `count` more times. `now` in milliseconds of a monotonic clock. */
  allows(user: string, limit: number, now: number, count = 1): boolean {
    return this.#countOf(user, now) + count <= limit;
  }

  /** Counts `count` actions of a user. Returns false, and counts none of them, if they exceed the limit. */
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

  /** Takes back one action that was counted at `takenAt`; no effect if that window has ended. */
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
      const isFull = this.#windows.size >= this.#maxUsers || this.#characters > MAX_CHARACTERS;
      if (ends > now && !isFull) return;
      this.#windows.delete(user);
      this.#characters -= user.length;
    }
  }
}
