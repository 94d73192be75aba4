// Reading a room's archive in an SQLite database (XEP-0313, XEP-0431).
import type { DatabaseSync } from "node:sqlite";
import { type ArchivePage, type ArchiveQuery, type AsideQuery, isUnfiltered } from "../muc/archive-query.ts";
import { MESSAGE_COLUMNS, readMessage } from "./rows.ts";
import { runsOf, userOf } from "./sqlite-statements.ts";

const COLUMNS = MESSAGE_COLUMNS.map((name) => `message.${name}`).join(", ");
/** The columns of asides in the place of those of messages, and those that messages do not have. */
const ASIDES = `place, ${MESSAGE_COLUMNS.map((name) => (name === "text" ? "NULL" : name)).join(", ")}, to_nick, to_jid, type`;
const NO_RECIPIENT = "NULL AS to_nick, NULL AS to_jid, NULL AS type";

type Value = string | number;

/** Numbers are bound as floating point, and for those FTS5 would read all matches from the first one on. */
const PLACE = "CAST(? AS INTEGER)";

/** The bare address of who has sent an aside, as its index has it. */
const USER = userOf("aside");

/** What of a table a query asks for. */
interface Selection {
  readonly from: string;
  readonly conditions: readonly string[];
  readonly values: readonly Value[];
}

/** One page of the archive of the room with that number; undefined where an id that the query names is not in it. */
export function readPage(database: DatabaseSync, room: number, query: ArchiveQuery): ArchivePage | undefined {
  const selections = select(database, room, query);
  if (!selections) return undefined;
  const [columns, place] =
    selections.length === 1 ? [COLUMNS, placeIn(query)] : [`place, ${COLUMNS}, ${NO_RECIPIENT}`, "place"];
  const parts = selections.map((part) =>
    part.from === "aside" ? textOf(part, ASIDES) : textOf(part, columns),
  );
  const sql = `${parts.join(" UNION ALL ")} ORDER BY ${place} ${query.fromEnd ? "DESC" : "ASC"} LIMIT ?`;
  const rows = database.prepare(sql).all(...valuesOf(selections), query.max + 1);
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
  const selections = select(database, room, query);
  if (!selections) return undefined;
  const parts = selections.map((part) => textOf(part, "1"));
  const sql = `SELECT count(*) AS n FROM (${parts.join(" UNION ALL ")} LIMIT ?)`;
  const found = Number(database.prepare(sql).get(...valuesOf(selections), most + 1)?.n);
  return found > most ? undefined : found;
}

const textOf = ({ from, conditions }: Selection, columns: string): string =>
  `SELECT ${columns} FROM ${from} WHERE ${conditions.join(" AND ")}`;

const valuesOf = (selections: readonly Selection[]): Value[] => selections.flatMap(({ values }) => values);

const placeIn = ({ words }: ArchiveQuery): string => (words === undefined ? "place" : "message_text.rowid");

/** What is asked for of messages to all, and of asides. */
function select(database: DatabaseSync, room: number, query: ArchiveQuery): Selection[] | undefined {
  const places = new Map<string, number>();
  for (const id of [...query.afterIds, ...query.beforeIds, ...(query.ids ?? [])]) {
    const place = placeOf(database, room, id, query.asides);
    if (place === undefined) return undefined;
    places.set(id, place);
  }
  return [
    selectMessages(database, room, query, places),
    ...asideKinds(query).map((kind) => selectAsides(room, query, places, kind)),
  ];
}

function selectMessages(
  database: DatabaseSync,
  room: number,
  query: ArchiveQuery,
  places: ReadonlyMap<string, number>,
): Selection {
  const { words, start, end } = query;
  const place = placeIn(query);
  const { conditions, values, where } = limited(query, places, place, userOf("message"));
  if (words === undefined) where("message.room = ?", room);
  else where("message_text MATCH ?", searchOf(room, words));
  // The ends of the time are places, from which the other indexes can go on; between them the time itself counts, as
  // the clock may have been set back.
  if (start !== undefined)
    where(`${place} >= ${PLACE} AND +at >= ?`, firstSince(database, room, start), start);
  if (end !== undefined) where(`${place} <= ${PLACE} AND +at <= ?`, lastUntil(database, room, end), end);
  if (query.nick !== undefined) where("nick = ?", query.nick);
  const from =
    words === undefined ? "message" : "message_text CROSS JOIN message ON place = message_text.rowid";
  return { from, conditions, values };
}

