import { spawnSync } from "node:child_process";
import { linkSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as immediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ControlSocket, openControlSocket } from "../../src/control/control-socket.ts";
import { readRequest, writeRefusal } from "../../src/control/messages.ts";
import { allMessages } from "../../src/storage/read-all.ts";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { openThreadedStore } from "../../src/storage/sqlite/threaded-store.ts";
import { StorageError, type Store } from "../../src/storage/store.ts";
import { writeBackup } from "../../src/transfer/backup.ts";
import { errors } from "../../src/xmpp/stanza-error.ts";
import { verbatim } from "../../src/xmpp/text.ts";
import { message, room } from "../storage/records.ts";
import { verona } from "./verona.ts";

let folder: string;
let path: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verona-backup-"));
  path = join(folder, "rooms.sqlite");
  file = join(folder, "backup.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Archives messages as the service does, with one commit for each turn of the event loop. */
async function say(store: Store, from: number, to: number): Promise<void> {
  const payload = `<body>${"word ".repeat(200)}</body>`;
  const kept = Array.from({ length: to - from }, (_, index) =>
    message(from + index, { payload, text: `word ${from + index}` }),
  );
  await store.commit(kept.map((each) => ({ kind: "message-archived", node: "coven", message: each })));
}

const socketPath = (database: string): string => `${database}.socket`;

/** Answers the operation "backup" alone. */
async function* answerBackup(store: Store, request: string): AsyncGenerator<string> {
  const to = String(readRequest(request)?.params.file);
  const problem = await writeBackup(store, to).then(
    () => undefined,
    (error: Error) => error.message,
  );
  if (problem === undefined) yield JSON.stringify({ result: {} });
  else yield writeRefusal(errors.serviceUnavailable(verbatim(problem)));
}

const isOfBackup = (name: string): boolean => name.startsWith("backup");
const isPartial = (name: string): boolean => isOfBackup(name) && name.endsWith(".partial");

describe("verona backup", () => {
  let store: Store;
  let control: ControlSocket;
  beforeEach(async () => {
    store = await openThreadedStore(path);
    await store.commit([{ kind: "room-stored", room }]);
    control = await openControlSocket(socketPath(path), (request) => answerBackup(store, request));
  });
  afterEach(async () => {
    control.close();
    await store.close();
  });

  test("of a service that goes on committing is a whole database with all that was committed before", async () => {
    await say(store, 0, 10_000);
    let isDone = false;
    const backup = verona(`sqlite:${path}`, "backup", file).finally(() => {
      isDone = true;
    });
    let said = 10_000;
    let saidMeanwhile = 0;
    while (!isDone) {
      if (readdirSync(folder).some(isPartial)) saidMeanwhile += 1;
      await say(store, said, said + 3);
      said += 3;
    }
    expect(await backup).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(saidMeanwhile).toBeGreaterThan(0);

    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter(isOfBackup)).toEqual(["backup.sqlite"]);
    {
      using database = new DatabaseSync(file);
      expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
      database.exec("INSERT INTO message_search (message_search) VALUES ('integrity-check')");
    }
    const restored = new SqliteStore(file);
    expect(restored.loadRoom("coven")).toEqual(room);
    const ids: string[] = [];
    for await (const { stanzaId } of allMessages(restored, "coven")) ids.push(stanzaId);
    restored.close();
    expect(ids.length).toBeGreaterThanOrEqual(10_000);
    // The copy is a snapshot: nothing is missing in between.
    expect(ids).toEqual(ids.map((_, number) => `s${number}`));
  });

  test("never writes over a file, not even over the database", async () => {
    writeFileSync(file, "precious");
    for (const target of [file, path]) {
      const { code, stderr } = await verona(`sqlite:${path}`, "backup", target);
      expect({ code, stderr }).toEqual({ code: 1, stderr: `verona: ${target} already exists\n` });
    }
  });

  test("says what the service says where it cannot write", async () => {
    const { code, stderr } = await verona(`sqlite:${path}`, "backup", join(folder, "nowhere", "backup"));
    expect(code).toBe(1);
    expect(stderr).toContain("no such file or directory");
  });

  test("fails where the service ends meanwhile, and leaves nothing", async () => {
    await say(store, 0, 10_000);
    const backup = writeBackup(store, file);
    backup.catch(() => {});
    while (!readdirSync(folder).some(isPartial)) await immediate();
    await store.close();
    await expect(backup).rejects.toThrow(StorageError);
    expect(readdirSync(folder).filter(isOfBackup)).toEqual([]);
  });

  test("is for the service's own user", () => {
    expect(statSync(socketPath(path)).mode & 0o777).toBe(0o600);
  });
});

test("a service that is not running is backed up too, also after one that was killed", async () => {
  const store = new SqliteStore(path);
  store.commit([{ kind: "room-stored", room }]);
  store.close();
  // A killed service leaves a socket on which nobody listens.
  const control = await openControlSocket(join(folder, "left"), async function* () {});
  linkSync(join(folder, "left"), socketPath(path));
  control.close();
  expect(await verona(`sqlite:${path}`, "backup", file)).toEqual({ code: 0, stdout: "", stderr: "" });
  const restored = new SqliteStore(file);
  expect(restored.loadRoom("coven")).toEqual(room);
  restored.close();
  expect(readdirSync(folder)).toContain("rooms.sqlite.socket");
});

test("a backup whose first step meets an open transaction begins again", () => {
  const store = new SqliteStore(path);
  store.commit([{ kind: "room-stored", room }]);
  store.close();
  const script = new URL("busy-backup.ts", import.meta.url).pathname;
  const { status, stderr } = spawnSync(process.execPath, [script, path, file, join(folder, "marker")], {
    env: { ...process.env, UV_THREADPOOL_SIZE: "1" },
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const restored = new SqliteStore(file);
  expect(restored.loadRoom("coven")).toEqual(room);
  restored.close();
});
