// Reads a room's archive in an SQLite database.
import type { DatabaseSync } from "node:sqlite";
import { type ArchiveQuery, PAGE_BYTES } from "../../muc/model/archive-query.ts";
import type { Answer, Dialect, Plan, Read, Search, Statement, Value } from "../archive/dialect.ts";
import type { Row } from "../rows.ts";
import { timeRunsOf, userOf } from "./statements.ts";

export const DIALECT: Dialect = {
  parameter: (number) => `?${number}`,
  name: (table) => table,
  user: userOf,
  search: (room, words, value): Search => ({
    from: "message_search CROSS JOIN message ON message.position = message_search.rowid",
    condition: `message_search MATCH ${value(searchOf(room, words))}`,
    position: "message_search.rowid",
  }),
  findTimes,
  combinesIndexes: false,
  limitsParts: false,
};

/** Runs the statements of a plan. */
export function carryOut<T>(database: DatabaseSync, plan: Plan<T>): T {
  let next = plan.next();
  while (!next.done) next = plan.next(read(database, next.value));
  return next.value;
}

function read(database: DatabaseSync, { sql, values, order }: Read): Answer {
  const statement = database.prepare(sql);
  if (order === undefined) return { rows: statement.all(...values), hasMore: false };
  const rows: Row[] = [];
  let bytes = 0;
  for (const row of statement.iterate(...values)) {
    if (bytes >= PAGE_BYTES) return { rows, hasMore: true };
    rows.push(row);
    bytes += Number(row.size);
  }
  return { rows, hasMore: false };
}

/** Finds the position of the first message since the start, and of the last until the end. */
function findTimes(room: number, { start, end }: ArchiveQuery): Statement {
  const values: Value[] = [room];
  const position = (aggregate: "min" | "max", time: number | undefined, otherwise: number): string => {
    if (time === undefined) return String(otherwise === 0 ? Number.MAX_SAFE_INTEGER : 0);
    const [limit, order] = aggregate === "min" ? [">=", "at, position"] : ["<=", "at DESC, position DESC"];
    const found = `SELECT position FROM message WHERE room = ?1 AND time_run = runs.time_run AND at ${limit} ?${values.push(time)}
      ORDER BY ${order} LIMIT 1`;
    return `coalesce((${RUNS} SELECT ${aggregate}((${found})) FROM runs), ${otherwise})`;
  };
  const first = position("min", start, Number.MAX_SAFE_INTEGER);
  const last = position("max", end, 0);
  return { sql: `SELECT ${first} AS first, ${last} AS last`, values };
}

const RUNS = timeRunsOf("?1");

/** Requires every word in a text of the room. Quotes the words, so that FTS5 does not read them as its syntax. */
function searchOf(room: number, words: string): string {
  const quoted = words.split(/\s+/).map((word) => `"${word.replaceAll('"', '""')}"`);
  return `room : "${room}" AND search_text : (${quoted.join(" ")})`;
}
