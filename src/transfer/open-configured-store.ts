import type { StorageConfig } from "../config/config.ts";
import { hasStore, openStore } from "../storage/open-store.ts";
import type { Store } from "../storage/store.ts";
import { TransferError } from "./source.ts";

/**
 * Opens the store of a configuration. If it does not exist yet: throws ("refuse"), creates it, or opens an empty one in
 * memory ("pretend"). Rejects with `StorageError` or `TransferError`.
 */
export async function openConfiguredStore(
  storage: StorageConfig,
  missing: "refuse" | "create" | "pretend" = "refuse",
): Promise<Store> {
  if (storage.kind === "memory") throw new TransferError('the storage "memory:" has no data');
  const reportDamage = (problem: string): void => void process.stderr.write(`verona: ${problem}: ignored\n`);
  if (missing === "create" || (await hasStore(storage))) return openStore(storage, undefined, reportDamage);
  if (missing === "pretend") return openStore({ kind: "memory" });
  throw new TransferError(
    storage.kind === "sqlite"
      ? `there is no database ${storage.path}`
      : "the database has no rooms of Verona",
  );
}
