// Backups: copies of the database at one moment.
import { resolve } from "node:path";
import { UsageError } from "../cli/errors.ts";
import { EXIT } from "../cli/exit-status.ts";
import type { Config } from "../config/config.ts";
import { callService } from "../control/call-service.ts";
import type { Store } from "../storage/store.ts";
import { writeNewFile } from "./new-file.ts";
import { openConfiguredStore } from "./open-configured-store.ts";
import { TransferError } from "./source.ts";

/** Writes a copy of a store to a new file. Throws `TransferError` or `StorageError`. */
export async function writeBackup(store: Store, path: string): Promise<void> {
  const { backup } = store;
  if (!backup) throw new TransferError("use the database's own backup tool");
  await writeNewFile(path, (partial) => backup.call(store, partial));
}

/** Runs `verona backup`. The running service writes the copy; if none runs, this process does. */
export async function runBackup(config: Config, operands: readonly string[]): Promise<number> {
  const [file, ...more] = operands;
  if (file === undefined) throw new UsageError("backup needs a file");
  if (more.length > 0) throw new UsageError(`unexpected argument "${more[0]}"`);
  if (config.storage.kind === "postgres") throw new TransferError("use pg_dump to back up PostgreSQL");
  const path = resolve(file);
  if (config.storage.kind === "sqlite") {
    const answer = await callService(config.controlSocket, "backup", { file: path });
    if (answer?.kind === "refused") throw new TransferError(answer.text);
    if (answer) return EXIT.ok;
  }
  const store = await openConfiguredStore(config.storage);
  try {
    await writeBackup(store, path);
  } finally {
    await store.close();
  }
  return EXIT.ok;
}
