import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULT_ROOM_CONFIG } from "../../../src/muc/model/room-config.ts";
import { openStore } from "../../../src/storage/open-store.ts";
import { migrate, SCHEMA_VERSION } from "../../../src/storage/sqlite/migrations.ts";
import { prepare } from "../../../src/storage/sqlite/statements.ts";
import { SqliteStore } from "../../../src/storage/sqlite/store.ts";
import { StorageError } from "../../../src/storage/store.ts";
import { asNobody } from "../../support/as-nobody.ts";
import { describeDamage } from "../damaged-rows.ts";
import { archived, message, room } from "../records.ts";
import { describeStore } from "../store-suite.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verona-store-"));
  path = join(folder, "rooms.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true }));

describeStore("SQLite", () => new SqliteStore(path));
describeStore("SQLite in a thread", () => openStore({ kind: "sqlite", path }));
describeStore("memory", () => openStore({ kind: "memory" }));

describeDamage("SQLite", () => ({
  open: (onDamage) => new SqliteStore(path, onDamage),
  damage: (sql) => alter(`PRAGMA ignore_check_constraints = ON; ${sql}`),
  table: (table) => table,
  checksJson: false,
}));

it("a store in a thread tells of damaged rows too", async () => {
  const store = new SqliteStore(path);
  store.commit([{ kind: "room-stored", room }]);
  store.close();
  alter("UPDATE room SET subject = '{'");
  const told: string[] = [];
  const threaded = await openStore({ kind: "sqlite", path }, undefined, (problem) => told.push(problem));
  expect(await threaded.loadRoom("coven")).toEqual({ ...room, subject: undefined });
  expect(told).toEqual([expect.stringContaining('the subject of the room "coven" is damaged: ')]);
  await threaded.close();
});

it("an SQLite file takes no configuration that is no JSON, and no times that are none", () => {
  const store = new SqliteStore(path);
  store.commit([{ kind: "room-stored", room }, archived("coven", message(1))]);
  store.close();
  for (const sql of [
    "UPDATE room SET config = '{'",
    "UPDATE message SET at = -1",
    `UPDATE message SET at = ${2n ** 53n}`,
  ])
    expect(() => alter(sql), sql).toThrow("CHECK constraint failed");
});

/** Runs SQL on the file without the store. */
function alter(sql: string): void {
  using database = new DatabaseSync(path);
  database.exec(sql);
}

function pragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

function faultOfOpening(): unknown {
  try {
    new SqliteStore(path).close();
    return undefined;
  } catch (error) {
    return error;
  }
}

it("statements that write do not mind ids of rows above 2^53, which the indexes of words use", () => {
  new SqliteStore(path).close();
  using database = new DatabaseSync(path);
  const statements = prepare(database);
  database.exec(`CREATE TABLE words (word TEXT); INSERT INTO words (rowid) VALUES (${2n ** 53n + 7n})`);
  expect(() => statements.removeSession.run(1, "a@b/c")).not.toThrow();
  expect(() => statements.setAppliedCommit.run(1)).not.toThrow();
  expect(Number(statements.removeRoom.run("coven").changes)).toBe(0);
});

describe("an SQLite file", () => {
  it("has everything when it is opened again", () => {
    const first = new SqliteStore(path);
    first.commit([{ kind: "room-stored", room }]);
    first.close();
    const second = new SqliteStore(path);
    expect(second.loadRoom("coven")).toEqual(room);
    second.close();
  });

  it("is marked as ours, with the layout's version and a write-ahead log", () => {
    new SqliteStore(path).close();
    using database = new DatabaseSync(path);
    expect(pragma(database, "application_id")).toBe(0x5665726f);
    expect(pragma(database, "user_version")).toBe(SCHEMA_VERSION);
    expect(pragma(database, "journal_mode")).toBe("wal");
  });

  it("is for its owner only, with its log, and keeps the rights that its owner gives it", () => {
    const modes = (): number[] => [path, `${path}-wal`].map((name) => statSync(name).mode & 0o777);
    const before = process.umask(0o022);
    const store = new SqliteStore(path);
    expect(modes()).toEqual([0o600, 0o600]);
    store.close();
    chmodSync(path, 0o640);
    const again = new SqliteStore(path);
    again.commit([{ kind: "room-stored", room }]);
    process.umask(before);
    expect(modes()).toEqual([0o640, 0o640]);
    again.close();
  });

  it("is written with synchronous FULL and foreign keys", () => {
    const prepare = vi.spyOn(DatabaseSync.prototype, "prepare");
    const store = new SqliteStore(path);
    const database = prepare.mock.contexts[0] as DatabaseSync;
    prepare.mockRestore();
    expect(pragma(database, "journal_mode")).toBe("wal");
    expect(pragma(database, "synchronous")).toBe(2);
    expect(pragma(database, "foreign_keys")).toBe(1);
    expect(pragma(database, "busy_timeout")).toBeGreaterThan(0);
    store.close();
  });

  it("gives fields that an older version did not have their defaults", () => {
    const store = new SqliteStore(path);
    store.commit([{ kind: "room-stored", room }]);
    store.close();
    alter(`UPDATE room SET config = '{"name":"old"}'`);
    const again = new SqliteStore(path);
    expect(again.loadRoom("coven")?.config).toEqual({ ...DEFAULT_ROOM_CONFIG, name: "old" });
    again.close();
  });

  it("has every commit that returned before the process was killed", async () => {
    const writer = spawn(process.execPath, [join(import.meta.dirname, "crash-writer.ts"), path]);
    let printed = "";
    writer.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      if (printed.includes("\n50\n")) writer.kill("SIGKILL");
    });
    let faults = "";
    writer.stderr.setEncoding("utf8").on("data", (text: string) => {
      faults += text;
    });
    const [, signal] = await once(writer, "close");
    expect(signal, faults).toBe("SIGKILL");
    const numbers = printed.slice(0, printed.lastIndexOf("\n")).split("\n");
    const store = new SqliteStore(path);
    const jids = numbers.map((number) => store.loadRoom(number)?.affiliations[0]?.jid);
    store.close();
    expect(numbers.length).toBeGreaterThanOrEqual(50);
    expect(jids).toEqual(numbers.map((number) => `${number}@example.org`));
  });
});

