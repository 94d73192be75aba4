// Reading a room's archive in a PostgreSQL database (XEP-0313, XEP-0431).
import {
  type ArchivePage,
  type ArchiveQuery,
  isSifted,
  isUnfiltered,
  MOST_LOOKED_AT,
  PAGE_BYTES,
} from "../../muc/model/archive-query.ts";
import type { Tell } from "../row-schemas.ts";
import { MESSAGE_COLUMNS, type Row, readMessage } from "../rows.ts";
import { wordsOf } from "../search-words.ts";

/** Runs one statement. */
export type Query = (text: string, values: unknown[]) => Promise<Row[]>;

const COLUMNS = MESSAGE_COLUMNS.join(", ");
/** The columns of asides in the place of those of messages, and those that messages do not have. */
const ASIDES = `${MESSAGE_COLUMNS.map((name) => (name === "text" ? "NULL" : name)).join(", ")}, to_nick, to_jid, type`;
const NO_RECIPIENT = "NULL AS to_nick, NULL AS to_jid, NULL AS type";

/** Bytes, which PostgreSQL knows without reading the texts. */
const SIZE = "octet_length(payload) + coalesce(octet_length(text), 0)";
const ASIDE_SIZE = "octet_length(payload)";

/** The bare address of who has said a message, as the index has it. */
const USER = "split_part(jid, '/', 1)";

/** Places by stanza-id; $3 to $5: all asides, presence, private messages of this user. */

const FIND_PLACES = `SELECT id, (SELECT jsonb_object_agg(stanza_id, place) FROM (
    SELECT stanza_id, place FROM verona.message WHERE room = room.id AND stanza_id = ANY ($2)
    UNION ALL SELECT stanza_id, place FROM verona.aside
      WHERE room = room.id AND stanza_id = ANY ($2) AND ($3 OR CASE kind
        WHEN 'private' THEN $5::text IN (${USER}, to_jid) ELSE $4 END)) AS named) AS places
  FROM verona.room WHERE node = $1`;

const COUNT_ALL = `SELECT coalesce((SELECT messages FROM verona.archive WHERE archive.room = room.id), 0) AS messages
  FROM verona.room WHERE node = $1`;

/** One page of a room's archive; undefined where the room is not stored or an id that the query names is not in it. */
export async function readPage(
  run: Query,
  node: string,
  query: ArchiveQuery,
  tell: Tell,
): Promise<ArchivePage | undefined> {
  const selection = await select(run, node, query);
  if (!selection) return undefined;
  const { tables, values } = selection;
  const edge = isSifted(query) ? await edgeOf(run, query, selection) : undefined;
  const isInside = edge ? ` AND place ${query.fromEnd ? ">=" : "<="} $${values.push(edge.place)}` : "";
  const order = `ORDER BY place ${query.fromEnd ? "DESC" : "ASC"}`;
  const end = `${order} LIMIT $${values.push(query.max + 1)}`;
  const parts = tables.map(({ name, condition }) => {
    const [columns, size] = name === "message" ? [`${COLUMNS}, ${NO_RECIPIENT}`, SIZE] : [ASIDES, ASIDE_SIZE];
    return `(SELECT place, ${columns}, ${size} AS size FROM verona.${name} WHERE ${condition}${isInside} ${end})`;
  });
  const matching = parts.length === 1 ? parts[0] : `${parts.join(" UNION ALL ")} ${end}`;
  // Rows are weighed, and those that are too much for the page are not read.
  const rows = await run(
    `SELECT * FROM (SELECT *, count(*) OVER () AS found, sum(size) OVER (${order}) - size AS before
        FROM (${matching}) AS matching) AS weighed
      WHERE before < $${values.push(PAGE_BYTES)} ${order}`,
    values,
  );
  const messages = rows.slice(0, query.max).map((row) => readMessage(row, tell));
  if (query.fromEnd) messages.reverse();
  const isCut = Number(rows[0]?.found ?? 0) > messages.length;
  return {
    messages,
    complete: !isCut && edge === undefined,
    ...(rows.length === 0 && edge && { reached: edge.stanzaId }),
  };
}

/**
 * How many messages match; undefined where they would have to be counted and are more than `most`, or too many would
 * have to be looked at, or as above.
 */
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
  const { tables, values } = selection;
  if (isSifted(query) && (await edgeOf(run, query, selection))) return undefined;
  const parts = tables.map(({ name, condition }) => `SELECT FROM verona.${name} WHERE ${condition}`);
  const matching = `${parts.join(" UNION ALL ")} LIMIT $${values.push(most + 1)}`;
  const [row] = await run(`SELECT count(*) AS n FROM (${matching}) AS matching`, values);
  return Number(row?.n) > most ? undefined : Number(row?.n);
}

