// Databases of other servers, which are only read: SQLite files and PostgreSQL.
import { isPostgresAddress, readPostgres } from "./postgres-address.ts";
import { TransferError } from "./source.ts";
import { isSqliteFile, readSqliteFile } from "./sqlite-file.ts";

export type Row = Readonly<Record<string, unknown>>;

/** A database as it is at one moment. Values are put in for $1, $2... in their order; tables are few, rows may be many. */
export interface ForeignDatabase {
  /** Names it to the operator, without a password. */
  readonly name: string;
  all(sql: string, ...values: readonly string[]): Promise<Row[]>;
  /** The rows one after another, of which no more than some hundred are in memory. */
  each(sql: string, ...values: readonly string[]): AsyncIterable<Row>;
  /** The names of a table's columns; none where there is no such table. */
  columnsOf(table: string): Promise<string[]>;
  /** SQL for a text as its bytes, which come as a Uint8Array. */
  bytesOf(column: string): string;
}

/** Whether this is a database, and no file of another kind. */
export const isDatabase = (address: string): boolean => isPostgresAddress(address) || isSqliteFile(address);

/**
 * What is read from the database at that address (a path, or a URL of PostgreSQL); it is closed at the end. Throws
 * `TransferError` where it lacks one of the tables, or cannot be read.
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
