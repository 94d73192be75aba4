// The time until which a lease lasts.

/** Clocks in milliseconds. The monotonic clock stands still while a machine is suspended; the time of day may jump. */
export interface Clocks {
  monotonic(): number;
  timeOfDay(): number;
}

export const SYSTEM_CLOCKS: Clocks = { monotonic: () => performance.now(), timeOfDay: Date.now };

/** A point of both clocks. */
export interface Instant {
  readonly monotonic: number;
  readonly timeOfDay: number;
}

export const instantOf = (clocks: Clocks): Instant => ({
  monotonic: clocks.monotonic(),
  timeOfDay: clocks.timeOfDay(),
});

/** Returns true if less than `milliseconds` have passed since an instant, by both clocks. */
export const isWithin = (since: Instant, milliseconds: number, clocks: Clocks): boolean =>
  clocks.monotonic() - since.monotonic < milliseconds && clocks.timeOfDay() - since.timeOfDay < milliseconds;
