// A PostgreSQL database that does not answer but keeps its connections open: it is stopped, or the network is down.
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { setImmediate as immediate } from "node:timers/promises";
import pg from "pg";
import pino from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listenOnLoopback } from "../../../dev/loopback-listener.ts";
import { type RunningPostgres, startPostgres } from "../../../dev/servers/postgres.ts";
import { nameOf, takeLock } from "../../../src/storage/postgres/lock.ts";
import { PostgresStore } from "../../../src/storage/postgres/store.ts";
import { StorageError } from "../../../src/storage/store.ts";
import { archived, message, room } from "../records.ts";

/** Milliseconds after which a session that does not answer is closed. */
const SOON = 3_000;

let server: RunningPostgres;
let url: string;
let store: PostgresStore;
let logged: { level: number; msg: string }[];
let cleanUp: (() => unknown)[];
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(() => {
  logged = [];
  cleanUp = [];
  url = server.createDatabase();
});
afterEach(async () => {
  server.resume();
  for (const step of cleanUp.reverse()) await step();
});

const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
const sql = (text: string): string => server.sql(text, new URL(url).pathname.slice(1));
const said = (): string[] => logged.map(({ msg }) => msg);
const keptIds = (): string[] => sql("SELECT stanza_id FROM verona.message ORDER BY position").split("\n");
const messages = (...numbers: number[]) => numbers.map((number) => archived("coven", message(number)));

/** Opens the store, with a room in it. */
async function open(address = url, answerTimeout?: number): Promise<void> {
  store = await PostgresStore.open(address, log, answerTimeout === undefined ? {} : { answerTimeout });
  const opened = store;
  cleanUp.push(() => opened.close());
  await store.commit([{ kind: "room-stored", room }]);
  logged.length = 0; // on a slow machine, the opening may have logged a wait
}

/** Stops a process of the server; the end of the test continues it, if it still exists. */
function stopProcess(pid: number): void {
  process.kill(pid, "SIGSTOP");
  cleanUp.push(() => {
    if (existsSync(`/proc/${pid}`)) process.kill(pid, "SIGCONT");
  });
}

async function newSession(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  cleanUp.push(() => client.end());
  return client;
}

/** Opens a proxy to the database that can drop data and keep the connection. */
async function openWay(isLost: (text: string) => boolean): Promise<string> {
  const way = await listenOnLoopback((socket) => {
    const onward = connect(server.port, "127.0.0.1");
    cleanUp.push(() => onward.destroy());
    onward.on("error", () => {});
    let isDead = false;
    socket.on("data", (data) => {
      isDead ||= isLost(data.toString("latin1"));
      if (!isDead) onward.write(data);
    });
    onward.on("data", (data) => {
      if (!isDead) socket.write(data);
    });
    // The end of the connection is lost as well.
    socket.on("close", () => isDead || onward.destroy());
    onward.on("close", () => isDead || socket.destroy());
  });
  cleanUp.push(() => way.close());
  return String(Object.assign(new URL(url), { port: way.port }));
}

describe("a PostgreSQL database that does not answer", () => {
  it("is told in the log, and once it goes on it has what was committed once, in order", async () => {
    await open();
    server.pause();
    const commits = [store.commit(messages(1)), store.commit(messages(2, 3))];
    await expect(store.loadRoom("coven")).rejects.toThrow(/^cannot read the database .*: it does not answer/);
    await expect
      .poll(said)
      .toEqual([expect.stringMatching(/^cannot write the database .*: it does not answer; output waits/)]);
    server.resume();
    await Promise.all(commits);
    expect(logged.map(({ level, msg }) => [level, msg]).slice(1)).toEqual([[30, "the database is back"]]);
    expect(keptIds()).toEqual(["s1", "s2", "s3"]);
  });

  it("because its one process for the commits hangs: the log tells of it, and the commit is done once", async () => {
    await open(url, SOON);
    const pid = Number(sql("SELECT pid FROM pg_locks WHERE locktype = 'advisory'"));
    stopProcess(pid);
    const committed = store.commit(messages(1));
    await expect
      .poll(said)
      .toEqual([expect.stringMatching(/does not (end|answer).*; output waits until it is back$/)]);
    process.kill(pid, "SIGCONT");
    await committed;
    expect(said()).toContain("the database is back");
    expect(keptIds()).toEqual(["s1"]);
  });

  it("and does not end the session before, which has the lock: its process is named", async () => {
    const [before, next] = await Promise.all([newSession(), newSession()]);
    const name = await nameOf(before);
    await takeLock(before, { own: [], hadLock: false, target: "rooms" });
    stopProcess(name.pid);
    await expect(takeLock(next, { own: [name], hadLock: false, target: "rooms" })).rejects.toThrow(
      `the previous session does not end (process ${name.pid} of PostgreSQL)`,
    );
    process.kill(name.pid, "SIGCONT");
    await takeLock(next, { own: [name], hadLock: false, target: "rooms" });
  });

  it("because the network loses what is said, also of the next session before it writes: the commit is done once", async () => {
    const losses = ["\0commit\0", "pg_try_advisory_lock", "server_encoding"];
    let isLossy = false;
    const way = await openWay((text) => {
      const isLost = isLossy && losses.some((loss) => text.includes(loss));
      if (isLost) losses.shift();
      return isLost;
    });
    await open(way, SOON);
    isLossy = true;
    await store.commit(messages(1));
    await store.commit(messages(2));
    expect(losses).toEqual([]);
    expect(keptIds()).toEqual(["s1", "s2"]);
    expect(said()).toContain("the database is back");
  });

  // Without the fault, closing the store would take a minute.
  it("does not keep a store from being closed: what is under way ends with a fault", async () => {
    store = await PostgresStore.open(url, log);
    await store.loadRoom("coven"); // opens the connection for reads
    server.pause();
    const waiting = [
      store.commit(messages(1)),
      store.loadRoom("coven"),
      store.removeMessages(
        { now: 0, days: 0, messages: 1 },
        { after: 0, archives: 1, messages: 1, milliseconds: 1_000 },
      ),
    ];
    const ended = Promise.allSettled(waiting);
    await immediate(); // the requests are sent
    await store.close();
    const outcomes = await ended;
    expect(outcomes.map((each) => each.status === "rejected" && each.reason)).toEqual(
      waiting.map(() => expect.any(StorageError)),
    );
    server.resume();
    // The session ends as well, which releases its lock.
    await expect.poll(() => sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")).toBe("0");
  });
});
