// Databases of other servers, in SQLite or PostgreSQL. They are only read.
import { isPostgresAddress, readPostgres } from "./postgres-address.ts";
import { TransferError } from "./source.ts";
import { isSqliteFile, readSqliteFile } from "./sqlite-file.ts";

export type Row = Readonly<Record<string, unknown>>;

/** A snapshot of a database. Values replace $1, $2... in their order. */
export interface ForeignDatabase {
  /** Name for the operator, without a password. */
  readonly name: string;
  all(sql: string, ...values: readonly string[]): Promise<Row[]>;
  /** Returns the rows one by one; at most some hundred are in memory. */
  each(sql: string, ...values: readonly string[]): AsyncIterable<Row>;
  /** Returns the names of a table's columns; none if there is no such table. */
  columnsOf(table: string): Promise<string[]>;
  /** Returns the SQL that reads a text as bytes (a Uint8Array). */
  bytesOf(column: string): string;
}

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
