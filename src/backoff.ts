/** Delays between attempts, in milliseconds. */
export interface BackoffOptions {
  readonly firstDelay: number;
  readonly longestDelay: number;
}

export const DEFAULT_BACKOFF: BackoffOptions = { firstDelay: 500, longestDelay: 60_000 };
/** Delays where another process could serve meanwhile. */
export const HURRIED_BACKOFF: BackoffOptions = { firstDelay: 100, longestDelay: 1_000 };

/**
 * Returns the delay before attempt `failures` + 1. The delay doubles with each failure up to the longest. A random
 * part, at most half, is left out, so that many components do not return to one server at the same instant.
 */
export function backoffDelay(failures: number, options: BackoffOptions, random = Math.random): number {
  const ceiling = Math.min(options.longestDelay, options.firstDelay * 2 ** Math.max(0, failures - 1));
  return ceiling / 2 + random() * (ceiling / 2);
}
