// Reading a room's archive in an SQLite database (XEP-0313, XEP-0431).
import type { DatabaseSync } from "node:sqlite";
import {
  type ArchivePage,
  type ArchiveQuery,
  type AsideQuery,
  isSifted,
  isUnfiltered,
  MOST_LOOKED_AT,
  PAGE_BYTES,
} from "../../muc/model/archive-query.ts";
import type { ArchivedMessage } from "../../muc/model/journal.ts";
import type { Tell } from "../row-schemas.ts";
import { MESSAGE_COLUMNS, readMessage } from "../rows.ts";
import { runsOf, userOf } from "./statements.ts";

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
export function readPage(
  database: DatabaseSync,
  room: number,
  query: ArchiveQuery,
  tell: Tell,
): ArchivePage | undefined {
  const places = placesOf(database, room, query);
  if (!places) return undefined;
  const range = rangeOf(database, room, query, places);
  const edge = isSifted(query) ? edgeOf(database, room, query, range) : undefined;
  const selections = select(room, query, places, edge ? within(range, query, edge.place) : range);
  const [columns, place] =
    selections.length === 1 ? [COLUMNS, placeIn(query)] : [`place, ${COLUMNS}, ${NO_RECIPIENT}`, "place"];
  const parts = selections.map((part) =>
    part.from === "aside" ? textOf(part, ASIDES) : textOf(part, columns),
  );
  const sql = `${parts.join(" UNION ALL ")} ORDER BY ${place} ${query.fromEnd ? "DESC" : "ASC"} LIMIT ?`;
  const messages: ArchivedMessage[] = [];
  let bytes = 0;
  let isCut = false;
  for (const row of database.prepare(sql).iterate(...valuesOf(selections), query.max + 1)) {
    isCut = messages.length >= query.max || bytes >= PAGE_BYTES;
    if (isCut) break;
    const message = readMessage(row, tell);
    messages.push(message);
    bytes += Buffer.byteLength(message.payload) + Buffer.byteLength(message.text ?? "");
  }
  if (query.fromEnd) messages.reverse();
  const isEmpty = messages.length === 0 && !isCut;
  return {
    messages,
    complete: !isCut && edge === undefined,
    ...(isEmpty && edge && { reached: edge.stanzaId }),
  };
}

/**
 * How many messages match; undefined where they would have to be counted and are more than `most`, or too many would
 * have to be looked at, or for such an id.
 */
export function countMatches(
  database: DatabaseSync,
  room: number,
  query: ArchiveQuery,
  most: number,
): number | undefined {
  if (isUnfiltered(query))
    return Number(database.prepare("SELECT messages FROM archive WHERE room = ?").get(room)?.messages ?? 0);
  const places = placesOf(database, room, query);
  if (!places) return undefined;
  const range = rangeOf(database, room, query, places);
  if (isSifted(query) && edgeOf(database, room, query, range)) return undefined;
  const selections = select(room, query, places, range);
  const parts = selections.map((part) => textOf(part, "1"));
  const sql = `SELECT count(*) AS n FROM (${parts.join(" UNION ALL ")} LIMIT ?)`;
  const found = Number(database.prepare(sql).get(...valuesOf(selections), most + 1)?.n);
  return found > most ? undefined : found;
}

const textOf = ({ from, conditions }: Selection, columns: string): string =>
  `SELECT ${columns} FROM ${from} WHERE ${conditions.join(" AND ")}`;

const valuesOf = (selections: readonly Selection[]): Value[] => selections.flatMap(({ values }) => values);

const placeIn = ({ words }: ArchiveQuery): string => (words === undefined ? "place" : "message_text.rowid");

/** The places that a query names by stanza-ids; undefined where one is not in the archive. */
function placesOf(
  database: DatabaseSync,
  room: number,
  query: ArchiveQuery,
): ReadonlyMap<string, number> | undefined {
  const places = new Map<string, number>();
  for (const id of [...query.afterIds, ...query.beforeIds, ...(query.ids ?? [])]) {
    const place = placeOf(database, room, id, query.asides);
    if (place === undefined) return undefined;
    places.set(id, place);
  }
  return places;
}

