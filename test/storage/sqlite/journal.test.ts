// A commit is kept in a log first, and written to the tables later.
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ArchiveQuery } from "../../../src/muc/model/archive-query.ts";
import type { JournalEntry } from "../../../src/muc/model/journal.ts";
import { openStore } from "../../../src/storage/open-store.ts";
import { type Applied, CommitLog, logPathOf } from "../../../src/storage/sqlite/commit-log.ts";
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
  for (const suffix of ["", "-wal", "-commits"])
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
  { kind: "room-renamed", node: "moor", to: "fen", config: heath.config },
  { kind: "room-removed", node: "fen" },
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

it("commits are not in the tables until enough wait, or a room that they concern is read", () => {
  const store = new SqliteStore(path);
  const written = () => query("SELECT * FROM message").length;
  store.commit([
    { kind: "room-stored", room },
    { kind: "room-stored", room: heath },
  ]);
  store.loadRoom("coven");
  store.commit([archived("coven", message(1)), archived("coven", message(2))]);
  store.commit([archived("coven", message(3))]);
  store.loadRoom("heath");
  expect(written()).toBe(0);
  expect(store.latestDiscussion("coven", 10)).toHaveLength(3);
  expect(written()).toBe(3);
  for (let number = 4; number < 1_003; number += 1) store.commit([archived("coven", message(number))]);
  expect(written()).toBe(3);
  store.commit([archived("coven", message(1_003))]);
  expect(written()).toBe(1_003);
  store.close();
});

it("a quiet store writes what waits after a second", async () => {
  const store = await openStore({ kind: "sqlite", path });
  await store.commit([{ kind: "room-stored", room }, archived("coven", message(1))]);
  expect(query("SELECT * FROM message")).toEqual([]);
  await vi.waitFor(() => expect(query("SELECT * FROM message")).toHaveLength(1), 10_000);
  await store.close();
});

it("a store that is closed has no log, and one that begins again keeps what follows", () => {
  for (let number = 1; number <= 3; number += 1) {
    const store = new SqliteStore(path);
    if (number === 1) store.commit([{ kind: "room-stored", room }]);
    store.commit([archived("coven", message(number))]);
    expect(new SqliteStore(copyOf(`killed-${number}`)).countMessages()).toBe(number);
    store.close();
    expect(existsSync(`${path}-commits`)).toBe(false);
  }
});

it("a log begins again when it is long, and loses nothing", () => {
  const store = new SqliteStore(path);
  store.commit([{ kind: "room-stored", room }]);
  const payload = `<body>${"x".repeat(9_000)}</body>`;
  for (let number = 1; number <= 600; number += 1) {
    store.commit([archived("coven", message(number, { payload }))]);
    if (number % 50 === 0) store.countMessages();
  }
  expect(statSync(`${path}-commits`).size).toBeLessThan(4_000_000);
  store.commit([archived("coven", message(601))]);
  const killed = new SqliteStore(copyOf("killed"));
  expect(killed.countMessages()).toBe(601);
  killed.close();
  store.close();
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

describe("the log of an earlier process", () => {
  /** Leaves a database with a room, and a log with these texts. */
  function leave(texts: readonly string[], more: Partial<Applied> = {}): void {
    const store = new SqliteStore(path);
    store.commit([{ kind: "room-stored", room }]);
    store.close();
    const [row] = query("SELECT database, number FROM applied_commit");
    const log = new CommitLog(logPathOf(path), {
      database: String(row?.database),
      number: Number(row?.number),
      ...more,
    });
    for (const text of texts) log.append(text);
    log.close();
  }

  function open(): { damage: string[]; ids: string[] } {
    const damage: string[] = [];
    const store = new SqliteStore(path, (problem) => damage.push(problem));
    const page = store.readArchive("coven", ALL);
    store.close();
    return { damage, ids: page?.messages.map(({ id }) => id) ?? [] };
  }

  const text = (number: number): string => JSON.stringify([archived("coven", message(number))]);

  it("with damaged entries: they are reported and left out", () => {
    const ofHeath = JSON.stringify([{ kind: "session-removed", node: "heath", jid: "a@b/c" }]);
    leave([`[{"kind":"unknown"}, ${text(1).slice(1)}`, "[", ofHeath, text(2)]);
    expect(open()).toEqual({
      ids: ["m1", "m2"],
      damage: [
        expect.stringContaining("an entry of the journal is damaged: kind:"),
        expect.stringContaining("the journal is damaged: "),
        expect.stringContaining('a change of the room "heath", which is not stored'),
      ],
    });
    expect(open()).toEqual({ ids: ["m1", "m2"], damage: [] });
  });

  it("that ends within a record: the commits before are kept", () => {
    leave([text(1), text(2), text(3)]);
    const bytes = readFileSync(logPathOf(path));
    const end = bytes.lastIndexOf("number 3");
    bytes[end] = 0;
    writeFileSync(logPathOf(path), bytes);
    expect(open().ids).toEqual(["m1", "m2"]);
    leave([text(4)]);
    truncateSync(logPathOf(path), 40);
    expect(open().ids).toEqual([]);
  });

  it("with commits that the database has, before those that it lacks: none is applied twice", () => {
    leave([text(1), text(2)]);
    const before = readFileSync(logPathOf(path));
    expect(open().ids).toEqual(["m1", "m2"]);
    writeFileSync(logPathOf(path), before);
    expect(open().ids).toEqual(["m1", "m2"]);
  });

  it.each([
    ["another database", { database: "0123456789abcdef" }],
    ["a later state of this database", { number: 99 }],
  ])("of %s: it is refused, and left alone", (owner, more) => {
    leave([text(1)], more);
    expect(open).toThrow(StorageError);
    expect(open).toThrow(`${path}-commits has commits of ${owner}`);
  });
});

it("a store whose commits cannot be written refuses everything, and the next start has them", () => {
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
