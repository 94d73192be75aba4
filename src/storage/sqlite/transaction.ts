import type { DatabaseSync } from "node:sqlite";

/** Runs an action in a transaction, which is undone if the action or the commit throws. */
export function transact<T>(database: DatabaseSync, action: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = action();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Runs an action as `transact` does, without waiting for the disk. */
export function transactWithoutSync<T>(database: DatabaseSync, action: () => T): T {
  database.exec("PRAGMA synchronous = NORMAL");
  try {
    return transact(database, action);
  } finally {
    database.exec("PRAGMA synchronous = FULL");
  }
}