/** Places from the first to the last, both included. */
interface Range {
  readonly first: number;
  readonly last: number;
}

/**
 * The places between which a query looks. The ends of the time are places, from which the other indexes can go on; between
 * them the time itself counts, as the clock may have been set back. Asides may be outside of messages of that time.
 */
function rangeOf(
  database: DatabaseSync,
  room: number,
  query: ArchiveQuery,
  places: ReadonlyMap<string, number>,
): Range {
  const { start, end, asides, afterIds, beforeIds } = query;
  const hasTime = asides === undefined;
  const after = afterIds.map((id) => (places.get(id) ?? 0) + 1);
  const before = beforeIds.map((id) => (places.get(id) ?? 0) - 1);
  if (hasTime && start !== undefined) after.push(firstSince(database, room, start));
  if (hasTime && end !== undefined) before.push(lastUntil(database, room, end));
  return { first: Math.max(0, ...after), last: Math.min(Number.MAX_SAFE_INTEGER, ...before) };
}

/** Where a search of a range stops, as it has looked at enough; undefined where it reaches the end of the range. */
function edgeOf(
  database: DatabaseSync,
  room: number,
  { fromEnd, asides }: ArchiveQuery,
  { first, last }: Range,
): { place: number; stanzaId: string } | undefined {
  const tables = asides === undefined ? ["message"] : ["message", "aside"];
  const parts = tables.map(
    (table) => `SELECT place, stanza_id FROM ${table} WHERE room = ?1 AND place >= ?2 AND place <= ?3`,
  );
  const sql = `${parts.join(" UNION ALL ")} ORDER BY place ${fromEnd ? "DESC" : "ASC"} LIMIT 2 OFFSET ?4`;
  const [edge, next] = database.prepare(sql).all(room, first, last, MOST_LOOKED_AT - 1);
  return edge && next && { place: Number(edge.place), stanzaId: String(edge.stanza_id) };
}

/** The part of a range up to an edge. */
const within = ({ first, last }: Range, { fromEnd }: ArchiveQuery, edge: number): Range =>
  fromEnd ? { first: edge, last } : { first, last: edge };

/** What is asked for of messages to all, and of asides. */
const select = (
  room: number,
  query: ArchiveQuery,
  places: ReadonlyMap<string, number>,
  range: Range,
): Selection[] => [
  selectMessages(room, query, places, range),
  ...asideKinds(query).map((kind) => selectAsides(room, query, places, range, kind)),
];

function selectMessages(
  room: number,
  query: ArchiveQuery,
  places: ReadonlyMap<string, number>,
  range: Range,
): Selection {
  const { words, start, end } = query;
  const { conditions, values, where } = limited(query, places, range, placeIn(query), userOf("message"));
  if (words === undefined) where("message.room = ?", room);
  else where("message_text MATCH ?", searchOf(room, words));
  if (start !== undefined) where("+at >= ?", start);
  if (end !== undefined) where("+at <= ?", end);
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
  range: Range,
  [condition, ...users]: AsideCondition,
): Selection {
  const { conditions, values, where } = limited(query, places, range, "place", USER);
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
function limited(
  query: ArchiveQuery,
  places: ReadonlyMap<string, number>,
  { first, last }: Range,
  place: string,
  user: string,
) {
  const conditions: string[] = [];
  const values: Value[] = [];
  const where = (condition: string, ...more: Value[]): void => {
    conditions.push(condition);
    values.push(...more);
  };
  if (first > 0) where(`${place} >= ${PLACE}`, first);
  if (last < Number.MAX_SAFE_INTEGER) where(`${place} <= ${PLACE}`, last);
  const named = query.ids?.flatMap((id) => places.get(id) ?? []);
  if (named) where(`${place} IN (${named.map(() => "?").join(", ")})`, ...named);
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
