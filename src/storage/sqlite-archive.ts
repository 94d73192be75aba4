// Reading a room's archive in an SQLite database (XEP-0313, XEP-0431).
import type { DatabaseSync } from "node:sqlite";
import { type ArchivePage, type ArchiveQuery, isUnfiltered } from "../muc/archive-query.ts";
import { MESSAGE_COLUMNS, readMessage } from "./rows.ts";
import { userOf } from "./sqlite-statements.ts";

const COLUMNS = MESSAGE_COLUMNS.map((name) => `message.${name}`).join(", ");

type Value = string | number;

/** What of a table a query asks for. */
interface Selection {
  readonly from: string;
  readonly conditions: readonly string[];
  readonly values: readonly Value[];
  /** The place of a message in the order of the archive. */
  readonly place: string;
}

/** One page of the archive of the room with that number; undefined where an id that the query names is not in it. */
export function readPage(database: DatabaseSync, room: number, query: ArchiveQuery): ArchivePage | undefined {
  const selection = select(database, room, query);
  if (!selection) return undefined;
  const { from, conditions, values, place } = selection;
  const order = query.fromEnd ? "DESC" : "ASC";
  const sql = `SELECT ${COLUMNS} FROM ${from} WHERE ${conditions.join(" AND ")} ORDER BY ${place} ${order} LIMIT ?`;
  const rows = database.prepare(sql).all(...values, query.max + 1);
  const messages = rows.slice(0, query.max).map(readMessage);
  if (query.fromEnd) messages.reverse();
  return { messages, complete: rows.length <= query.max };
}

/** How many messages match; undefined where they would have to be counted and are more than `most`, or for such an id. */
export function countMatches(
  database: DatabaseSync,
  room: number,
  query: ArchiveQuery,
  most: number,
): number | undefined {
  if (isUnfiltered(query))
    return Number(database.prepare("SELECT messages FROM archive WHERE room = ?").get(room)?.messages ?? 0);
  const selection = select(database, room, query);
  if (!selection) return undefined;
  const { from, conditions, values } = selection;
  const sql = `SELECT count(*) AS n FROM (SELECT 1 FROM ${from} WHERE ${conditions.join(" AND ")} LIMIT ?)`;
  const found = Number(database.prepare(sql).get(...values, most + 1)?.n);
  return found > most ? undefined : found;
}

function select(database: DatabaseSync, room: number, query: ArchiveQuery): Selection | undefined {
  const conditions: string[] = [];
  const values: Value[] = [];
  const where = (condition: string, ...more: Value[]): void => {
    conditions.push(condition);
    values.push(...more);
  };
  const { words, start, end } = query;
  const place = words === undefined ? "place" : "message_text.rowid";
  if (words === undefined) where("message.room = ?", room);
  else where("message_text MATCH ?", searchOf(room, words));
  for (const [ids, comparison] of [
    [query.afterIds, ">"],
    [query.beforeIds, "<"],
  ] as const) {
    for (const id of ids) {
      const found = placeOf(database, room, id);
      if (found === undefined) return undefined;
      where(`${place} ${comparison} ?`, found);
    }
  }
  if (query.ids) {
    const places = query.ids.map((id) => placeOf(database, room, id));
    if (places.includes(undefined)) return undefined;
    where(`${place} IN (${places.map(() => "?").join(", ")})`, ...places.filter((one) => one !== undefined));
  }
  // The ends of the time are places, from which the other indexes can go on; between them the time itself counts, as
  // the clock may have been set back.
  if (start !== undefined) where(`${place} >= ? AND +at >= ?`, firstSince(database, room, start), start);
  if (end !== undefined) where(`${place} <= ? AND +at <= ?`, lastUntil(database, room, end), end);
  if (query.nick !== undefined) where("nick = ?", query.nick);
  if (query.jid !== undefined) where(`${userOf("message")} = ?`, query.jid.split("/")[0] ?? "");
  if (query.jid?.includes("/")) where("jid = ?", query.jid);
  const from =
    words === undefined ? "message" : "message_text CROSS JOIN message ON place = message_text.rowid";
  return { from, conditions, values, place };
}

/** The runs of the room with the number ?1 (`message.run`), mostly one. */
const RUNS = `WITH RECURSIVE runs (run) AS (SELECT min(run) FROM message WHERE room = ?1 UNION ALL
  SELECT (SELECT min(run) FROM message WHERE room = ?1 AND run > runs.run) FROM runs WHERE run IS NOT NULL)`;

/** The place of the first message that is not older, or after all. */
function firstSince(database: DatabaseSync, room: number, time: number): number {
  const first =
    "SELECT place FROM message WHERE room = ?1 AND run = runs.run AND at >= ?2 ORDER BY at, place LIMIT 1";
  const sql = `${RUNS} SELECT min((${first})) AS place FROM runs`;
  return Number(database.prepare(sql).get(room, time)?.place ?? Number.MAX_SAFE_INTEGER);
}

/** The place of the last message that is not younger, or before all. */
function lastUntil(database: DatabaseSync, room: number, time: number): number {
  const last = `SELECT place FROM message WHERE room = ?1 AND run = runs.run AND at <= ?2
    ORDER BY at DESC, place DESC LIMIT 1`;
  const sql = `${RUNS} SELECT max((${last})) AS place FROM runs`;
  return Number(database.prepare(sql).get(room, time)?.place ?? 0);
}

function placeOf(database: DatabaseSync, room: number, stanzaId: string): number | undefined {
  const row = database
    .prepare("SELECT place FROM message WHERE room = ? AND stanza_id = ?")
    .get(room, stanzaId);
  return row === undefined ? undefined : Number(row.place);
}

/** Every word has to be in the text, in the room with that number; what FTS5 would read as its syntax is taken as text. */
function searchOf(room: number, words: string): string {
  const quoted = words.split(/\s+/).map((word) => `"${word.replaceAll('"', '""')}"`);
  return `room : "${room}" AND text : (${quoted.join(" ")})`;
}
