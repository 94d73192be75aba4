// The differences between the statements of databases that read archives.
import type { ArchiveQuery } from "../../muc/model/archive-query.ts";
import type { Row } from "../rows.ts";

export type Table = "message" | "archive_extra";
export type Value = string | number;
export type Order = "ASC" | "DESC";

/** The SQL of one kind of database. */
export interface Dialect {
  /** Writes the parameter with a number, from 1. */
  parameter(number: number): string;
  /** Writes the name of a table; statements refer to it without a schema. */
  name(table: string): string;
  /** Writes the bare address of a message's sender, as the indexes have it. */
  user(table: Table): string;
  /** Writes a search for words in the messages of a room. */
  search(room: number, words: string, value: Parameter): Search;
  /** Finds the first and last position of messages between two times. */
  findTimes(room: number, query: ArchiveQuery): Statement;
  /** True if the database looks for a time itself where extras are wanted, as it combines indexes. */
  readonly combinesIndexes: boolean;
  /** True if each part of a union needs order and limit, so that the database uses indexes. */
  readonly limitsParts: boolean;
}

/** Adds a value to a statement, and returns its parameter. */
export type Parameter = (value: Value) => string;

export interface Search {
  readonly from: string;
  readonly condition: string;
  /** The column of positions in the index of words. */
  readonly position: string;
}

export interface Statement {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** A statement that reads rows. With an order it reads a page, which ends with the row whose `size` fills `PAGE_BYTES`. */
export interface Read extends Statement {
  readonly order?: Order;
}

/** The rows. `hasMore` is true if more follow after a page. */
export interface Answer {
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
}

/** Yields one statement after the other, and receives its answer. */
export type Plan<T> = Generator<Read, T, Answer>;

/** Makes an empty list of values, and a function that adds one. */
export function parameters({ parameter }: Dialect): { values: Value[]; value: Parameter } {
  const values: Value[] = [];
  return { values, value: (value) => parameter(values.push(value)) };
}