/** Where a search stops, as it has looked at enough; undefined where it looks at everything. */
async function edgeOf(
  run: Query,
  { fromEnd, asides }: ArchiveQuery,
  { range, rangeValues, values }: Selection,
): Promise<{ place: number; stanzaId: string } | undefined> {
  const parts = (asides === undefined ? ["message"] : ["message", "aside"]).map(
    (table) => `SELECT place, stanza_id FROM verona.${table} WHERE ${range}`,
  );
  const [edge, next] = await run(
    `${parts.join(" UNION ALL ")} ORDER BY place ${fromEnd ? "DESC" : "ASC"} LIMIT 2 OFFSET ${MOST_LOOKED_AT - 1}`,
    values.slice(0, rangeValues),
  );
  return edge && next && { place: Number(edge.place), stanzaId: String(edge.stanza_id) };
}

/** What of each table is asked for, with the values that the conditions name by their number. */
interface Selection {
  readonly tables: readonly Table[];
  /** The conditions of room, place and time, and how many of the values they name: the first. */
  readonly range: string;
  readonly rangeValues: number;
  readonly values: unknown[];
}

interface Table {
  readonly name: "message" | "aside";
  readonly condition: string;
}

async function select(run: Query, node: string, query: ArchiveQuery): Promise<Selection | undefined> {
  const { asides } = query;
  const { presence, privateOf } =
    asides === undefined || asides === "all" ? { presence: false, privateOf: undefined } : asides;
  const named = [...query.afterIds, ...query.beforeIds, ...(query.ids ?? [])];
  const [room] = await run(FIND_PLACES, [node, named, asides === "all", presence, privateOf ?? null]);
  if (!room) return undefined;
  const places = new Map(Object.entries((room.places ?? {}) as Record<string, number>));
  if (named.some((id) => !places.has(id))) return undefined;
  const placesOf = (ids: readonly string[]): number[] => ids.flatMap((id) => places.get(id) ?? []);

  const values: unknown[] = [];
  const value = (one: unknown): string => `$${values.push(one)}`;
  const both = [`room = ${value(room.id)}`];
  for (const place of placesOf(query.afterIds)) both.push(`place > ${value(place)}`);
  for (const place of placesOf(query.beforeIds)) both.push(`place < ${value(place)}`);
  if (query.ids) both.push(`place = ANY (${value(placesOf(query.ids))})`);
  if (query.start !== undefined) both.push(`at >= ${value(query.start)}`);
  if (query.end !== undefined) both.push(`at <= ${value(query.end)}`);
  const range = both.join(" AND ");
  const rangeValues = values.length;
  if (query.jid !== undefined) {
    both.push(`${USER} = ${value(query.jid.split("/")[0])}`);
    if (query.jid.includes("/")) both.push(`jid = ${value(query.jid)}`);
  }
  const nick = query.nick === undefined ? undefined : value(query.nick);
  const said = nick === undefined ? both : [...both, `nick = ${nick}`];
  if (query.words !== undefined)
    return {
      range,
      rangeValues,
      tables: [table("message", [...said, `words @@ ${value(allOf(query.words))}::tsquery`])],
      values,
    };
  const beside = nick === undefined ? both : [...both, `${nick} IN (nick, to_nick)`];
  const conditions = asides === "all" ? ["TRUE"] : asideConditions(presence, privateOf && value(privateOf));
  return {
    range,
    rangeValues,
    tables: [
      table("message", said),
      ...conditions.map((condition) => table("aside", [...beside, condition])),
    ],
    values,
  };
}

const table = (name: Table["name"], conditions: readonly string[]): Table => ({
  name,
  condition: conditions.join(" AND "),
});

/** Whom private messages are from and to are ranges of two indexes; one to oneself is among the first. */
const asideConditions = (presence: boolean, user: string | undefined): string[] => [
  ...(presence ? ["kind <> 'private'"] : []),
  ...(user === undefined
    ? []
    : [
        `kind = 'private' AND ${USER} = ${user}`,
        `kind = 'private' AND to_jid = ${user} AND ${USER} <> ${user}`,
      ]),
];

/** Every word has to be there; words hold nothing that is syntax between quotes. No word finds nothing. */
function allOf(words: string): string {
  return wordsOf(words)
    .map((word) => `'${word}'`)
    .join(" & ");
}
