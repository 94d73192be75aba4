/** Failure of a command, in words that an operator can act on. */
export class CommandError extends Error {
  override name = "CommandError";
}

/** A failure as one line for standard error. */
export const failureLine = ({ message }: Error): string => `verona: ${message.replaceAll("\n", " ")}\n`;

/** Fault of a command line. */
export class UsageError extends Error {
  override name = "UsageError";
}
