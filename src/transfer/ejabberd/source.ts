// What `ejabberdctl dump FILE` writes: the tables of Mnesia as Erlang terms, among them rooms and their archives.
import { DatabaseSync } from "node:sqlite";
import type { RoomRecord } from "../../muc/journal.ts";
import { readLines } from "../lines.ts";
import { type Item, type Source, TransferError } from "../source.ts";
import { readArchived, timeOf } from "./message.ts";
import { bareJid, readEjabberdRoom } from "./room.ts";
import { itemsOf, readTerm, type Term, TermSyntaxError } from "./term.ts";

/** The rooms of ejabberd's service at that host. */
export function ejabberdSource(path: string, host: string): Source {
  // A dump has its tables, and the messages of a table, in any order: it is sorted first, on disk where it is large.
  let sorted: Promise<DatabaseSync> | undefined;
  return {
    async *items(tell) {
      sorted ??= sortDump(path, host, tell);
      yield* readSorted(await sorted, path, host, tell);
    },
  };
}

async function sortDump(path: string, host: string, tell: (done: number) => void): Promise<DatabaseSync> {
  const database = new DatabaseSync("");
  database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;
    CREATE TABLE room (node TEXT PRIMARY KEY, line INTEGER, term TEXT) WITHOUT ROWID;
    CREATE TABLE nickname (jid TEXT PRIMARY KEY, nick TEXT) WITHOUT ROWID;
    CREATE TABLE message (node TEXT, at INTEGER, line INTEGER, term TEXT);`);
  const addRoom = database.prepare("INSERT OR REPLACE INTO room VALUES (?, ?, ?)");
  const addNickname = database.prepare("INSERT OR REPLACE INTO nickname VALUES (?, ?)");
  const addMessage = database.prepare("INSERT INTO message VALUES (?, ?, ?, ?)");
  for await (const { text, number, done } of readTerms(path)) {
    tell(done);
    const table = /^\{(muc_room|muc_registered|archive_msg),/.exec(text)?.[1];
    if (table === undefined) continue;
    const [, key, third, fourth] = itemsOf(parse(text, `${path}, line ${number}`));
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

async function* readSorted(
  database: DatabaseSync,
  path: string,
  host: string,
  tell: (done: number) => void,
): AsyncGenerator<Item> {
  const total = Number(database.prepare("SELECT count(*) AS n FROM room").get()?.n);
  if (total === 0) throw new TransferError(`there are no rooms of ${host} in ${path}`);
  const nicknames = new Map(
    database
      .prepare("SELECT jid, nick FROM nickname")
      .all()
      .map(({ jid, nick }) => [String(jid), String(nick)]),
  );
  const unused = new Set(nicknames.keys());
  let read = 0;
  for (const { node, line, term } of database.prepare("SELECT * FROM room ORDER BY node").iterate()) {
    const where = `${path}, line ${line}`;
    const options = itemsOf(parse(String(term), where))[2];
    const { room, losses } = readEjabberdRoom(String(node), options, nicknames, Date.now());
    for (const what of losses) yield { kind: "loss", node: String(node), what };
    if (room) {
      for (const { jid, nick } of room.affiliations) if (nick !== undefined) unused.delete(jid);
      yield* readMessages(database, path, host, room, where);
    }
    read += 1;
    tell(read / total);
  }
  for (const jid of unused) {
    const what = `the nickname ${JSON.stringify(nicknames.get(jid))} of ${jid}, who has no place in any room`;
    yield { kind: "loss", node: undefined, what };
  }
}

function* readMessages(
  database: DatabaseSync,
  path: string,
  host: string,
  record: RoomRecord,
  where: string,
): Generator<Item> {
  const { node, affiliations, notes } = record;
  const byJid = new Map(affiliations.map((each) => [each.jid, each]));
  const archive = {
    address: `${node}@${host}`,
    key: notes.get("occupant-id") ?? "",
    affiliationOf: (jid: string) => byJid.get(jid),
  };
  yield { kind: "room", room: record, where };
  let left = 0;
  const rows = database
    .prepare("SELECT line, term FROM message WHERE node = ? ORDER BY at, line")
    .iterate(node);
  for (const { line, term } of rows) {
    const place = `${path}, line ${line}`;
    const message = readArchived(parse(String(term), place), archive);
    if (message) yield { kind: "message", message, where: place };
    else left += 1;
  }
  if (left > 0)
    yield { kind: "loss", node, what: `${left} items of the archive, with nothing that is kept here` };
}

/** The terms of the file, each with the number of its first line: they begin a line, and their other lines are indented. */
async function* readTerms(path: string): AsyncGenerator<{ text: string; number: number; done: number }> {
  let lines: string[] = [];
  let first = 0;
  let done = 0;
  for await (const line of readLines(path, "latin1")) {
    if (line.text.startsWith("{") && lines.length > 0) {
      yield { text: lines.join("\n"), number: first, done };
      lines = [];
    }
    if (lines.length === 0) first = line.number;
    lines.push(line.text);
    done = line.done;
  }
  if (lines.length > 0) yield { text: lines.join("\n"), number: first, done };
}

function parse(text: string, where: string): Term {
  try {
    return readTerm(text);
  } catch (error) {
    if (error instanceof TermSyntaxError) throw new TransferError(`${where}: ${error.message}`);
    throw error;
  }
}
