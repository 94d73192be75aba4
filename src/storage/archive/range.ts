// Finds the part of a room's archive that a query looks at.
import { type ArchiveQuery, MAX_SCANNED } from "../../muc/model/archive-query.ts";
import { extraConditions, inRange, inTime, looksForTimes, type Range } from "./conditions.ts";
import { type Dialect, type Order, type Plan, parameters, type Statement, type Table } from "./dialect.ts";

/** Finds the range of a query; undefined if the room is not stored, or an id that the query names is not in it. */
export function* findRange(dialect: Dialect, node: string, query: ArchiveQuery): Plan<Range | undefined> {
  const { afterIds, beforeIds, ids, start, end, extras } = query;
  const named = [...afterIds, ...beforeIds, ...(ids ?? [])];
  const { rows } = yield findPositions(dialect, node, named, extras);
  const room = rows.find(({ stanza_id }) => stanza_id === null);
  if (!room) return undefined;
  const positions = new Map(rows.map(({ stanza_id, position }) => [String(stanza_id), Number(position)]));
  if (named.some((id) => !positions.has(id))) return undefined;
  const positionsOf = (of: readonly string[]): number[] => of.flatMap((id) => positions.get(id) ?? []);
  const number = Number(room.room);
  const first = positionsOf(afterIds).map((position) => position + 1);
  const last = positionsOf(beforeIds).map((position) => position - 1);
  // Extras of that time may be outside of the positions of messages of that time.
  if (extras === undefined && (start !== undefined || end !== undefined)) {
    const [times] = (yield dialect.findTimes(number, query)).rows;
    first.push(Number(times?.first));
    last.push(Number(times?.last));
  }
  return {
    room: number,
    first: Math.max(0, ...first),
    last: Math.min(Number.MAX_SAFE_INTEGER, ...last),
    only: ids && positionsOf(ids),
  };
}

/** Finds the number of the room, in a row without stanza-id, and the positions of messages by their stanza-ids. */
function findPositions(
  dialect: Dialect,
  node: string,
  ids: readonly string[],
  extras: ArchiveQuery["extras"],
): Statement {
  const { name } = dialect;
  const { values, value } = parameters(dialect);
  const room = `SELECT id FROM ${name("room")} WHERE node = ${value(node)}`;
  const parts = [`SELECT id AS room, NULL AS stanza_id, NULL AS position FROM (${room}) AS found`];
  if (ids.length > 0) {
    const list = ids.map(value).join(", ");
    const find = (table: Table, condition: string): string =>
      `SELECT room, stanza_id, position FROM ${name(table)} WHERE room = (${room}) AND stanza_id IN (${list}) AND (${condition})`;
    const conditions = extraConditions(dialect, extras, value);
    parts.push(find("message", "TRUE"));
    if (conditions.length > 0) parts.push(find("archive_extra", conditions.join(" OR ")));
  }
  return { sql: parts.join(" UNION ALL "), values };
}

interface Edge {
  readonly position: number;
  readonly stanzaId: string;
}

/** Finds the message at which a long search stops; undefined if it reaches the end of the range. */
export function* findEdge(dialect: Dialect, query: ArchiveQuery, range: Range): Plan<Edge | undefined> {
  const { values, value } = parameters(dialect);
  const scope = { dialect, query, range, value };
  const tables: Table[] = query.extras === undefined ? ["message"] : ["message", "archive_extra"];
  const parts = tables.map((table) => {
    const conditions = [...inRange(scope, table), ...(looksForTimes(scope) ? inTime(scope, table) : [])];
    return `SELECT position FROM ${dialect.name(table)} WHERE ${conditions.join(" AND ")}`;
  });
  const order = `ORDER BY position ${orderOf(query)}`;
  const idIn = (table: Table): string =>
    `(SELECT stanza_id FROM ${dialect.name(table)} WHERE ${table}.position = edge.position)`;
  // Only two ids are read, so that the positions come from the index alone.
  const { rows } = yield {
    sql: `SELECT position, coalesce(${tables.map(idIn).join(", ")}, '') AS stanza_id
      FROM (${parts.join(" UNION ALL ")} ${order} LIMIT 2 OFFSET ${MAX_SCANNED - 1}) AS edge ${order}`,
    values,
  };
  const [edge, next] = rows;
  return edge && next && { position: Number(edge.position), stanzaId: String(edge.stanza_id) };
}

export const upTo = (position: number, { fromEnd }: ArchiveQuery, range: Range): Range =>
  fromEnd ? { ...range, first: position } : { ...range, last: position };

/** The order in which a query reads. */
export const orderOf = ({ fromEnd }: ArchiveQuery): Order => (fromEnd ? "DESC" : "ASC");
