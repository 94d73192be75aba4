// Nodes that share a database: registration, lease and what they exclude (docs/decisions/0058).
import { randomUUID } from "node:crypto";
import pg from "pg";
import pino from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RunningPostgres, startPostgres } from "../../../dev/servers/postgres.ts";
import { beginEpoch } from "../../../src/storage/postgres/epoch-record.ts";
import { LOCK } from "../../../src/storage/postgres/lock.ts";
import { migrate } from "../../../src/storage/postgres/migrate.ts";
import { MIGRATIONS } from "../../../src/storage/postgres/migrations.ts";
import type { PostgresStore } from "../../../src/storage/postgres/store.ts";
import { StorageError } from "../../../src/storage/store.ts";
import { eventually } from "../../support/eventually.ts";
import { isPending } from "../../support/is-pending.ts";
import { archived, heath, message, room } from "../records.ts";
import { Beats } from "./beats.ts";
import { OpenedStores } from "./opened-stores.ts";
import { openWay } from "./way.ts";

const EARLY_FUNCTIONS = "CREATE FUNCTION verona.commit_entries() RETURNS void LANGUAGE sql AS 'SELECT'";
const STANDBY = { reachesServer: async () => true };

let server: RunningPostgres;
let url: string;
let logged: string[];
let stores: OpenedStores;
let sessions: pg.Client[];
const beats = new Beats();
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(() => {
  logged = [];
  stores = new OpenedStores(log);
  sessions = [];
  url = server.createDatabase();
});
afterEach(async () => {
  server.resume();
  await beats.stopAll();
  for (const session of sessions) await session.end().catch(() => {});
  await stores.closeAll();
});

const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line).msg) });
const sql = (text: string): string => server.sql(text, new URL(url).pathname.slice(1));

const open = (options: Parameters<OpenedStores["open"]>[1], address = url): Promise<PostgresStore> =>
  stores.open(address, options);
const close = (store: PostgresStore): Promise<void> => stores.close(store);

const openNode = (name: string): Promise<PostgresStore> => open({ cluster: { name } });

const faultOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "none",
    (error) => {
      expect(error).toBeInstanceOf(StorageError);
      return String(error.message);
    },
  );

/** Opens a session of somebody else. */
async function connect(name?: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name });
  client.on("error", () => {});
  await client.connect();
  sessions.push(client);
  return client;
}

/** Makes the row of a node whose process is not there, or has the session `verona ID`. */
function addNode(name: string, id: string = randomUUID()): void {
  sql(`WITH added AS (INSERT INTO verona.node (name, holder, beat, seen, link_up, is_ready)
      VALUES ('${name}', '${id}', 5, now(), true, true) RETURNING id)
    INSERT INTO verona.node_commit SELECT id, 'first' FROM added`);
}

