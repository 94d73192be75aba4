// The statements that read archives, in what they differ between databases, and how a store carries them out.
import type { ArchiveQuery } from "../../muc/model/archive-query.ts";
import type { Row } from "../rows.ts";

export type Table = "message" | "archive_extra";
export type Value = string | number;
export type Order = "ASC" | "DESC";

/** In what the statements of databases differ. */
export interface Dialect {
  /** What stands for the value with that number, from 1. */
  parameter(number: number): string;
  /** The name of a table, which is an alias in every statement. */
  name(table: string): string;
  /** The bare address of a message's sender, as the index has it. */
  user(table: Table): string;
  /** Finds messages of a room by words. */
  search(room: number, words: string, value: Parameter): Search;
  /** Finds the first and the last place of messages between two times, if the database cannot combine indexes itself. */
  findTimes?(room: number, query: ArchiveQuery): Statement;
  /** Whether each part of a union has to have the order and the limit of the whole, so that indexes are used. */
  readonly limitsParts: boolean;
}

/** Takes a value of a statement, and gives what stands for it. */
export type Parameter = (value: Value) => string;

export interface Search {
  readonly from: string;
  readonly condition: string;
  /** The column that the index of words has the positions in. */
  readonly position: string;
}

export interface Statement {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** A statement that reads rows. With an order it is a page: it ends with the row that brings it to `PAGE_BYTES`, by `size`. */
export interface Read extends Statement {
  readonly order?: Order;
}

/** The rows, and whether a page has more. */
export interface Answer {
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
}

/** Yields one statement after the other, and receives what each has read. */
export type Plan<T> = Generator<Read, T, Answer>;

/** The values of a statement, which are added one after the other. */
export function parameters({ parameter }: Dialect): { values: Value[]; value: Parameter } {
  const values: Value[] = [];
  return { values, value: (value) => parameter(values.push(value)) };
}
