// A commit is kept in the journal first, and applied to the tables later.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ArchiveQuery } from "../../../src/muc/model/archive-query.ts";
import type { JournalEntry } from "../../../src/muc/model/journal.ts";
import { openStore } from "../../../src/storage/open-store.ts";
import { SqliteStore } from "../../../src/storage/sqlite/store.ts";
import { StorageError } from "../../../src/storage/store.ts";
import { archived, heath, member, message, owner, room, session, whisper } from "../records.ts";

const ALL: ArchiveQuery = { afterIds: [], beforeIds: [], max: 100, fromEnd: false, extras: "all" };

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verona-journal-"));
  path = join(folder, "rooms.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true }));

function query(sql: string): Record<string, unknown>[] {
  using database = new DatabaseSync(path);
  return database.prepare(sql).all();
}

/** Copies the files of an open database, as they are after a kill, and returns the path of the copy. */
function copyOf(name: string): string {
  for (const suffix of ["", "-wal"])
    if (existsSync(`${path}${suffix}`)) copyFileSync(`${path}${suffix}`, join(folder, `${name}${suffix}`));
  return join(folder, name);
}

function everythingIn(store: SqliteStore): object {
  return {
    rooms: store.nodes(undefined, 100).map((node) => store.loadRoom(node)),
    archives: store.nodes(undefined, 100).map((node) => store.readArchive(node, ALL)),
    found: store.readArchive("coven", { ...ALL, words: "number" }),
    messages: store.countMessages(),
    destroyed: store.loadDestroyedRooms(),
  };
}

const EVERY_KIND: readonly JournalEntry[] = [
  { kind: "room-stored", room },
  { kind: "room-stored", room: heath },
  { kind: "room-stored", room: { ...heath, node: "moor" } },
  { kind: "config-changed", node: "heath", config: { ...heath.config, name: "The Heath" }, locked: true },
  { kind: "subject-changed", node: "coven", subject: undefined },
  { kind: "subject-changed", node: "heath", subject: { text: "\0 \ud800 'Tis", nick: "hecate", at: 7 } },
  { kind: "affiliation-changed", node: "coven", record: member },
  { kind: "affiliation-changed", node: "heath", record: owner },
  { kind: "affiliation-changed", node: "heath", record: { ...owner, affiliation: "none" } },
  { kind: "note-changed", node: "heath", name: "hats", text: "[]" },
  { kind: "note-changed", node: "coven", name: "occupant-id", text: undefined },
  { kind: "session-stored", node: "heath", session: { ...session, language: undefined } },
  { kind: "session-removed", node: "coven", jid: session.jid },
  archived("coven", message(1)),
  archived("coven", message(2, { language: "la", corrects: "m0" })),
  archived("coven", whisper(3)),
  archived("coven", whisper(4)),
  { kind: "message-retracted", node: "coven", stanzaId: "s1", payload: "<retracted/>" },
  {
    kind: "private-retracted",
    node: "coven",
    author: whisper(3).author,
    to: "hecate@example.org",
    id: "m3",
    payload: "",
  },
  { kind: "room-removed", node: "moor" },
  {
    kind: "room-destroyed",
    destroyed: { node: "moor", venue: "a@b.example", reason: "r", members: ["c@d"], until: 9 },
  },
  {
    kind: "room-destroyed",
    destroyed: { node: "fen", venue: undefined, reason: undefined, members: undefined, until: 9 },
  },
  { kind: "destroyed-room-forgotten", node: "fen" },
];

it("entries of every kind are applied the same after a kill", () => {
  const store = new SqliteStore(path);
  for (const entry of EVERY_KIND) store.commit([entry]);
  expect(store.hasJournal).toBe(true);
  const killed = new SqliteStore(copyOf("killed"));
  expect(everythingIn(killed)).toEqual(everythingIn(store));
  expect(everythingIn(killed)).toMatchObject({ messages: 4, rooms: [{ node: "coven" }, { node: "heath" }] });
  killed.close();
  store.close();
});

it("a commit writes only the journal, until enough waits, or a room with entries is read", () => {
  const store = new SqliteStore(path);
  const rows = () => [query("SELECT * FROM journal").length, query("SELECT * FROM message").length];
  store.commit([
    { kind: "room-stored", room },
    { kind: "room-stored", room: heath },
  ]);
  store.loadRoom("coven");
  store.commit([archived("coven", message(1)), archived("coven", message(2))]);
  store.commit([archived("coven", message(3))]);
  expect(rows()).toEqual([2, 0]);
  store.loadRoom("heath");
  expect(rows()).toEqual([2, 0]);
  expect(store.latestDiscussion("coven", 10)).toHaveLength(3);
  expect(rows()).toEqual([0, 3]);
  for (let number = 4; number < 503; number += 1) store.commit([archived("coven", message(number))]);
  expect(rows()).toEqual([499, 3]);
  store.commit([archived("coven", message(503))]);
  expect(rows()).toEqual([0, 503]);
  store.close();
});

it("a quiet store applies what waits after a second", async () => {
  const store = await openStore({ kind: "sqlite", path });
  await store.commit([{ kind: "room-stored", room }, archived("coven", message(1))]);
  expect(query("SELECT * FROM message")).toEqual([]);
  await vi.waitFor(() => expect(query("SELECT * FROM message")).toHaveLength(1), 10_000);
  expect(query("SELECT * FROM journal")).toEqual([]);
  await store.close();
});

it("an entry that breaks a constraint is reported and left out, and costs no other entry", () => {
  const damage: string[] = [];
  const store = new SqliteStore(path, (problem) => damage.push(problem));
  store.commit([{ kind: "room-stored", room }, archived("coven", message(1))]);
  store.commit([archived("coven", message(2, { stanzaId: "s1" })), archived("coven", message(3))]);
  const page = store.readArchive("coven", ALL);
  expect(page?.messages.map(({ id }) => id)).toEqual(["m1", "m3"]);
  expect(store.countMessages()).toBe(2);
  expect(damage).toEqual([expect.stringMatching(/message-archived.* cannot be applied: UNIQUE constraint/)]);
  store.close();
});

it("damaged entries of an earlier process are reported and left out", () => {
  const first = new SqliteStore(path);
  first.commit([{ kind: "room-stored", room }]);
  first.close();
  const entry = JSON.stringify(archived("coven", message(1)));
  query(`INSERT INTO journal (entries) VALUES ('[{"kind":"unknown"}, ${entry}]'), ('[')`);
  query(`INSERT INTO journal (entries) VALUES ('[{"kind":"session-removed","node":"heath","jid":"a@b/c"}]')`);
  const damage: string[] = [];
  const store = new SqliteStore(path, (problem) => damage.push(problem));
  expect(store.readArchive("coven", ALL)?.messages).toEqual([message(1)]);
  expect(damage).toEqual([
    expect.stringContaining("an entry of the journal is damaged: kind:"),
    expect.stringContaining("the journal is damaged: "),
    expect.stringContaining('a change of the room "heath", which is not stored'),
  ]);
  store.close();
});

it("a store whose journal cannot be applied refuses everything, and the next start finds what was committed", () => {
  const store = new SqliteStore(path);
  store.commit([{ kind: "room-stored", room }]);
  store.loadRoom("coven");
  store.commit([archived("coven", message(1))]);
  query("ALTER TABLE message RENAME TO elsewhere");
  expect(() => store.countMessages()).toThrow(StorageError);
  query("ALTER TABLE elsewhere RENAME TO message");
  expect(() => store.commit([archived("coven", message(2))])).toThrow(StorageError);
  store.close();
  const next = new SqliteStore(path);
  expect(next.readArchive("coven", ALL)?.messages).toEqual([message(1)]);
  next.close();
});
