// SQLite databases of other servers.
import { closeSync, openSync, readSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { ForeignDatabase } from "./foreign-database.ts";
import { TransferError } from "./source.ts";

const MAGIC = "SQLite format 3\0";

/** Returns true if a file starts like an SQLite database; false for folders and unreadable files. */
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

/** Reads from a database file and closes it at the end. Throws `TransferError` if it cannot be read. */
export async function* readSqliteFile<T>(
  path: string,
  read: (database: ForeignDatabase) => AsyncIterable<T>,
): AsyncGenerator<T> {
  try {
    using database = new DatabaseSync(path, { readOnly: true });
    database.exec("BEGIN");
    yield* read(foreign(database, path));
  } catch (error) {
    if (!(error instanceof Error && "errcode" in error)) throw error;
    throw new TransferError(`cannot read ${path}: ${error.message}`);
  }
}

function foreign(database: DatabaseSync, path: string): ForeignDatabase {
  const prepare = (sql: string) => database.prepare(sql.replace(/\$(\d)/g, "?$1"));
  return {
    name: path,
    all: async (sql, ...values) => prepare(sql).all(...values),
    async *each(sql, ...values) {
      yield* prepare(sql).iterate(...values);
    },
    columnsOf: async (table) =>
      prepare("SELECT name FROM pragma_table_info($1)")
        .all(table)
        .map(({ name }) => String(name)),
    bytesOf: (column) => `CAST(${column} AS BLOB)`,
  };
}
