/** Rate of a token bucket: so many actions within a minute, and as many as `burst` at once. */
export interface Rate {
  readonly perMinute: number;
  readonly burst: number;
}

/** Maximum number of buckets, and of characters of their keys. Beyond these, the buckets that were used longest ago are dropped. */
const MAX_BUCKETS = 100_000;
const MAX_CHARACTERS = 4_000_000;

const MINUTE_MS = 60_000;
/** Shorter waits are errors of sums that are not exact. */
const SHORTEST_WAIT_MS = 1;

/**
 * Token buckets by key. A bucket begins full, each action takes a token, and tokens come back evenly over time. State is in
 * memory only: full buckets are forgotten. All times in milliseconds of a monotonic clock.
 */
export class TokenBuckets {
  readonly #most: number;
  /** The time when each bucket is full again. The bucket that was used last is last. */
  readonly #fullAt = new Map<string, number>();
  #characters = 0;

  constructor(most = MAX_BUCKETS) {
    this.#most = most;
  }

  /** Number of remembered buckets. */
  get size(): number {
    return this.#fullAt.size;
  }

  /** Returns the milliseconds until a bucket has `count` tokens: 0 if it has them now, infinity if it never will. */
  wait(key: string, rate: Rate, now: number, count = 1): number {
    if (count > rate.burst) return Number.POSITIVE_INFINITY;
    const interval = MINUTE_MS / rate.perMinute;
    const missing = Math.max(0, (this.#fullAt.get(key) ?? now) - now);
    const wait = missing - (rate.burst - count) * interval;
    return wait < SHORTEST_WAIT_MS ? 0 : wait;
  }

  /** Takes tokens that `wait` has found. */
  take(key: string, rate: Rate, now: number, count = 1): void {
    const from = Math.max(now, this.#fullAt.get(key) ?? now);
    this.drop(key);
    this.#fullAt.set(key, from + (count * MINUTE_MS) / rate.perMinute);
    this.#characters += key.length;
    this.#forget(now);
  }

  /** Forgets a bucket: it is full again. */
  drop(key: string): void {
    if (this.#fullAt.delete(key)) this.#characters -= key.length;
  }

  #forget(now: number): void {
    for (const [key, fullAt] of this.#fullAt) {
      const isTooMuch = this.#fullAt.size > this.#most || this.#characters > MAX_CHARACTERS;
      if (fullAt > now && !isTooMuch) return;
      this.drop(key);
    }
  }
}
