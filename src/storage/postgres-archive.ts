// Reading a room's archive in a PostgreSQL database (XEP-0313, XEP-0431).
import { type ArchivePage, type ArchiveQuery, isUnfiltered } from "../muc/archive-query.ts";
import { MESSAGE_COLUMNS, type Row, readMessage } from "./rows.ts";
import { wordsOf } from "./search-words.ts";

/** Runs one statement. */
export type Query = (text: string, values: unknown[]) => Promise<Row[]>;

const COLUMNS = MESSAGE_COLUMNS.join(", ");

const FIND_PLACES = `SELECT id, (SELECT jsonb_object_agg(stanza_id, place) FROM verona.message
    WHERE room = room.id AND stanza_id = ANY ($2)) AS places FROM verona.room WHERE node = $1`;

const COUNT_ALL = `SELECT coalesce((SELECT messages FROM verona.archive WHERE archive.room = room.id), 0) AS messages
  FROM verona.room WHERE node = $1`;

/** One page of a room's archive; undefined where the room is not stored or an id that the query names is not in it. */
export async function readPage(
  run: Query,
  node: string,
  query: ArchiveQuery,
): Promise<ArchivePage | undefined> {
  const selection = await select(run, node, query);
  if (!selection) return undefined;
  const { condition, values } = selection;
  const order = query.fromEnd ? "DESC" : "ASC";
  const rows = await run(
    `SELECT ${COLUMNS} FROM verona.message WHERE ${condition}
      ORDER BY place ${order} LIMIT $${values.length + 1}`,
    [...values, query.max + 1],
  );
  const messages = rows.slice(0, query.max).map(readMessage);
  if (query.fromEnd) messages.reverse();
  return { messages, complete: rows.length <= query.max };
}

/** How many messages match; undefined where they would have to be counted and are more than `most`, or as above. */
export async function countMatches(
  run: Query,
  node: string,
  query: ArchiveQuery,
  most: number,
): Promise<number | undefined> {
  if (isUnfiltered(query)) {
    const [room] = await run(COUNT_ALL, [node]);
    return room && Number(room.messages);
  }
  const selection = await select(run, node, query);
  if (!selection) return undefined;
  const { condition, values } = selection;
  const limited = `SELECT FROM verona.message WHERE ${condition} LIMIT $${values.length + 1}`;
  const [row] = await run(`SELECT count(*) AS n FROM (${limited}) AS matching`, [...values, most + 1]);
  return Number(row?.n) > most ? undefined : Number(row?.n);
}

interface Selection {
  readonly condition: string;
  readonly values: readonly unknown[];
}

async function select(run: Query, node: string, query: ArchiveQuery): Promise<Selection | undefined> {
  const named = [...query.afterIds, ...query.beforeIds, ...(query.ids ?? [])];
  const [room] = await run(FIND_PLACES, [node, named]);
  if (!room) return undefined;
  const places = new Map(Object.entries((room.places ?? {}) as Record<string, number>));
  if (named.some((id) => !places.has(id))) return undefined;
  const placesOf = (ids: readonly string[]): number[] => ids.flatMap((id) => places.get(id) ?? []);

  const values: unknown[] = [];
  const value = (one: unknown): string => `$${values.push(one)}`;
  const conditions = [`room = ${value(room.id)}`];
  for (const place of placesOf(query.afterIds)) conditions.push(`place > ${value(place)}`);
  for (const place of placesOf(query.beforeIds)) conditions.push(`place < ${value(place)}`);
  if (query.ids) conditions.push(`place = ANY (${value(placesOf(query.ids))})`);
  if (query.start !== undefined) conditions.push(`at >= ${value(query.start)}`);
  if (query.end !== undefined) conditions.push(`at <= ${value(query.end)}`);
  if (query.nick !== undefined) conditions.push(`nick = ${value(query.nick)}`);
  if (query.jid !== undefined) {
    const [full, bare] = [value(query.jid), value(`${query.jid}/`)];
    conditions.push(`(jid = ${full} OR starts_with(jid, ${bare}))`);
  }
  if (query.words !== undefined) conditions.push(`words @@ ${value(allOf(query.words))}::tsquery`);
  return { condition: conditions.join(" AND "), values };
}

/** Every word has to be there; words hold nothing that is syntax between quotes. No word finds nothing. */
function allOf(words: string): string {
  return wordsOf(words)
    .map((word) => `'${word}'`)
    .join(" & ");
}
