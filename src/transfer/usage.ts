/** A command line that makes no sense, in words. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Done, but something could not be carried over. */
export const EXIT_INCOMPLETE = 3;
