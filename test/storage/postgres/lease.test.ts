// Hot standby on a real PostgreSQL: one process serves, and another one takes over (docs/decisions/0056).
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import pino from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RunningPostgres, startPostgres } from "../../../dev/servers/postgres.ts";
import type { Lease } from "../../../src/storage/lease.ts";
import { EpochRecord } from "../../../src/storage/postgres/epoch-record.ts";
import { PostgresLease } from "../../../src/storage/postgres/lease.ts";
import { BEGIN_EPOCH } from "../../../src/storage/postgres/lease-queries.ts";
import { LOCK } from "../../../src/storage/postgres/lock.ts";
import type { PostgresStore } from "../../../src/storage/postgres/store.ts";
import { StorageError } from "../../../src/storage/store.ts";
import { eventually } from "../../support/eventually.ts";
import { isPending } from "../../support/is-pending.ts";
import { archived, message, room } from "../records.ts";
import { OpenedStores } from "./opened-stores.ts";
import { openWay, type Way } from "./way.ts";

const STANDBY = { reachesServer: async () => true };
/** Longer than the lease and the quarter for which its beat stands still. */
const LONG_MS = 5_000;

let server: RunningPostgres;
let url: string;
let logged: { level: number; msg: string }[];
let stores: OpenedStores;
let ways: Way[];
let sessions: pg.Client[];
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(() => {
  logged = [];
  stores = new OpenedStores(log);
  ways = [];
  sessions = [];
  url = server.createDatabase();
});
afterEach(async () => {
  server.resume();
  for (const session of sessions) await session.end().catch(() => {});
  await stores.closeAll();
  for (const way of ways) await way.close();
});

const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
const said = (): string[] => logged.map(({ msg }) => msg);
const sql = (text: string): string => server.sql(text, new URL(url).pathname.slice(1));

const open = (
  options: Parameters<OpenedStores["open"]>[1] = { standby: STANDBY },
  address = url,
): Promise<PostgresStore> => stores.open(address, options);
const close = (store: PostgresStore): Promise<void> => stores.close(store);

/** Opens a store, and another one that waits. */
async function openPair(
  address = url,
  nextAddress = url,
): Promise<{ first: PostgresStore; lease: Lease; next: Promise<PostgresStore> }> {
  const first = await open({ standby: STANDBY }, address);
  await first.commit([{ kind: "room-stored", room }]);
  const next = open({ standby: STANDBY }, nextAddress);
  await eventually(() => expect(said()).toContain("waiting as a standby"));
  if (!first.lease) throw new Error("no lease");
  return { first, lease: first.lease, next };
}

/** Opens a session of somebody else. */
async function connect(name?: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name });
  client.on("error", () => {});
  await client.connect();
  sessions.push(client);
  return client;
}