/** Asides have no words. */
function asideKinds({ asides, words }: ArchiveQuery): readonly AsideCondition[] {
  if (asides === undefined || words !== undefined) return [];
  return asides === "all" ? [["TRUE"]] : asideConditions(asides);
}

function selectAsides(
  room: number,
  query: ArchiveQuery,
  places: ReadonlyMap<string, number>,
  [condition, ...users]: AsideCondition,
): Selection {
  const { conditions, values, where } = limited(query, places, "place", USER);
  where("room = ?", room);
  where(condition, ...users);
  if (query.start !== undefined) where("+at >= ?", query.start);
  if (query.end !== undefined) where("+at <= ?", query.end);
  if (query.nick !== undefined) where("? IN (nick, to_nick)", query.nick);
  return { from: "aside", conditions, values };
}

type AsideCondition = readonly [condition: string, ...values: string[]];

/** Whom private messages are from and to are ranges of two indexes; one to oneself is among the first. */
const asideConditions = ({ presence, privateOf: user }: AsideQuery): AsideCondition[] => [
  ...(presence ? [["kind <> 'private'"] as const] : []),
  ...(user === undefined
    ? []
    : [
        [`kind = 'private' AND ${USER} = ?`, user] as const,
        [`kind = 'private' AND to_jid = ? AND ${USER} <> ?`, user, user] as const,
      ]),
];

/** The conditions that both tables have, with what stands for the place and for the bare address of who has said it. */
function limited(query: ArchiveQuery, places: ReadonlyMap<string, number>, place: string, user: string) {
  const conditions: string[] = [];
  const values: Value[] = [];
  const where = (condition: string, ...more: Value[]): void => {
    conditions.push(condition);
    values.push(...more);
  };
  const placesOf = (ids: readonly string[]): number[] => ids.flatMap((id) => places.get(id) ?? []);
  for (const after of placesOf(query.afterIds)) where(`${place} > ${PLACE}`, after);
  for (const before of placesOf(query.beforeIds)) where(`${place} < ${PLACE}`, before);
  if (query.ids) where(`${place} IN (${query.ids.map(() => "?").join(", ")})`, ...placesOf(query.ids));
  if (query.jid !== undefined) where(`${user} = ?`, query.jid.split("/")[0] ?? "");
  if (query.jid?.includes("/")) where("jid = ?", query.jid);
  return { conditions, values, where };
}

const RUNS = runsOf("?1");

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

function placeOf(
  database: DatabaseSync,
  room: number,
  stanzaId: string,
  asides: ArchiveQuery["asides"],
): number | undefined {
  const place = (table: string, condition = "TRUE", values: readonly string[] = []): number | undefined => {
    const sql = `SELECT place FROM ${table} WHERE room = ? AND stanza_id = ? AND ${condition}`;
    const row = database.prepare(sql).get(room, stanzaId, ...values);
    return row && Number(row.place);
  };
  const found = place("message");
  if (found !== undefined || asides === undefined) return found;
  if (asides === "all") return place("aside");
  const [either, ...users] = anyOf(asideConditions(asides));
  return place("aside", either, users);
}

function anyOf(conditions: readonly AsideCondition[]): AsideCondition {
  const texts = conditions.map(([text]) => `(${text})`);
  return [
    texts.length === 0 ? "FALSE" : `(${texts.join(" OR ")})`,
    ...conditions.flatMap(([, ...values]) => values),
  ];
}

/** Every word has to be in the text, in the room with that number; what FTS5 would read as its syntax is taken as text. */
function searchOf(room: number, words: string): string {
  const quoted = words.split(/\s+/).map((word) => `"${word.replaceAll('"', '""')}"`);
  return `room : "${room}" AND text : (${quoted.join(" ")})`;
}
