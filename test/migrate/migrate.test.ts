// "verona migrate" from the operator's side: in both directions, interrupted, resumed, refused.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startChild } from "../../dev/child-process.ts";
import { type RunningPostgres, startPostgres } from "../../dev/servers/postgres.ts";
import { storageOf } from "../../src/config/storage-url.ts";
import { copyStore } from "../../src/migrate/copy-store.ts";
import type { ActRecord } from "../../src/muc/model/act.ts";
import type { ApiToken } from "../../src/storage/api-table.ts";
import { openStore } from "../../src/storage/open-store.ts";
import { allActs } from "../../src/storage/read-all.ts";
import type { Store } from "../../src/storage/store.ts";
import { archived, heath, member, message, owner, room, session, whisper } from "../storage/records.ts";
import { eventually } from "../support/eventually.ts";

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname;
const ROOMS = 30;
const MESSAGES = 70;
const MOVED = { node: "cave", venue: "c@x.example", reason: "flood", members: ["a@example.org"], until: 5 };

/** Two records that differ in their time only. */
const ACTS = [1, 2].map(
  (at): ActRecord => ({
    ...{ at, kind: "banned", by: "a@example.org", target: "b.example" },
    ...{ reason: "flood", rule: undefined, detail: "none to outcast" },
  }),
);

const BAN = { account: "macbeth@example.org", reason: "spam", by: undefined, at: 5 };
const TOKEN: ApiToken = {
  ...{ id: "1", name: "wiki", hash: "ab".repeat(32), scope: "read", rooms: ["heath"] },
  ...{ created: 1, expires: 2, used: undefined },
};

async function actsOf(store: Store): Promise<ActRecord[]> {
  const acts: ActRecord[] = [];
  for await (const { id: _id, node: _node, ...act } of allActs(store)) acts.push(act);
  return acts;
}

let server: RunningPostgres;
let folder: string;
let file: string;
let database: string;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verona-migrate-"));
  file = `sqlite:${join(folder, "a.sqlite")}`;
  database = server.createDatabase();
});
afterEach(() => rmSync(folder, { recursive: true }));

async function within<T>(url: string, action: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(storageOf(url));
  try {
    return await action(store);
  } finally {
    await store.close();
  }
}

const EVENTS = Array.from({ length: 501 }, (_, index) => `event ${index}`);

/** Returns the events that wait for the webhook, in their order. */
async function eventsOf(store: Store): Promise<string[]> {
  return (await store.readDeliveries("wiki", false, 0, 10_000)).map(({ event }) => event);
}

const fill = (url: string): Promise<void> =>
  within(url, async (store) => {
    for (let number = 1; number <= ROOMS; number++) {
      const node = `room${number}`;
      const said = Array.from({ length: MESSAGES }, (_, index) =>
        archived(node, (index % 9 === 8 ? whisper : message)(index + 1)),
      );
      const full = { ...room, affiliations: [owner, member], sessions: [session] };
      await store.commit([{ kind: "room-stored", room: { ...full, node } }, ...said]);
    }
    await store.commit([
      { kind: "room-stored", room: heath },
      { kind: "room-destroyed", destroyed: MOVED },
      ...ACTS.map((act) => ({ kind: "act-recorded", node: "heath", act }) as const),
      { kind: "webhook-stored", id: "wiki", settings: "{}" },
      ...EVENTS.map((event, at) => ({ kind: "event-queued", hook: "wiki", event, at, body: "{}" }) as const),
    ]);
    await store.addApiToken(TOKEN);
    await store.setServiceBan(BAN);
  });

const migrate = (from: string, to: string) => startMigration(from, to).ended;

