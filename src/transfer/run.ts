// The commands that move rooms, for the command line (docs/transfer.md).
import type { Config } from "../config/config.ts";
import { StorageError } from "../storage/store.ts";
import { runBackup } from "./backup.ts";
import { ENDING } from "./ending.ts";
import { type ExportOptions, runExport } from "./export-command.ts";
import { type ImportCommandOptions, runImportCommand } from "./import-command.ts";
import { removePartials } from "./new-file.ts";
import { TransferError } from "./source.ts";
import { UsageError } from "./usage.ts";

const EXIT_FAILED = 1;
const EXIT_WRONG_USAGE = 2;

/** Runs backup, export or import and tells on standard error why it fails; the result is the exit status. */
export async function runTransfer(
  command: string,
  config: Config,
  operands: readonly string[],
  options: ExportOptions & ImportCommandOptions,
): Promise<number> {
  for (const signal of ENDING) process.once(signal, () => endBy(signal));
  try {
    if (command === "backup") return await runBackup(config, operands);
    if (command === "export") return await runExport(config, operands, options);
    return await runImportCommand(config, operands, options);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`verona: ${error.message} (see verona --help)\n`);
      return EXIT_WRONG_USAGE;
    }
    if (!(error instanceof TransferError || error instanceof StorageError)) throw error;
    process.stderr.write(`verona: ${error.message.replaceAll("\n", " ")}\n`);
    return EXIT_FAILED;
  }
}

/** Ends at once as the signal does by itself; an exit would wait for a file that is being read, such as a pipe. */
function endBy(signal: NodeJS.Signals): void {
  removePartials();
  process.kill(process.pid, signal);
}
