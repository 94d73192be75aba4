import { setImmediate as immediate } from "node:timers/promises";

/** Tells whether a promise has not been resolved yet. Rejects if it was rejected. */
export const isPending = (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => false), immediate(true)]);
