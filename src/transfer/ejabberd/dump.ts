// The output of `ejabberdctl dump FILE`: the tables of Mnesia as Erlang terms, with rooms and archives among them.
import { DatabaseSync } from "node:sqlite";
import { readRecords } from "../lines.ts";
import { readArchiveTerm, timeOf } from "./archive-term.ts";
import { bareJid } from "./bare-jid.ts";
import { parseTerm } from "./parse-term.ts";
import type { EjabberdStorage } from "./storage.ts";
import { itemsOf } from "./term.ts";

/** Sorts a dump, whose tables and messages come in any order. Large dumps are sorted on disk. */
export async function sortDump(
  path: string,
  host: string,
  onProgress: (done: number) => void,
): Promise<DatabaseSync> {
  const database = new DatabaseSync("");
  database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;
    CREATE TABLE room (node TEXT PRIMARY KEY, line INTEGER, term TEXT) WITHOUT ROWID;
    CREATE TABLE nickname (jid TEXT PRIMARY KEY, nick TEXT) WITHOUT ROWID;
    CREATE TABLE message (node TEXT, at INTEGER, line INTEGER, term TEXT);`);
  const addRoom = database.prepare("INSERT OR REPLACE INTO room VALUES (?, ?, ?)");
  const addNickname = database.prepare("INSERT OR REPLACE INTO nickname VALUES (?, ?)");
  const addMessage = database.prepare("INSERT INTO message VALUES (?, ?, ?, ?)");
  // The first line of a term starts with "{"; its other lines are indented.
  for await (const { text, number, done } of readRecords(path, "{")) {
    onProgress(done);
    const table = /^\{(muc_room|muc_registered|archive_msg),/.exec(text)?.[1];
    if (table === undefined) continue;
    const [, key, third, fourth] = itemsOf(parseTerm(text, `${path}, line ${number}`));
    const [first, domain] = itemsOf(key);
    if (domain !== host) continue;
    if (table === "muc_registered") {
      const jid = bareJid(first);
      if (jid !== undefined && typeof third === "string") addNickname.run(jid, third);
    } else if (typeof first === "string") {
      if (table === "muc_room") addRoom.run(first, number, text);
      else addMessage.run(first, timeOf(fourth) ?? 0, number, text);
    }
  }
  database.exec("CREATE INDEX message_order ON message (node, at, line)");
  return database;
}

/** Opens a sorted dump; `path` is its file. */
export function openDump(database: DatabaseSync, path: string): EjabberdStorage {
  const nicknames = database.prepare("SELECT jid, nick FROM nickname").all();
  const whereOf = (line: unknown): string => `${path}, line ${line}`;
  return {
    name: path,
    total: Number(database.prepare("SELECT count(*) AS n FROM room").get()?.n),
    nicknames: new Map(nicknames.map(({ jid, nick }) => [String(jid), String(nick)])),
    *rooms() {
      for (const { node, line, term } of database.prepare("SELECT * FROM room ORDER BY node").iterate()) {
        const where = whereOf(line);
        const options = itemsOf(parseTerm(String(term), where))[2];
        yield { node: String(node), options, hasSubscribers: false, where };
      }
    },
    *archive(node) {
      const rows = database.prepare("SELECT line, term FROM message WHERE node = ? ORDER BY at, line");
      for (const { line, term } of rows.iterate(node))
        yield readArchiveTerm(parseTerm(String(term), whereOf(line)), whereOf(line));
    },
  };
}