function startMigration(from: string, to: string) {
  const child = startChild(process.execPath, [MAIN, "migrate", "--from", from, "--to", to], {
    cwd: folder,
    env: process.env,
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child.process[name]?.setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  const closed = new Promise((resolve) => child.process.once("close", resolve));
  const ended = closed.then(async () => ({ code: await child.exited, ...output }));
  return { process: child.process, ended };
}

describe("verona migrate", () => {
  it("moves everything to PostgreSQL and back, with the same checksum", async () => {
    await fill(file);
    const there = await migrate(file, database);
    expect(there.stderr).toMatch(/^copied: 100 %, 31 of 31 rooms, 2100 of 2100 messages$/m);
    expect(there.code).toBe(0);
    const back = await migrate(database, `sqlite:${join(folder, "b.sqlite")}`);
    expect(there.stdout).toMatch(/^migrated: 31 rooms, 2100 messages, checksum [0-9a-f]{64};/);
    expect(back).toMatchObject({ code: 0, stdout: there.stdout });
    await within(`sqlite:${join(folder, "b.sqlite")}`, async (store) => {
      expect(await store.loadRoom("heath")).toEqual(heath);
      expect((await store.loadRoom("room7"))?.sessions).toEqual([session]);
      expect(await store.latestDiscussion("room7", 1)).toEqual([message(MESSAGES)]);
      expect(await store.loadDestroyedRooms()).toEqual([MOVED]);
      expect(await actsOf(store)).toEqual(ACTS);
      expect(await eventsOf(store)).toEqual(EVENTS);
      expect(await store.apiTokens()).toEqual([TOKEN]);
      expect(await store.serviceBans()).toEqual([BAN]);
    });
  });

  it("goes on where it was interrupted", async () => {
    await fill(file);
    const copying = within(file, (from) =>
      within(database, (to) =>
        copyStore(from, to, () => {
          throw new Error("no further");
        }),
      ),
    );
    await expect(copying).rejects.toThrow("no further");
    expect(await within(database, async (store) => store.countMessages())).toBeGreaterThan(0);
    expect(await within(database, async (store) => store.countMessages())).toBeLessThan(ROOMS * MESSAGES);
    const again = await migrate(file, database);
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^migrated: 31 rooms, 2100 messages/),
    });
    expect(await migrate(file, database)).toMatchObject({ code: 0, stdout: again.stdout });
    expect(await within(database, actsOf)).toEqual(ACTS);
    expect(await within(database, eventsOf)).toEqual(EVENTS);
  });

  describe("where the database stops meanwhile", () => {
    /** Starts a migration whose commit waits for another client's lock. */
    async function heldUp() {
      await fill(file);
      await within(database, async () => {});
      const locking = new pg.Client(database);
      locking.on("error", () => {});
      await locking.connect();
      await locking.query("BEGIN; LOCK verona.room IN EXCLUSIVE MODE");
      const migration = startMigration(file, database);
      const waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
      await eventually(() => expect(server.sql(waits)).not.toBe("0"));
      return { migration, locking };
    }

    it("ends at a signal all the same, and goes on later", async () => {
      const { migration, locking } = await heldUp();
      migration.process.kill("SIGINT");
      expect(await migration.ended).toMatchObject({
        code: 130,
        stderr: expect.stringContaining("interrupted; repeat the command to continue"),
      });
      await locking.end();
      const locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
      await eventually(() => expect(server.sql(locks)).toBe("0"));
      expect(await migrate(file, database)).toMatchObject({ code: 0 });
    });

    it("fails, and goes on later", async () => {
      const { migration } = await heldUp();
      await server.end();
      const { code, stderr } = await migration.ended;
      await server.start();
      expect(code).toBe(1);
      expect(stderr).toMatch(/^verona: cannot \w+ the database .*: /m);
      expect(await migrate(file, database)).toMatchObject({ code: 0 });
    });
  });

  it("refuses a target with other rooms, or where a room is another, and changes nothing", async () => {
    await within(file, async (store) => store.commit([{ kind: "room-stored", room }]));
    await within(database, async (store) => store.commit([{ kind: "room-stored", room: heath }]));
    const other = await migrate(file, database);
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/holds the room "heath".*empty target/),
    });
    await within(database, async (store) =>
      store.commit([
        { kind: "room-removed", node: "heath" },
        { kind: "room-stored", room: { ...room, locked: true } },
      ]),
    );
    const changed = await migrate(file, database);
    expect(changed).toMatchObject({ code: 1, stderr: expect.stringMatching(/"coven" differs/) });
    expect((await within(database, async (store) => store.loadRoom("coven")))?.locked).toBe(true);
  });

  it("finds out where a message is not the same", async () => {
    await within(file, async (store) =>
      store.commit([
        { kind: "room-stored", room },
        archived("coven", message(1)),
        archived("coven", message(2)),
      ]),
    );
    expect(await migrate(file, database)).toMatchObject({ code: 0 });
    server.sql(
      "UPDATE verona.message SET payload = 'x' WHERE stanza_id = 's1'",
      new URL(database).pathname.slice(1),
    );
    const { code, stderr } = await migrate(file, database);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/"coven" differs: 2 messages/),
    });
  });

  it.each([
    [["memory:", "sqlite:b"], "memory: has no data"],
    [["sqlite:b", "sqlite:./b"], "--from and --to are the same"],
    [["sqlite:b", "postgres://u:hidden@h"], "--to: got a database address without a database name"],
  ])("%j is wrong usage", async ([from = "", to = ""], text) => {
    const { code, stderr } = await migrate(from, to);
    expect(code).toBe(2);
    expect(stderr).toContain(text);
    expect(stderr).not.toContain("hidden");
  });

  it("does not make what it should read", async () => {
    expect(await migrate("sqlite:nothing", database)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/there is no file .*nothing/),
    });
    expect(await migrate(database, file)).toMatchObject({
      code: 1,
      stderr: "verona: the database has no rooms of Verona to migrate from; correct --from\n",
    });
    const schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'verona'";
    expect(server.sql(schemas, new URL(database).pathname.slice(1))).toBe("0");
    expect(readdirSync(folder)).toEqual([]);
  });
});
