import { MemoryStore } from "./memory-store.ts";
import { SqliteStore } from "./sqlite-store.ts";
import type { Store } from "./store.ts";

/** Opens the store of a configuration; throws `StorageError` where that is impossible. */
export function openStore(storage: { kind: "memory" } | { kind: "sqlite"; path: string }): Store {
  return storage.kind === "memory" ? new MemoryStore() : new SqliteStore(storage.path);
}
