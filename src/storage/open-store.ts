import { IN_MEMORY, SqliteStore } from "./sqlite-store.ts";
import type { Store } from "./store.ts";
import { openThreadedStore } from "./threaded-store.ts";

/** Opens the store of a configuration; rejects with `StorageError` where that is impossible. */
export async function openStore(
  storage: { kind: "memory" } | { kind: "sqlite"; path: string },
): Promise<Store> {
  return storage.kind === "memory" ? new SqliteStore(IN_MEMORY) : openThreadedStore(storage.path);
}