const endSessions = (condition: string): string =>
  sql(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE ${condition}`);
const nameOfHolder = (): string => `verona ${sql("SELECT holder FROM verona.lease")}`;

describe("the lease", () => {
  it("is held by the first process; the second one waits, and takes over when the first one ends", async () => {
    const { first, lease, next } = await openPair();
    expect(lease.isHeld).toBe(true);
    expect(await isPending(next)).toBe(true);
    await first.commit([archived("coven", message(1))]);
    await close(first);
    const second = await next;
    expect(second.lease?.isHeld).toBe(true);
    expect((await second.loadRoom("coven"))?.node).toBe("coven");
    await second.commit([archived("coven", message(2))]);
    expect(await second.countMessages()).toBe(2);
  });

  it("belongs to one process when all sessions of the holder end: it goes on, or the standby takes over and it commits nothing more", async () => {
    const { first, lease, next } = await openPair();
    endSessions(`application_name = '${nameOfHolder()}'`);
    const outcome = await Promise.race([
      next.then(() => "taken over"),
      first.commit([archived("coven", message(1))]).then(() => "kept"),
    ]).catch(() => "refused");
    if (outcome === "kept") {
      // A holder that could not renew in time holds nothing until it has renewed.
      await eventually(() => expect(lease.isHeld).toBe(true));
      return;
    }
    await next;
    expect(await first.lost).toBeInstanceOf(StorageError);
    expect(lease.isHeld).toBe(false);
  });

  it("stays with a holder whose one session ended", async () => {
    const { first, lease, next } = await openPair();
    endSessions(
      `pid = (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted) AND application_name = '${nameOfHolder()}'`,
    );
    await first.commit([archived("coven", message(1))]);
    await eventually(() => expect(lease.isHeld).toBe(true));
    expect(await isPending(next)).toBe(true);
    const owner =
      "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory'";
    await eventually(() => expect(sql(`${owner} AND objid = ${LOCK}`)).toBe(nameOfHolder()));
  });

  it("is renewed at once, on a new session, when its session has ended", async () => {
    await close(await open());
    sql("UPDATE verona.lease SET holder = 'one', epoch = 5, beat = 0");
    const [client, minutes] = [await connect(), 60_000];
    const options = { id: "one", lastCommit: "", target: url, log, leaseMs: 30 * minutes };
    const lease = new PostgresLease(client, { ...options, connect: () => connect() });
    lease.begin(new EpochRecord({ epoch: "5", id: "one", target: url }));
    await lease.whenHeld();
    await client.end();
    await eventually(() => expect(sql("SELECT beat FROM verona.lease")).toBe("2"));
    await lease.close();
    expect(sql("SELECT holder IS NULL FROM verona.lease")).toBe("t");
  });

  it("runs out while the database does not answer, without a takeover, and is held again after it", async () => {
    const { first, lease, next } = await openPair();
    server.pause();
    await eventually(() => expect(lease.isHeld).toBe(false));
    const committed = first.commit([archived("coven", message(1))]);
    await new Promise((resolve) => setTimeout(resolve, LONG_MS));
    const renewed = new Promise<void>((resolve) => lease.onRenewed(resolve));
    server.resume();
    await Promise.all([committed, renewed]);
    expect(lease.isHeld).toBe(true);
    expect(await isPending(next)).toBe(true);
    expect(said()).toContain("the lease is renewed");
  });

  it("stays where it was when the standby was held up by the database as long as the holder", async () => {
    const [ofHolder, ofStandby] = [await openWay(url), await openWay(url)];
    ways.push(ofHolder, ofStandby);
    const { first, next } = await openPair(ofHolder.url, ofStandby.url);
    ofHolder.hold();
    ofStandby.hold();
    await new Promise((resolve) => setTimeout(resolve, LONG_MS));
    const answers = ofStandby.answers + 3;
    ofStandby.release();
    await eventually(() => expect(ofStandby.answers).toBeGreaterThan(answers));
    expect(said()).not.toContain("the serving process is silent: ending its database sessions");
    ofHolder.release();
    await first.commit([archived("coven", message(1))]);
    expect(await isPending(next)).toBe(true);
  });

  it("stays where it was when the database restarts", async () => {
    const { first, lease, next } = await openPair();
    await server.kill();
    await eventually(() => expect(lease.isHeld).toBe(false));
    await server.start();
    await first.commit([archived("coven", message(1))]);
    await eventually(() => expect(lease.isHeld).toBe(true));
    expect(await isPending(next)).toBe(true);
  });

  it("is taken from a holder that does not renew it, whose sessions are ended", async () => {
    await close(await open());
    const id = randomUUID();
    const hung = new pg.Client({ connectionString: url, application_name: `verona ${id}` });
    const ended = new Promise((resolve) => hung.on("error", resolve));
    await hung.connect();
    await hung.query("SELECT pg_advisory_lock($1)", [LOCK]);
    await hung.query("UPDATE verona.lease SET holder = $1, beat = 7", [id]);
    const next = await open();
    expect(String(await ended)).toMatch(/terminat/);
    expect(next.lease?.isHeld).toBe(true);
    expect(said()).toContain("the serving process is silent: ending its database sessions");
  });

  it("stays with a holder that renews it when a standby, which saw no session of it, is about to take over", async () => {
    const { first, lease, next } = await openPair();
    const renewal = await connect();
    await renewal.query("BEGIN");
    await renewal.query("UPDATE verona.lease SET beat = beat + 1");
    endSessions(`application_name = '${nameOfHolder()}'`);
    const waits =
      "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('tuple', 'transactionid')";
    await eventually(() => expect(sql(waits)).toBe("2"));
    await renewal.query("COMMIT");
    await first.commit([archived("coven", message(1))]);
    await eventually(() => expect(lease.isHeld).toBe(true));
    expect(await isPending(next)).toBe(true);
  });

  it("belongs to one process if the database has lost the beginning of an epoch, which another one begins again", async () => {
    const first = await open();
    sql("UPDATE verona.lease SET holder = 'other'");
    expect(String(await first.lost)).toMatch(/another Verona has taken over/);
    expect(first.lease?.isHeld).toBe(false);
  });

  it("is needed to remove old messages, too", async () => {
    const first = await open();
    sql("UPDATE verona.lease SET holder = 'other'");
    await first.lost;
    const limits = { days: 1, messages: 0, now: Date.now() };
    const removed = first.removeMessages(limits, { after: 0, archives: 1, messages: 1, milliseconds: 1 });
    expect(await Promise.race([removed, delay(300, "nothing was removed")])).toBe("nothing was removed");
  });

  it("is taken over while the standby's attempt to reach the server hangs", async () => {
    const first = await open();
    let attempts = 0;
    const reachesServer = () => {
      attempts += 1;
      return new Promise<boolean>(() => {});
    };
    const next = open({ standby: { reachesServer } });
    first.lease?.reportLink(false);
    await eventually(() => expect(attempts).toBe(1));
    await close(first);
    expect((await next).lease?.isHeld).toBe(true);
  });

  it("stays where it was when all machines have stood still together", async () => {
    await close(await open());
    const holder = await connect("verona other");
    await holder.query("SELECT pg_advisory_lock($1)", [LOCK]);
    await holder.query("UPDATE verona.lease SET holder = 'other', beat = 7");
    const next = open();
    await eventually(() => expect(said()).toContain("waiting as a standby"));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LONG_MS);
    await holder.query("SELECT pg_sleep(0.5)");
    await holder.query("UPDATE verona.lease SET beat = 8");
    expect(await isPending(next)).toBe(true);
    expect(said().join()).not.toContain("is silent");
  });

  it("belongs to a standby that has begun an epoch, and lost its session before the answer", async () => {
    await close(await open());
    const holder = await connect("verona other");
    await holder.query("SELECT pg_advisory_lock($1)", [LOCK]);
    await holder.query("UPDATE verona.lease SET holder = 'other'");
    const next = open();
    await eventually(() => expect(sql("SELECT count(*) FROM verona.standby")).toBe("1"));
    await holder.query("UPDATE verona.lease SET epoch = epoch + 1, holder = (SELECT id FROM verona.standby)");
    await holder.end();
    expect((await next).lease?.isHeld).toBe(true);
  });

  it("begins an epoch only from the state that was seen, or again for the same process", async () => {
    await close(await open());
    const client = await connect();
    sql("UPDATE verona.lease SET epoch = 0, beat = 0");
    const begin = async (id: string, epoch: number, beat: number) =>
      (await client.query(BEGIN_EPOCH, ["commit", id, epoch, beat])).rows;
    expect(await begin("one", 0, 1)).toEqual([]);
    expect(await begin("one", 1, 0)).toEqual([]);
    expect(await begin("one", 0, 0)).toEqual([{ epoch: "1" }]);
    expect(await begin("two", 0, 0)).toEqual([]);
    expect(sql("SELECT id, holder FROM verona.last_commit, verona.lease")).toBe("commit|one");
    expect(await begin("one", 0, 0)).toEqual([{ epoch: "2" }]);
  });

  it("leaves no rows of standbys that ended long ago", async () => {
    await open();
    sql(
      "INSERT INTO verona.standby VALUES ('old', now() - interval '2 days', true), ('recent', now(), false)",
    );
    open();
    await eventually(() =>
      expect(sql("SELECT count(*), count(*) FILTER (WHERE id = 'old') FROM verona.standby")).toBe("2|0"),
    );
  });

  it("is taken from a silent holder while another standby has the lock and hangs", async () => {
    await close(await open());
    sql("UPDATE verona.lease SET holder = 'ended', beat = 7");
    const hung = await connect(`verona ${randomUUID()}`);
    const ended = new Promise<void>((resolve) => hung.on("end", () => resolve()));
    await hung.query("SELECT pg_advisory_lock($1)", [LOCK]);
    const next = await open();
    await ended;
    expect(next.lease?.isHeld).toBe(true);
    expect(said().filter((text) => text.includes("is silent"))).toHaveLength(1);
  });

  it("is held after its session was lost while the first process made the schema", async () => {
    const other = await connect();
    await other.query("BEGIN; CREATE SCHEMA verona");
    const opening = open();
    await eventually(() => expect(sql("SELECT count(*) FROM pg_locks WHERE NOT granted")).toBe("1"));
    endSessions(`pid = (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LOCK})`);
    await other.query("ROLLBACK");
    expect((await opening).lease?.isHeld).toBe(true);
  });

  it("is renewed at last if the first renewal fails, which the log says", async () => {
    await close(await open());
    sql(`CREATE FUNCTION verona.fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
      CREATE TRIGGER fail BEFORE UPDATE OF beat ON verona.lease FOR EACH ROW EXECUTE FUNCTION verona.fail()`);
    const next = open();
    await eventually(() => expect(said().join()).toContain("the lease has run out"));
    sql("DROP TRIGGER fail ON verona.lease");
    expect((await next).lease?.isHeld).toBe(true);
    expect(said()).toContain("the lease is renewed");
  });

  it("is not waited for by a process without the setting, which is refused", async () => {
    await open();
    await expect(open({})).rejects.toThrow(/^another Verona uses the database/);
  });

  it("is not taken from a process without the setting", async () => {
    const first = await open({});
    const next = open();
    await eventually(() => expect(said()).toContain("waiting as a standby"));
    await new Promise((resolve) => setTimeout(resolve, LONG_MS));
    expect(await isPending(next)).toBe(true);
    await first.commit([{ kind: "room-stored", room }]);
  });

  it("tells the holder of a standby that reaches the server, while the holder has no link", async () => {
    const { lease } = await openPair();
    expect(lease.hasReadyStandby).toBe(false);
    lease.reportLink(false);
    await eventually(() => expect(lease.hasReadyStandby).toBe(true));
    lease.reportLink(true);
    await eventually(() => expect(lease.hasReadyStandby).toBe(false));
  });
});

describe("a process without a standby", () => {
  it("ends when another process took the lock while it had no session", async () => {
    const first = await open({});
    await first.commit([{ kind: "room-stored", room }]);
    const thief = new pg.Client({ connectionString: url });
    await thief.connect();
    const taken = thief.query("SELECT pg_advisory_lock($1)", [LOCK]);
    endSessions("pid = (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)");
    await taken;
    expect((await first.lost)?.message).toMatch(/^another Verona uses the database/);
    await thief.end();
  });
});
