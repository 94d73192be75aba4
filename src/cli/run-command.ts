import { ConfigError } from "../config/config.ts";
import { StorageError } from "../storage/store.ts";
import { CommandError, failureLine, UsageError } from "./errors.ts";
import { EXIT } from "./exit-status.ts";

/** Runs a command, and writes to standard error why it fails. Resolves with the exit status; rejects for bugs. */
export async function runCommand(command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    if (error instanceof ConfigError) return fail(`${error.problems.join("\n")}\n`, EXIT.wrongUsage);
    if (error instanceof UsageError)
      return fail(`verona: ${error.message} (see verona --help)\n`, EXIT.wrongUsage);
    if (error instanceof CommandError || error instanceof StorageError)
      return fail(failureLine(error), EXIT.failed);
    throw error;
  }
}

function fail(text: string, status: number): number {
  process.stderr.write(text);
  return status;
}
