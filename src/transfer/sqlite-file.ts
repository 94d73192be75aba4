// SQLite databases of other servers: recognized by their first bytes, and only read.
import { closeSync, openSync, readSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { TransferError } from "./source.ts";

const MAGIC = "SQLite format 3\0";

/** Whether this is an SQLite database; a folder is none, nor is what cannot be read. */
export function isSqliteFile(path: string): boolean {
  const start = Buffer.alloc(MAGIC.length);
  try {
    const file = openSync(path, "r");
    try {
      return readSync(file, start) === start.length && start.toString("latin1") === MAGIC;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

/**
 * What is read from a database as it is at one moment; it is closed at the end. Throws `TransferError` where it lacks one
 * of the tables, or cannot be read.
 */
export async function* readSqliteFile<T>(
  path: string,
  tables: readonly string[],
  read: (database: DatabaseSync) => AsyncIterable<T>,
): AsyncGenerator<T> {
  try {
    using database = new DatabaseSync(path, { readOnly: true });
    database.exec("BEGIN");
    const missing = tables.filter((table) => !hasTable(database, table));
    if (missing.length > 0)
      throw new TransferError(`${path} is not a database of that server: it lacks ${missing.join(", ")}`);
    yield* read(database);
  } catch (error) {
    if (!(error instanceof Error && "errcode" in error)) throw error;
    throw new TransferError(`cannot read ${path}: ${error.message}`);
  }
}

export function hasTable(database: DatabaseSync, name: string): boolean {
  return (
    database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(name) !== undefined
  );
}
