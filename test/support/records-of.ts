import type { Records } from "../../src/muc/model/records.ts";
import type { SqliteStore } from "../../src/storage/sqlite/store.ts";

/** Returns the records of a store in memory. They answer at once. */
export const recordsOf = (store: SqliteStore): Records => store;
