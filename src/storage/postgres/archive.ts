// Reads a room's archive in a PostgreSQL database.
import { type ArchiveQuery, PAGE_BYTES } from "../../muc/model/archive-query.ts";
import type { Answer, Dialect, Plan, Read, Search, Statement } from "../archive/dialect.ts";
import type { Row } from "../rows.ts";
import { searchTerms } from "../search-terms.ts";

/** Runs one statement. */
export type Query = (text: string, values: unknown[]) => Promise<Row[]>;

/** The bare address of a message's sender, as the indexes have it. */
export const userOf = (table: string): string => `split_part(${table}.jid, '/', 1)`;

export const DIALECT: Dialect = {
  parameter: (number) => `$${number}`,
  name: (table) => `verona.${table}`,
  user: userOf,
  search: (_room, words, value): Search => ({
    from: "verona.message",
    condition: `message.search_terms @@ ${value(allOf(words))}::tsquery`,
    position: "message.position",
  }),
  findTimes,
  combinesIndexes: true,
  limitsParts: true,
};

/**
 * Finds the first and the last position of messages between two times in the index of times alone. The sums keep the
 * database from looking for them among all messages in the order of positions.
 */
function findTimes(room: number, { start, end }: ArchiveQuery): Statement {
  const last = Number.MAX_SAFE_INTEGER;
  return {
    sql: `SELECT coalesce(min(position + 0), ${last}) AS first, coalesce(max(position + 0), 0) AS last FROM verona.message
      WHERE room = $1 AND at BETWEEN $2 AND $3`,
    values: [room, start ?? 0, end ?? last],
  };
}

/** Runs the statements of a plan. */
export async function carryOut<T>(run: Query, plan: Plan<T>): Promise<T> {
  let next = plan.next();
  while (!next.done) next = plan.next(await read(run, next.value));
  return next.value;
}

async function read(run: Query, { sql, values, order }: Read): Promise<Answer> {
  if (order === undefined) return { rows: await run(sql, [...values]), hasMore: false };
  // The database sends no rows beyond the bytes of a page.
  const rows = await run(
    `SELECT * FROM (SELECT *, count(*) OVER () AS found, sum(size) OVER (ORDER BY position ${order}) - size AS before
        FROM (${sql}) AS matching) AS weighed
      WHERE before < ${PAGE_BYTES} ORDER BY position ${order}`,
    [...values],
  );
  return { rows, hasMore: Number(rows[0]?.found ?? 0) > rows.length };
}

/** Requires every word. Words hold no character that has a meaning between quotes. A query without words finds nothing. */
function allOf(words: string): string {
  return searchTerms(words)
    .map((word) => `'${word}'`)
    .join(" & ");
}
