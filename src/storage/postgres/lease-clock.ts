// The time until which a lease lasts.

/**
 * A point of both clocks, in milliseconds. The monotonic clock stands still while a machine is suspended; the time of day
 * may jump.
 */
export interface Instant {
  readonly monotonic: number;
  readonly timeOfDay: number;
}

export const presentInstant = (): Instant => ({ monotonic: performance.now(), timeOfDay: Date.now() });

/** Returns true if less than `milliseconds` have passed since an instant, by both clocks. */
export const isWithin = (since: Instant, milliseconds: number): boolean =>
  performance.now() - since.monotonic < milliseconds && Date.now() - since.timeOfDay < milliseconds;
