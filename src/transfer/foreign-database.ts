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