/** Ends the sessions of a node, so that its process seems to be gone. */
const endSessionsOf = (name: string): string =>
  sql(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE application_name = 'verona ' || (SELECT holder FROM verona.node WHERE name = '${name}')`);

/** Renews the lease of a node in place of its process, until the function that it returns is called. */
const beatFor = (client: pg.Client, name: string): (() => Promise<void>) =>
  beats.begin(client, `UPDATE verona.node SET beat = beat + 1 WHERE name = '${name}'`);

describe("nodes of one database", () => {
  it("wait for another one that registers, and say so once", async () => {
    const session = new pg.Client(url);
    sessions.push(session);
    await session.connect();
    await session.query(`SELECT pg_advisory_lock(${LOCK + 1})`);
    const node = openNode("n1");
    await eventually(() => expect(logged).toContainEqual(expect.stringContaining("another node registers")));
    const attempts = new Set<string>();
    await eventually(() => {
      attempts.add(
        sql("SELECT max(query_start) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_try_advisory_lock(%'"),
      );
      expect(attempts.size).toBeGreaterThan(3);
    });
    expect(await isPending(node)).toBe(true);
    await session.end();
    await node;
    expect(logged.filter((line) => line.includes("another node registers"))).toHaveLength(1);
  });

  it("serve together, each with a lease and commits of its own", async () => {
    const [one, two] = await Promise.all([openNode("one"), openNode("two")]);
    expect([one.lease?.isHeld, two.lease?.isHeld]).toEqual([true, true]);
    await Promise.all([
      one.commit([{ kind: "room-stored", room }]),
      two.commit([{ kind: "room-stored", room: heath }]),
    ]);
    await one.commit([archived("coven", message(1))]);
    await two.commit([archived("heath", message(2))]);
    expect(await one.countMessages()).toBe(2);
    expect(sql("SELECT name FROM verona.node ORDER BY name")).toBe("one\ntwo");
  });

  it("tell each other that they have a link, while their leases are renewed", async () => {
    const [one, two] = [await openNode("one"), await openNode("two")];
    expect(one.lease?.hasReadyStandby).toBe(false);
    two.lease?.reportLink(true);
    await eventually(() => expect(one.lease?.hasReadyStandby).toBe(true));
    expect(two.lease?.hasReadyStandby).toBe(false);
    const holder = await connect();
    await holder.query("BEGIN; SELECT FROM verona.node WHERE name = 'two' FOR UPDATE");
    await eventually(() => expect(one.lease?.hasReadyStandby).toBe(false));
    await holder.query("ROLLBACK");
  });

  it("are forgotten when they end", async () => {
    await close(await openNode("one"));
    expect(sql("SELECT count(*) FROM verona.node")).toBe("0");
    expect(
      sql(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid IN (${LOCK}, ${LOCK + 1})`),
    ).toBe("0");
  });

  it("have one secret, made once", async () => {
    await close(await openNode("one"));
    const secret = sql("SELECT secret FROM verona.cluster");
    expect(secret).toMatch(/^[\w-]{43}$/);
    await openNode("two");
    expect(sql("SELECT secret FROM verona.cluster")).toBe(secret);
  });

  it("are given a number that is never used again", async () => {
    await close(await openNode("one"));
    const one = await openNode("one");
    const numbers = sql("SELECT id FROM verona.node");
    await close(one);
    expect([numbers, sql("SELECT last_value FROM verona.node_id_seq")]).toEqual(["2", "2"]);
  });
});

describe("a node that begins", () => {
  it("is refused while another one of its name lives", async () => {
    await openNode("one");
    expect(await faultOf(openNode("one"))).toMatch(
      /^another node of the database 127.* has the name one: give each node a name of its own$/,
    );
  });

  it("waits for the end of another one of its name, as at a restart", async () => {
    const first = await openNode("one");
    const next = openNode("one");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await close(first);
    expect((await next).lease?.isHeld).toBe(true);
  });

  it("removes another one of its name that renews its lease no more, and ends its sessions", async () => {
    await close(await openNode("two"));
    const id = randomUUID();
    addNode("one", id);
    const ended = new Promise<void>(
      (resolve) => void connect(`verona ${id}`).then((session) => session.on("end", resolve)),
    );
    await eventually(() =>
      expect(sql(`SELECT count(*) FROM pg_stat_activity WHERE application_name = 'verona ${id}'`)).toBe("1"),
    );
    const next = await openNode("one");
    await ended;
    expect(next.lease?.isHeld).toBe(true);
    expect(sql(`SELECT count(*) FROM verona.node WHERE holder = '${id}'`)).toBe("0");
  });

  it("does not remove another one of its name that had no session for a moment, and renews its lease", async () => {
    await close(await openNode("two"));
    addNode("one");
    const stop = beatFor(await connect(), "one");
    expect(await faultOf(openNode("one"))).toMatch(/has the name one/);
    await stop();
  });

  it("registers once if it loses the answer with its session", async () => {
    await openNode("two");
    const way = await openWay(url);
    const blocker = await connect();
    await blocker.query("BEGIN; SELECT FROM verona.cluster FOR UPDATE");
    const next = open({ cluster: { name: "one" } }, way.url);
    const waits =
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'register_node'";
    await eventually(() => expect(sql(waits)).toBe("1"));
    way.hold();
    await blocker.query("COMMIT");
    const numbers = "SELECT id FROM verona.node WHERE name = 'one'";
    await eventually(() => expect(sql(numbers)).not.toBe(""));
    const number = sql(numbers);
    endSessionsOf("one");
    way.release();
    expect((await next).lease?.isHeld).toBe(true);
    expect(sql(numbers)).toBe(number);
    await close(await next);
    await way.close();
  });
});

