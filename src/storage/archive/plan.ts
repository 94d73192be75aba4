// Reads a room's archive from an SQL database (XEP-0313, XEP-0431).
import {
  type ArchivePage,
  type ArchiveQuery,
  isUnfiltered,
  needsScan,
} from "../../muc/model/archive-query.ts";
import type { OnDamage } from "../row-schemas.ts";
import { MESSAGE_COLUMNS, readMessage } from "../rows.ts";
import { type Range, select } from "./conditions.ts";
import { type Dialect, type Plan, parameters, type Read, type Statement } from "./dialect.ts";
import { findEdge, findRange, orderOf, upTo } from "./range.ts";

/** Reads a page of a room's archive; undefined if the room is not stored or does not have an id of the query. */
export function* planPage(
  dialect: Dialect,
  node: string,
  query: ArchiveQuery,
  onDamage: OnDamage,
): Plan<ArchivePage | undefined> {
  const range = yield* findRange(dialect, node, query);
  if (!range) return undefined;
  const edge = needsScan(query) ? yield* findEdge(dialect, query, range) : undefined;
  const { rows, hasMore } = yield selectPage(
    dialect,
    query,
    edge ? upTo(edge.position, query, range) : range,
  );
  const messages = rows.slice(0, query.max).map((row) => readMessage(row, onDamage));
  if (query.fromEnd) messages.reverse();
  return {
    messages,
    complete: !hasMore && rows.length <= query.max && edge === undefined,
    ...(rows.length === 0 && edge && { reached: edge.stanzaId }),
  };
}

/**
 * Counts the messages that match a query; undefined for the same reasons, if they have to be counted and are more than
 * `most`, or if the search would be long.
 */
export function* planCount(
  dialect: Dialect,
  node: string,
  query: ArchiveQuery,
  most: number,
): Plan<number | undefined> {
  if (isUnfiltered(query)) return yield* countAll(dialect, node);
  const range = yield* findRange(dialect, node, query);
  if (!range) return undefined;
  if (needsScan(query) && (yield* findEdge(dialect, query, range))) return undefined;
  const { rows } = yield selectCount(dialect, query, range, most + 1);
  const found = Number(rows[0]?.n);
  return found > most ? undefined : found;
}

function* countAll({ parameter, name }: Dialect, node: string): Plan<number | undefined> {
  const { rows } = yield {
    sql: `SELECT coalesce(messages, 0) AS n FROM ${name("room")} LEFT JOIN ${name("archive_size")} ON archive_size.room = room.id
      WHERE node = ${parameter(1)}`,
    values: [node],
  };
  return rows[0] && Number(rows[0].n);
}

const NO_RECIPIENT = "NULL AS to_nick, NULL AS to_jid, NULL AS message_type";

const COLUMNS = {
  message: `${MESSAGE_COLUMNS.map((column) => `message.${column}`).join(", ")}, ${NO_RECIPIENT},
    octet_length(message.payload) + coalesce(octet_length(message.search_text), 0) AS size`,
  archive_extra: `${MESSAGE_COLUMNS.map((column) => (column === "search_text" ? "NULL AS search_text" : column)).join(", ")}, to_nick, to_jid, message_type,
    octet_length(payload) AS size`,
};

function selectPage(dialect: Dialect, query: ArchiveQuery, range: Range): Read {
  const { values, value } = parameters(dialect);
  const order = orderOf(query);
  const selections = select({ dialect, query, range, value });
  const end = `ORDER BY position ${order} LIMIT ${value(query.max + 1)}`;
  const parts = selections.map(
    ({ table, from, position, condition }) =>
      `SELECT ${position} AS position, ${COLUMNS[table]} FROM ${from} WHERE ${condition}`,
  );
  const isUnion = parts.length > 1;
  const sql = (isUnion && dialect.limitsParts ? parts.map((part) => `(${part} ${end})`) : parts).join(
    " UNION ALL ",
  );
  return { sql: `${sql} ${end}`, values, order };
}

function selectCount(dialect: Dialect, query: ArchiveQuery, range: Range, most: number): Statement {
  const { values, value } = parameters(dialect);
  const parts = select({ dialect, query, range, value }).map(
    ({ from, condition }) => `SELECT 1 FROM ${from} WHERE ${condition}`,
  );
  const matching = `${parts.join(" UNION ALL ")} LIMIT ${value(most)}`;
  return { sql: `SELECT count(*) AS n FROM (${matching}) AS matching`, values };
}
