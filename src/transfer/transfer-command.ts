// The commands that move rooms (docs/transfer.md).
import { endBySignal, onSignal, TERMINATION } from "../cli/signals.ts";
import type { Config } from "../config/config.ts";
import { runBackup } from "./backup.ts";
import { type ExportOptions, runExport } from "./export-command.ts";
import { type ImportCommandOptions, runImportCommand } from "./import-command.ts";
import { removePartials } from "./new-file.ts";

/**
 * Runs backup, export or import. A signal ends the process and removes incomplete files. Resolves with the exit status;
 * rejects with `UsageError`, `TransferError` or `StorageError`.
 */
export async function runTransfer(
  command: string,
  config: Config,
  operands: readonly string[],
  options: ExportOptions & ImportCommandOptions,
): Promise<number> {
  using _ending = onSignal(TERMINATION, (signal) => {
    removePartials();
    endBySignal(signal);
  });
  if (command === "backup") return await runBackup(config, operands);
  if (command === "export") return await runExport(config, operands, options);
  return await runImportCommand(config, operands, options);
}