describe("nodes and a single process exclude each other:", () => {
  it("a node is refused while a single process serves", async () => {
    await open({});
    expect(await faultOf(openNode("one"))).toMatch(/^another Verona uses the database/);
  });

  it("a node is refused while a single process has lost the lock, and renews its lease", async () => {
    await close(await open({ standby: STANDBY }));
    sql("UPDATE verona.lease SET holder = 'single'");
    const client = await connect();
    beats.begin(client, "UPDATE verona.lease SET beat = beat + 1");
    expect(await faultOf(openNode("one"))).toMatch(
      /^another Verona uses the database .* \(a single process\)/,
    );
  });

  it("a node waits until a single process that was killed has no lease any more", async () => {
    await close(await open({ standby: STANDBY }));
    sql("UPDATE verona.lease SET holder = 'single'");
    const started = Number(sql("SELECT epoch FROM verona.lease"));
    const next = openNode("one");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await isPending(next)).toBe(true);
    expect((await next).lease?.isHeld).toBe(true);
    expect(sql("SELECT epoch, holder IS NULL FROM verona.lease")).toBe(`${started + 1}|t`);
  });

  it("no commit of a single process succeeds after a node has registered", async () => {
    const single = await open({});
    await single.commit([{ kind: "room-stored", room }]);
    const thief = await connect();
    const taken = thief.query("SELECT pg_advisory_lock_shared($1)", [LOCK]);
    sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted");
    await taken;
    const before = sql("SELECT id FROM verona.last_commit");
    await openNode("one");
    expect(sql("SELECT id FROM verona.last_commit")).not.toBe(before);
    expect(await faultOf(single.commit([archived("coven", message(1))]))).toMatch(
      /another Verona uses|last commit/,
    );
    expect(String((await single.lost).message)).toMatch(/^another Verona uses the database/);
  });

  it("a single process is refused while a node serves", async () => {
    await openNode("one");
    expect(await faultOf(open({}))).toMatch(/^another Verona uses the database/);
  });

  it("a single process is refused while a node has lost the lock, and renews its lease", async () => {
    await close(await openNode("two"));
    addNode("one");
    const stop = beatFor(await connect(), "one");
    expect(await faultOf(open({}))).toMatch(
      /^another Verona uses the database .* \(the node one of a cluster\)/,
    );
    await stop();
    expect(sql("SELECT name FROM verona.node")).toBe("one");
  });

  it("a standby waits for nodes, and takes over when the last one has ended", async () => {
    const node = await openNode("one");
    const next = open({ standby: STANDBY });
    await eventually(() => expect(logged).toContain("waiting as a standby"));
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(await isPending(next)).toBe(true);
    expect(node.lease?.isHeld).toBe(true);
    await close(node);
    expect((await next).lease?.isHeld).toBe(true);
  });

  it("a standby waits for a node that has lost the lock, and renews its lease", async () => {
    await close(await openNode("two"));
    addNode("one");
    const stop = beatFor(await connect(), "one");
    const next = open({ standby: STANDBY });
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(await isPending(next)).toBe(true);
    await stop();
    expect((await next).lease?.isHeld).toBe(true);
    expect(sql("SELECT count(*) FROM verona.node")).toBe("0");
  });

  it("the epoch of a single process ends all registrations, unless it cannot begin", async () => {
    await close(await openNode("two"));
    addNode("one");
    const client = await connect();
    const seen = { lastCommit: "single", id: "single", epoch: sql("SELECT epoch FROM verona.lease") };
    expect(await beginEpoch(client, { ...seen, beat: "999" })).toBe(undefined);
    expect(sql("SELECT name FROM verona.node")).toBe("one");
    expect(await beginEpoch(client, { ...seen, beat: "0" })).toBe(String(Number(seen.epoch) + 1));
    expect(sql("SELECT count(*) FROM verona.node_commit")).toBe("0");
    addNode("one");
    expect(await beginEpoch(client, { ...seen, id: undefined, beat: "999" })).toBeDefined();
    expect(sql("SELECT count(*) FROM verona.node_commit")).toBe("0");
  });

  it("an epoch can begin in a database without tables for nodes", async () => {
    const client = await connect();
    await migrate(client, "it", MIGRATIONS.slice(0, 10), EARLY_FUNCTIONS);
    const seen = { lastCommit: "single", id: "single", epoch: "0", beat: "0" };
    expect(await beginEpoch(client, seen)).toBe("1");
  });
});

