import type { StorageConfig } from "../config/config.ts";
import { hasStore, openStore } from "../storage/open-store.ts";
import type { Store } from "../storage/store.ts";
import { TransferError } from "./source.ts";

/**
 * Opens the store of a configuration. Where there is none yet, it is refused, made, or an empty one stands for it in
 * memory ("pretend"). Rejects with `StorageError` or `TransferError`.
 */
export async function openConfiguredStore(
  storage: StorageConfig,
  missing: "refuse" | "make" | "pretend" = "refuse",
): Promise<Store> {
  if (storage.kind === "memory") throw new TransferError('the storage is "memory:", where nothing is kept');
  const tell = (problem: string): void => void process.stderr.write(`verona: ${problem}: it is left out\n`);
  if (missing === "make" || (await hasStore(storage))) return openStore(storage, undefined, tell);
  if (missing === "pretend") return openStore({ kind: "memory" });
  throw new TransferError(
    storage.kind === "sqlite"
      ? `there is no database ${storage.path}`
      : "the database has no rooms of Verona",
  );
}
