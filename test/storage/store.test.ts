import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RoomRecord } from "../../src/muc/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../../src/muc/room-config.ts";
import { MemoryStore } from "../../src/storage/memory-store.ts";
import { SCHEMA_VERSION } from "../../src/storage/sqlite-migrations.ts";
import { SqliteStore } from "../../src/storage/sqlite-store.ts";
import { StorageError } from "../../src/storage/store.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verona-store-"));
  path = join(folder, "rooms.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true }));

const owner = {
  jid: "crone1@example.org",
  affiliation: "owner",
  reason: undefined,
  nick: "firstwitch",
} as const;
const room: RoomRecord = {
  node: "coven",
  config: { ...DEFAULT_ROOM_CONFIG, name: "A Dark Cave", persistent: true },
  subject: { text: "Fire Burn", nick: "firstwitch", at: 1_000 },
  affiliations: [owner],
};

describe.each([
  ["memory", () => new MemoryStore()],
  ["SQLite", () => new SqliteStore(path)],
])("a store in %s", (_name, open) => {
  it("gives back what was stored", () => {
    const store = open();
    store.commit([{ kind: "room-stored", room }]);
    expect(store.loadRooms()).toEqual([room]);
    store.close();
  });

  it("applies changes of configuration, subject and affiliations", () => {
    const store = open();
    const member = {
      jid: "hag66@example.org",
      affiliation: "member",
      reason: "worthy",
      nick: undefined,
    } as const;
    store.commit([
      { kind: "room-stored", room },
      { kind: "config-changed", node: "coven", config: DEFAULT_ROOM_CONFIG },
      { kind: "subject-changed", node: "coven", subject: undefined },
      { kind: "affiliation-changed", node: "coven", record: member },
      { kind: "affiliation-changed", node: "coven", record: { ...owner, affiliation: "none" } },
    ]);
    expect(store.loadRooms()).toEqual([
      { ...room, config: DEFAULT_ROOM_CONFIG, subject: undefined, affiliations: [member] },
    ]);
    store.close();
  });

  it("keeps all entries of a commit or none", () => {
    const store = open();
    expect(() =>
      store.commit([
        { kind: "room-stored", room },
        { kind: "subject-changed", node: "heath", subject: undefined },
      ]),
    ).toThrow(StorageError);
    expect(store.loadRooms()).toEqual([]);
    store.close();
  });

  it("forgets removed rooms, also those it never had", () => {
    const store = open();
    store.commit([
      { kind: "room-stored", room },
      { kind: "room-removed", node: "coven" },
      { kind: "room-removed", node: "heath" },
    ]);
    expect(store.loadRooms()).toEqual([]);
    store.close();
  });
});

describe("the SQLite store", () => {
  it("has everything after it was opened again, and migrates only once", () => {
    const first = new SqliteStore(path);
    first.commit([{ kind: "room-stored", room }]);
    first.close();
    const second = new SqliteStore(path);
    expect(second.loadRooms()).toEqual([room]);
    second.close();
  });

  it("refuses a database of a newer version, and says so", () => {
    new SqliteStore(path).close();
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    database.close();
    expect(() => new SqliteStore(path)).toThrow(
      /rooms\.sqlite was written by a newer version \(layout 2, this version knows 1\)/,
    );
  });

  it.each([
    ["no database", () => writeFileSync(path, "x".repeat(4096)), /not an SQLite database/],
    [
      "another program's database",
      () => new DatabaseSync(path).exec("CREATE TABLE a (b)"),
      /another program/,
    ],
  ])("refuses %s by name", (_what, prepare, message) => {
    prepare();
    expect(() => new SqliteStore(path)).toThrow(message);
    expect(() => new SqliteStore(path)).toThrow(path);
  });

  it("refuses a folder that is not there and a file that another process uses", () => {
    expect(() => new SqliteStore(join(folder, "no", "rooms.sqlite"))).toThrow(/folder exists/);
    const store = new SqliteStore(path);
    expect(() => new SqliteStore(path)).toThrow(/another process uses it/);
    store.close();
  });

  it("gives fields that an older version did not have their defaults", () => {
    const store = new SqliteStore(path);
    store.commit([{ kind: "room-stored", room }]);
    store.close();
    const database = new DatabaseSync(path);
    database.exec(`UPDATE room SET config = '{"name":"old"}'`);
    database.close();
    const again = new SqliteStore(path);
    expect(again.loadRooms()[0]?.config).toEqual({ ...DEFAULT_ROOM_CONFIG, name: "old" });
    again.close();
  });
});
