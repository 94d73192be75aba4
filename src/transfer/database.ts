// Databases of other servers, in SQLite or PostgreSQL. They are only read.
import type { ForeignDatabase } from "./foreign-database.ts";
import { isPostgresAddress, readPostgres } from "./postgres-address.ts";
import { TransferError } from "./source.ts";
import { isSqliteFile, readSqliteFile } from "./sqlite-file.ts";

/** Returns true for the address of a database, false for a file of another kind. */
export const isDatabase = (address: string): boolean => isPostgresAddress(address) || isSqliteFile(address);

/**
 * Reads from the database at an address (a path, or a PostgreSQL URL) and closes it at the end. Throws `TransferError`
 * if a table is missing or the database cannot be read.
 */
export async function* readDatabase<T>(
  address: string,
  tables: readonly string[],
  read: (database: ForeignDatabase) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const readAll = isPostgresAddress(address) ? readPostgres : readSqliteFile;
  yield* readAll(address, async function* (database) {
    const missing: string[] = [];
    for (const table of tables) if ((await database.columnsOf(table)).length === 0) missing.push(table);
    if (missing.length > 0)
      throw new TransferError(
        `${database.name} is not a database of that server: it lacks ${missing.join(", ")}`,
      );
    yield* read(database);
  });
}