/** Returns the number of the first page of an index, from 1. */
function rootOf(index: string): number {
  using database = new DatabaseSync(path, { readOnly: true });
  return Number(database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").get(index)?.rootpage);
}

describe("a file whose last user did not close it", () => {
  /** Leaves a file of a killed process with a damaged page that a start does not read. */
  async function leaveDamaged(): Promise<void> {
    const store = new SqliteStore(path);
    store.commit([{ kind: "room-stored", room }]);
    const payload = `<body>${"x".repeat(3_000)}</body>`;
    for (let number = 1; number <= 200; number += 1)
      store.commit([archived("coven", message(number, { payload }))]);
    store.close();
    const page = rootOf("message_nick") - 1;
    const writer = spawn(process.execPath, [join(import.meta.dirname, "crash-writer.ts"), path]);
    await once(writer.stdout, "data");
    writer.kill("SIGKILL");
    await once(writer, "close");
    const file = openSync(path, "r+");
    writeSync(file, Buffer.alloc(4096, 0x5a), 0, 4096, page * 4096);
    closeSync(file);
  }

  it("is checked before it is used, and refused where it is damaged", async () => {
    await leaveDamaged();
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    const fault = faultOfOpening();
    expect(fault).toBeInstanceOf(StorageError);
    expect(String(fault)).toMatch(/file is damaged .*restore a backup/);
    expect(String(fault)).toContain(path);
  });

  it("is not checked where it is large, which the log says", async () => {
    await leaveDamaged();
    truncateSync(path, 600_000_000);
    const logged: string[] = [];
    const log = pino({}, { write: (line: string) => void logged.push(line) });
    const store = await openStore({ kind: "sqlite", path }, log);
    await store.close();
    expect(logged).toEqual([expect.stringContaining("too large to check now")]);
  });

  it("is not read as a whole where it was closed", async () => {
    await leaveDamaged();
    rmSync(`${path}-wal`);
    expect(faultOfOpening()).toBeUndefined();
  });
});

describe("opening an SQLite file is refused, with the file's name and what to do,", () => {
  it.each([
    [
      "that is no database",
      () => writeFileSync(path, "x".repeat(4096)),
      /not an SQLite database.*another path/,
    ],
    [
      "of another program that has tables",
      () => alter("CREATE TABLE a (b)"),
      /another program.*another path/,
    ],
    ["of another program by its application_id", () => alter("PRAGMA application_id = 7"), /another program/],
  ])("%s", (_what, prepare, message) => {
    prepare();
    const fault = faultOfOpening();
    expect(fault).toBeInstanceOf(StorageError);
    expect(String(fault)).toMatch(message);
    expect(String(fault)).toContain(path);
  });

  it("in a folder that is not there", () => {
    path = join(folder, "no", "rooms.sqlite");
    const fault = faultOfOpening();
    expect(fault).toBeInstanceOf(StorageError);
    expect(String(fault)).toMatch(/folder exists/);
    expect(String(fault)).toContain(path);
  });

  it("of a newer version, naming both", () => {
    new SqliteStore(path).close();
    alter(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    const fault = faultOfOpening();
    expect(fault).toBeInstanceOf(StorageError);
    expect(String(fault)).toContain(
      `${path} was written by a newer version (schema version ${SCHEMA_VERSION + 1}, this version knows ${SCHEMA_VERSION}): upgrade`,
    );
  });

  it("while another process uses it, and not afterwards", async () => {
    const writer = spawn(process.execPath, [join(import.meta.dirname, "crash-writer.ts"), path]);
    await once(writer.stdout, "data");
    const fault = faultOfOpening();
    writer.kill("SIGKILL");
    await once(writer, "close");
    expect(fault).toBeInstanceOf(StorageError);
    expect(String(fault)).toMatch(/another process uses it/);
    expect(String(fault)).toContain(path);
    expect(faultOfOpening()).toBeUndefined();
  });

  it("while another process uses it by another name", async () => {
    const link = join(folder, "link.sqlite");
    symlinkSync(path, link);
    const writer = spawn(process.execPath, [join(import.meta.dirname, "crash-writer.ts"), path]);
    await once(writer.stdout, "data");
    const name = path;
    path = link;
    const fault = faultOfOpening();
    path = name;
    writer.kill("SIGKILL");
    await once(writer, "close");
    expect(String(fault)).toMatch(/another process uses it/);
  });

  it("where it may not be written", () => {
    new SqliteStore(path).close();
    chmodSync(folder, 0o755);
    chmodSync(path, 0o444);
    const fault = asNobody(faultOfOpening);
    expect(fault).toBeInstanceOf(StorageError);
    expect(String(fault)).toMatch(/this user may not write to it.*another path/);
    expect(String(fault)).toContain(path);
  });

  it("where its folder may not be written", () => {
    chmodSync(folder, 0o555);
    const fault = asNobody(faultOfOpening);
    expect(fault).toBeInstanceOf(StorageError);
    expect(String(fault)).toMatch(/folder exists and this user may write/);
    expect(String(fault)).toContain(path);
  });
});

describe("migrations", () => {
  const steps = ["CREATE TABLE one (a)", "CREATE TABLE two (a); INSERT INTO two VALUES (1)"];

  it("run once: those of a version that the file has are left out", () => {
    using database = new DatabaseSync(path);
    migrate(database, path, steps.slice(0, 1));
    expect(pragma(database, "user_version")).toBe(1);
    migrate(database, path, steps);
    migrate(database, path, steps);
    expect(pragma(database, "user_version")).toBe(2);
    expect(database.prepare("SELECT count(*) AS n FROM two").get()?.n).toBe(1);
  });

  it("that fail are undone as a whole, and those before stay", () => {
    using database = new DatabaseSync(path);
    expect(() => migrate(database, path, [...steps, "CREATE TABLE three (a); nonsense"])).toThrow(/nonsense/);
    expect(pragma(database, "user_version")).toBe(2);
    const tables = database.prepare("SELECT name FROM sqlite_schema ORDER BY name").all();
    expect(tables.map(({ name }) => name)).toEqual(["one", "two"]);
  });
});
