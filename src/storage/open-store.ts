import { IN_MEMORY, SqliteStore } from "./sqlite-store.ts";
import type { Store } from "./store.ts";

/** Opens the store of a configuration; throws `StorageError` where that is impossible. */
export function openStore(storage: { kind: "memory" } | { kind: "sqlite"; path: string }): Store {
  return new SqliteStore(storage.kind === "memory" ? IN_MEMORY : storage.path);
}
