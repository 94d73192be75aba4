import { existsSync } from "node:fs";
import type { StorageConfig } from "../config/config.ts";
import { openStore } from "../storage/open-store.ts";
import type { Store } from "../storage/store.ts";
import { TransferError } from "./source.ts";

/** Opens the store of a configuration that is there already; `isNew` lets it be made. Rejects with `StorageError` or `TransferError`. */
export async function openKept(storage: StorageConfig, isNew = false): Promise<Store> {
  if (storage.kind === "memory") throw new TransferError('the storage is "memory:", where nothing is kept');
  if (storage.kind === "sqlite" && !isNew && !existsSync(storage.path))
    throw new TransferError(`there is no database ${storage.path}`);
  return openStore(storage);
}