describe("a node's lease", () => {
  it("is lost when its registration is removed", async () => {
    const node = await openNode("one");
    sql("DELETE FROM verona.node");
    expect(String(await node.lost)).toMatch(/this node is not registered .* any more/);
    expect(node.lease?.isHeld).toBe(false);
  });

  it("is renewed, with the shared lock, after its session has ended", async () => {
    const node = await openNode("one");
    expect(Number(endSessionsOf("one"))).toBeGreaterThan(1);
    await node.commit([{ kind: "room-stored", room }]);
    await eventually(() => expect(node.lease?.isHeld).toBe(true));
    const locks = `SELECT mode FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = ${LOCK}`;
    await eventually(() => expect(sql(locks)).toBe("ShareLock"));
  });

  it("runs out while the database does not answer, and is held again after it", async () => {
    const node = await openNode("one");
    server.pause();
    await eventually(() => expect(node.lease?.isHeld).toBe(false));
    server.resume();
    await eventually(() => expect(node.lease?.isHeld).toBe(true));
  });
});

describe("the schema", () => {
  it("is made by the first of several nodes that begin together", async () => {
    const nodes = await Promise.all(["one", "two", "three"].map(openNode));
    expect(nodes.map(({ lease }) => lease?.isHeld)).toEqual([true, true, true]);
  });

  it("is not changed while other nodes live: the node that would do it is refused", async () => {
    await openNode("one");
    sql("COMMENT ON FUNCTION verona.commit_entries IS 'of another version'");
    expect(await faultOf(openNode("two"))).toMatch(
      /must be changed for this version while no node runs, and the node one does: stop all nodes for this upgrade$/,
    );
    expect(sql("SELECT obj_description('verona.commit_entries'::regproc)")).toBe("of another version");
  });

  it("is changed when the other nodes have ended", async () => {
    const one = await openNode("one");
    sql("COMMENT ON FUNCTION verona.commit_entries IS 'of another version'");
    const next = openNode("two");
    await close(one);
    await next;
    expect(sql("SELECT obj_description('verona.commit_entries'::regproc)")).toMatch(/^SHA-256/);
  });

  it("is not changed by a node that connects to the database again", async () => {
    const node = await openNode("one");
    sql("COMMENT ON FUNCTION verona.commit_entries IS 'of another version'");
    endSessionsOf("one");
    await node.commit([{ kind: "room-stored", room }]);
    expect(sql("SELECT obj_description('verona.commit_entries'::regproc)")).toBe("of another version");
  });

  it("of a newer version is refused", async () => {
    await migrate(await connect(), "it");
    sql("INSERT INTO verona.schema_version VALUES (999)");
    expect(await faultOf(openNode("one"))).toMatch(/written by a newer version \(schema version 999/);
  });
});
