// Reading a room's archive in an SQLite database (XEP-0313, XEP-0431).
import type { DatabaseSync } from "node:sqlite";
import type { ArchivePage, ArchiveQuery } from "../muc/archive-query.ts";
import { MESSAGE_COLUMNS, readMessage } from "./rows.ts";

const COLUMNS = MESSAGE_COLUMNS.map((name) => `message.${name}`).join(", ");

type Value = string | number;

/** One page of the archive of the room with that number; undefined where an id that the query names is not in it. */
export function readPage(database: DatabaseSync, room: number, query: ArchiveQuery): ArchivePage | undefined {
  const conditions = ["room = ?"];
  const values: Value[] = [room];
  const where = (condition: string, ...more: Value[]): void => {
    conditions.push(condition);
    values.push(...more);
  };
  for (const [ids, comparison] of [
    [query.afterIds, ">"],
    [query.beforeIds, "<"],
  ] as const) {
    for (const id of ids) {
      const place = placeOf(database, room, id);
      if (place === undefined) return undefined;
      where(`place ${comparison} ?`, place);
    }
  }
  if (query.ids) {
    const places = query.ids.map((id) => placeOf(database, room, id));
    if (places.includes(undefined)) return undefined;
    where(`place IN (${places.map(() => "?").join(", ")})`, ...places.filter((place) => place !== undefined));
  }
  if (query.start !== undefined) where("at >= ?", query.start);
  if (query.end !== undefined) where("at <= ?", query.end);
  if (query.nick !== undefined) where("nick = ?", query.nick);
  if (query.jid !== undefined)
    where("(jid = ? OR substr(jid, 1, ?) = ?)", query.jid, query.jid.length + 1, `${query.jid}/`);
  if (query.words !== undefined)
    where("place IN (SELECT rowid FROM message_text WHERE message_text MATCH ?)", quoteWords(query.words));
  const order = query.fromEnd ? "DESC" : "ASC";
  const sql = `SELECT ${COLUMNS} FROM message WHERE ${conditions.join(" AND ")} ORDER BY place ${order} LIMIT ?`;
  const rows = database.prepare(sql).all(...values, query.max + 1);
  const messages = rows.slice(0, query.max).map(readMessage);
  if (query.fromEnd) messages.reverse();
  return { messages, complete: rows.length <= query.max };
}

function placeOf(database: DatabaseSync, room: number, stanzaId: string): number | undefined {
  const row = database
    .prepare("SELECT place FROM message WHERE room = ? AND stanza_id = ?")
    .get(room, stanzaId);
  return row === undefined ? undefined : Number(row.place);
}

/** Every word has to be there; what FTS5 would read as its syntax is taken as text. */
function quoteWords(words: string): string {
  const quoted = words.split(/\s+/).filter((word) => word !== "");
  return quoted.length === 0 ? '""' : quoted.map((word) => `"${word.replaceAll('"', '""')}"`).join(" ");
}
