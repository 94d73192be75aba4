// The tables of nodes and slots, and how nodes bury each other (docs/decisions/0058).
import { randomUUID } from "node:crypto";
import pg from "pg";
import pino from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RunningPostgres, startPostgres } from "../../../dev/servers/postgres.ts";
import type { ClusterTables, NodeId, OwnedSlot, SlotShare } from "../../../src/cluster/cluster-tables.ts";
import type { JournalEntry } from "../../../src/muc/model/journal.ts";
import { NODE_BURIED } from "../../../src/storage/postgres/functions.ts";
import { writeEntries } from "../../../src/storage/postgres/journal.ts";
import { BURY } from "../../../src/storage/postgres/node-queries.ts";
import { NodeWatch } from "../../../src/storage/postgres/node-watch.ts";
import { COMMIT_AS_NODE } from "../../../src/storage/postgres/queries.ts";
import { PostgresStore } from "../../../src/storage/postgres/store.ts";
import { eventually } from "../../support/eventually.ts";
import { room } from "../records.ts";

/** Longer than the time after which a silent node is buried. */
const LONG_MS = 4_500;

let server: RunningPostgres;
let url: string;
let logged: string[];
let opened: PostgresStore[];
let closed: Set<PostgresStore>;
let sessions: pg.Client[];
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());
beforeEach(() => {
  logged = [];
  opened = [];
  closed = new Set();
  sessions = [];
  url = server.createDatabase();
});
afterEach(async () => {
  server.resume();
  for (const session of sessions) await session.end().catch(() => {});
  for (const store of opened) await close(store);
});

const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line).msg) });
const sql = (text: string): string => server.sql(text, new URL(url).pathname.slice(1));
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function open(name: string): Promise<{ store: PostgresStore; tables: ClusterTables; id: NodeId }> {
  const store = await PostgresStore.open(url, log, { cluster: { name } });
  opened.push(store);
  if (!store.cluster) throw new Error("no tables");
  return { store, tables: store.cluster, id: store.cluster.self.id };
}

async function close(store: PostgresStore): Promise<void> {
  if (closed.has(store)) return;
  closed.add(store);
  await store.close();
}

async function connect(name?: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name });
  client.on("error", () => {});
  await client.connect();
  sessions.push(client);
  return client;
}

/** A node without a process, which owns slots and may have a session. */
async function addNode(
  slots: readonly number[] = [],
): Promise<{ id: NodeId; session(): Promise<pg.Client> }> {
  const holder = randomUUID();
  const id = sql(`INSERT INTO verona.node (name, holder, beat, seen, link_up, is_ready)
    VALUES ('${holder}', '${holder}', 5, now(), true, true) RETURNING id`);
  sql(`INSERT INTO verona.node_commit VALUES (${id}, 'first');
    UPDATE verona.slot SET node = ${id} WHERE number = ANY ('{${slots}}')`);
  return { id, session: () => connect(`verona ${holder}`) };
}

/** Owners by slot, of those slots that have one. */
async function ownersOf(tables: ClusterTables): Promise<Record<number, NodeId>> {
  const { slots } = await tables.read();
  return Object.fromEntries(slots.flatMap(({ owner }, slot) => (owner === undefined ? [] : [[slot, owner]])));
}

const owned = async (tables: ClusterTables, slots: readonly number[]): Promise<OwnedSlot[]> => {
  const view = await tables.read();
  return slots.map((slot) => ({ slot, epoch: view.slots[slot]?.epoch ?? -1 }));
};

/** Watches a node, and collects what is buried. */
function watch(tables: ClusterTables, node: NodeId, heirs: readonly SlotShare[] = []): NodeId[] {
  const buried: NodeId[] = [];
  tables.onSilence({ heirs: () => heirs, buried: (dead) => void buried.push(dead) });
  tables.watch([node]);
  return buried;
}

const isRegistered = (id: NodeId): boolean =>
  sql(`SELECT count(*) FROM verona.node WHERE id = ${id}`) === "1";

describe("the tables", () => {
  it("begin with slots of nobody, and this node", async () => {
    const { tables, id } = await open("one");
    expect(tables.self).toEqual({ id, name: "one", isReady: false });
    const { nodes, slots } = await tables.read();
    expect(nodes).toEqual([{ id, name: "one", isReady: false }]);
    expect(slots).toEqual(Array.from({ length: 256 }, () => ({ owner: undefined, epoch: 0 })));
    expect(tables.secret).toBe(sql("SELECT secret FROM verona.cluster"));
  });

  it("have a version that grows with each change, and not with renewals", async () => {
    const one = await open("one");
    let { version } = await one.tables.read();
    const expectGrown = async (what: string): Promise<void> => {
      const now = (await one.tables.read()).version;
      expect(now, what).toBeGreaterThan(version);
      version = now;
    };
    await one.tables.announceReady();
    await expectGrown("ready");
    const two = await open("two");
    await expectGrown("registered");
    await one.tables.claim([1, 2]);
    await expectGrown("claimed");
    await one.tables.give(two.id, await owned(one.tables, [1]));
    await expectGrown("given");
    await two.tables.announceLeaving();
    await expectGrown("leaving");
    await close(two.store);
    await expectGrown("left");
    const beat = sql("SELECT beat FROM verona.node");
    await eventually(() =>
      expect(Number(sql("SELECT beat FROM verona.node"))).toBeGreaterThan(Number(beat) + 1),
    );
    await one.tables.claim([2]);
    expect((await one.tables.read()).version).toBe(version);
  });

  it("tell their version at each renewal of the lease", async () => {
    const { tables } = await open("one");
    const versions: number[] = [];
    tables.onVersion((version) => void versions.push(version));
    await eventually(() => expect(versions.length).toBeGreaterThan(1));
    await tables.announceReady();
    const { version } = await tables.read();
    await eventually(() => expect(versions.at(-1)).toBe(version));
    expect(versions[0]).toBeLessThan(version);
  });

  it("say which nodes are ready, until they leave", async () => {
    const { tables } = await open("one");
    await tables.announceReady();
    expect([(await tables.read()).nodes[0]?.isReady, tables.self.isReady]).toEqual([true, true]);
    await tables.announceLeaving();
    expect([(await tables.read()).nodes[0]?.isReady, tables.self.isReady]).toEqual([false, false]);
  });

  it("of a node that has ended have no slots of it, each in a new epoch", async () => {
    const [one, two] = [await open("one"), await open("two")];
    await two.tables.claim([7]);
    await close(two.store);
    expect(await ownersOf(one.tables)).toEqual({});
    expect((await one.tables.read()).slots[7]?.epoch).toBe(2);
  });
});

describe("claim", () => {
  it("takes the slots that nobody owns, in a new epoch", async () => {
    const [one, two] = [await open("one"), await open("two")];
    await one.tables.claim([1, 2]);
    await two.tables.claim([2, 3]);
    expect(await ownersOf(one.tables)).toEqual({ 1: one.id, 2: one.id, 3: two.id });
    expect((await two.tables.read()).slots.slice(0, 4).map(({ epoch }) => epoch)).toEqual([0, 1, 1, 1]);
  });

  it("takes nothing for a node that is not registered any more", async () => {
    const { tables } = await open("one");
    sql("DELETE FROM verona.node");
    await tables.claim([1]);
    expect(await ownersOf(tables)).toEqual({});
  });
});

describe("give", () => {
  it("makes another node the owner, in the next epoch, and says so again when it is repeated", async () => {
    const [one, two] = [await open("one"), await open("two")];
    await one.tables.claim([1, 2, 3]);
    const given = await owned(one.tables, [1, 2]);
    expect(await one.tables.give(two.id, given)).toBe(true);
    expect(await one.tables.give(two.id, given)).toBe(true);
    expect(await ownersOf(one.tables)).toEqual({ 1: two.id, 2: two.id, 3: one.id });
    expect(await owned(two.tables, [1, 2])).toEqual(
      given.map(({ slot, epoch }) => ({ slot, epoch: epoch + 1 })),
    );
  });

  it("changes nothing unless both nodes are registered, and this one owns all slots in these epochs", async () => {
    const [one, two] = [await open("one"), await open("two")];
    await one.tables.claim([1, 2]);
    await two.tables.claim([3]);
    const owners = await ownersOf(one.tables);
    const [first, second, others, nobodys] = await owned(one.tables, [1, 2, 3, 4]);
    if (!first || !second || !others || !nobodys) throw new Error("no slots");
    expect(await one.tables.give(two.id, [first, others]), "one of another node").toBe(false);
    expect(await one.tables.give(two.id, [first, nobodys]), "one of nobody").toBe(false);
    expect(await one.tables.give(two.id, [first, { ...second, epoch: 0 }]), "an earlier epoch").toBe(false);
    expect(await one.tables.give(two.id, [{ slot: 256, epoch: 0 }]), "no slot").toBe(false);
    expect(await one.tables.give("999", [first]), "to nobody").toBe(false);
    expect(await ownersOf(one.tables)).toEqual(owners);
    sql(`DELETE FROM verona.node WHERE id = ${one.id}`);
    expect(await one.tables.give(two.id, [first]), "by an unregistered node").toBe(false);
    expect(await ownersOf(two.tables)).toEqual({ 3: two.id });
  });

  it("takes nothing back that returned to this node since, though the call is carried out late", async () => {
    const [one, two] = [await open("one"), await open("two")];
    await one.tables.claim([1]);
    const late = await owned(one.tables, [1]);
    await one.tables.give(two.id, late);
    await two.tables.give(one.id, await owned(two.tables, [1]));
    expect(await one.tables.give(two.id, late)).toBe(false);
    expect(await ownersOf(one.tables)).toEqual({ 1: one.id });
  });
});

describe("a node that is watched", () => {
  it("is buried when its sessions end; its slots go to heirs that are registered, the rest to nobody", async () => {
    const [one, two] = [await open("one"), await open("two")];
    const dead = await addNode([1, 2, 3, 4]);
    const session = await dead.session();
    await two.tables.claim([9]);
    const buried = watch(one.tables, dead.id, [
      { to: one.id, slots: [1, 9] },
      { to: two.id, slots: [2] },
      { to: "999", slots: [3] },
    ]);
    await sleep(500);
    expect(buried).toEqual([]);
    await session.end();
    await eventually(() => expect(buried).toEqual([dead.id]));
    expect(await ownersOf(one.tables)).toEqual({ 1: one.id, 2: two.id, 9: two.id });
    expect((await one.tables.read()).slots[3]?.epoch).toBe(2);
    expect(isRegistered(dead.id)).toBe(false);
    await sleep(500);
    expect(buried).toEqual([dead.id]);
  });

  it("is buried by one of those that watch it", async () => {
    const [one, two] = [await open("one"), await open("two")];
    const dead = await addNode([1]);
    const session = await dead.session();
    const buried = [one, two].map(({ tables, id }) => watch(tables, dead.id, [{ to: id, slots: [1] }]));
    await sleep(500);
    await session.end();
    await eventually(() => expect(buried.flat()).toEqual([dead.id]));
    await sleep(500);
    expect(buried.flat()).toEqual([dead.id]);
    expect(await ownersOf(one.tables)).toEqual({ 1: buried[0]?.length === 1 ? one.id : two.id });
  });

  it("is buried when its lease is not renewed, and its sessions are ended", async () => {
    const { tables } = await open("one");
    const dead = await addNode();
    const ended = new Promise<void>(
      (resolve) => void dead.session().then((client) => client.on("end", resolve)),
    );
    const buried = watch(tables, dead.id);
    await sleep(2_500);
    expect(buried).toEqual([]);
    await ended;
    await eventually(() => expect(buried).toEqual([dead.id]));
    expect(logged).toContain("a node is silent: ending its database sessions");
  });

  it("is not buried while its lease is renewed, though it never had a session", async () => {
    const { tables } = await open("one");
    const other = await addNode();
    const buried = watch(tables, other.id);
    const client = await connect();
    const timer = setInterval(
      () => void client.query("UPDATE verona.node SET beat = beat + 1 WHERE id = $1", [other.id]),
      500,
    );
    await sleep(LONG_MS);
    clearInterval(timer);
    expect(buried).toEqual([]);
    expect(isRegistered(other.id)).toBe(true);
  });

  it("is not buried when it has ended in order, which the others see in the tables", async () => {
    const [one, two] = [await open("one"), await open("two")];
    const buried = watch(one.tables, two.id);
    await sleep(500);
    await close(two.store);
    await sleep(500);
    expect(buried).toEqual([]);
  });

  it("is not buried any more after others are watched in its place", async () => {
    const { tables } = await open("one");
    const [first, second] = [await addNode(), await addNode()];
    const session = await first.session();
    const next = await second.session();
    const buried = watch(tables, first.id);
    await sleep(500);
    tables.watch([second.id]);
    await session.end();
    await sleep(500);
    await next.end();
    await eventually(() => expect(buried).toEqual([second.id]));
    expect(isRegistered(first.id)).toBe(true);
  });

  it("is not buried if it was seen to be gone after others were watched in its place", async () => {
    const { store, id } = await open("one");
    const dead = await addNode();
    const session = await dead.session();
    const client = await connect();
    if (!store.lease) throw new Error("no lease");
    const buried: NodeId[] = [];
    let looks = 0;
    const nodeWatch = new NodeWatch({
      ...{ node: id, lease: store.lease, log },
      async run(action) {
        looks += 1;
        if (looks === 4) await session.end();
        const result = await action(client);
        if (looks === 4) nodeWatch.watch([]);
        return result;
      },
    });
    nodeWatch.handlers = { heirs: () => [], buried: (node) => void buried.push(node) };
    nodeWatch.watch([dead.id]);
    await eventually(() => expect(looks).toBe(4));
    await sleep(500);
    await nodeWatch.close();
    expect([buried, isRegistered(dead.id)]).toEqual([[], true]);
  });

  it.each([
    [
      "restarts",
      async () => {
        await server.kill();
        await server.start();
      },
    ],
    [
      "does not answer for a while",
      async () => {
        server.pause();
        await sleep(LONG_MS);
        server.resume();
      },
    ],
  ])("is not buried when the database %s", async (_, strike) => {
    const [one, two] = [await open("one"), await open("two")];
    const buried = [watch(one.tables, two.id), watch(two.tables, one.id)];
    await sleep(500);
    await strike();
    await eventually(() => expect([one.store.lease?.isHeld, two.store.lease?.isHeld]).toEqual([true, true]));
    await sleep(LONG_MS);
    expect(buried.flat()).toEqual([]);
    expect([one.store.lease?.isHeld, two.store.lease?.isHeld]).toEqual([true, true]);
  });

  it("is buried, and told so, if the answer to the burial was lost", async () => {
    const { store, id } = await open("one");
    const dead = await addNode([1]);
    const session = await dead.session();
    const client = await connect();
    if (!store.lease) throw new Error("no lease");
    // Carries out everything twice, as after a lost answer.
    const nodeWatch = new NodeWatch({
      ...{ node: id, lease: store.lease, log },
      async run(action) {
        await action(client);
        return action(client);
      },
    });
    const buried: NodeId[] = [];
    nodeWatch.handlers = { heirs: () => [{ to: id, slots: [1] }], buried: (node) => void buried.push(node) };
    nodeWatch.watch([dead.id]);
    await sleep(500);
    await session.end();
    await eventually(() => expect(buried).toEqual([dead.id]));
    await nodeWatch.close();
  });
});

describe("a burial", () => {
  const bury = async (client: pg.Client, burier: NodeId, dead: NodeId, beat: number): Promise<boolean> =>
    (await client.query(BURY, [burier, dead, beat, "[]"])).rows[0]?.is_buried;

  const commit = (client: pg.Client, id: NodeId, previous: string, entries: readonly JournalEntry[]) =>
    client.query(COMMIT_AS_NODE, [id, previous, randomUUID(), ...writeEntries(entries)]);

  it("does nothing if the node has renewed its lease since, or the burier is not registered", async () => {
    const { id } = await open("one");
    const [dead, client] = [await addNode([1]), await connect()];
    expect(await bury(client, id, dead.id, 4)).toBe(false);
    expect(await bury(client, "999", dead.id, 5)).toBe(false);
    expect(isRegistered(dead.id)).toBe(true);
    expect(await bury(client, id, dead.id, 5)).toBe(true);
    expect(await bury(client, id, dead.id, 5)).toBe(false);
  });

  it("does nothing if the node's renewal is under way", async () => {
    const { id } = await open("one");
    const [dead, client, renewal] = [await addNode(), await connect(), await connect()];
    await renewal.query("BEGIN");
    await renewal.query("UPDATE verona.node SET beat = beat + 1 WHERE id = $1", [dead.id]);
    const burial = bury(client, id, dead.id, 5);
    await eventually(() => expect(sql("SELECT count(*) FROM pg_locks WHERE NOT granted")).toBe("1"));
    await renewal.query("COMMIT");
    expect(await burial).toBe(false);
  });

  it("waits for the node's commit under way; the next one fails", async () => {
    const { id } = await open("one");
    const [dead, client, session] = [await addNode([1]), await connect(), await connect()];
    await session.query("BEGIN");
    await commit(session, dead.id, "first", [{ kind: "room-stored", room }]);
    const burial = bury(client, id, dead.id, 5);
    await eventually(() => expect(sql("SELECT count(*) FROM pg_locks WHERE NOT granted")).toBe("1"));
    await session.query("COMMIT");
    expect(await burial).toBe(true);
    expect(sql("SELECT node FROM verona.room")).toBe("coven");
    const last = commit(session, dead.id, "first", [{ kind: "room-removed", node: "coven" }]);
    expect(await last.catch((error: pg.DatabaseError) => error.code)).toBe(NODE_BURIED);
  });

  it("that is under way has the node's commit wait, and fail", async () => {
    const { id } = await open("one");
    const [dead, client, session] = [await addNode([1]), await connect(), await connect()];
    await client.query("BEGIN");
    expect(await bury(client, id, dead.id, 5)).toBe(true);
    const last = commit(session, dead.id, "first", [{ kind: "room-stored", room }]);
    last.catch(() => {});
    await eventually(() => expect(sql("SELECT count(*) FROM pg_locks WHERE NOT granted")).toBe("1"));
    await client.query("COMMIT");
    expect(await last.catch((error: pg.DatabaseError) => error.code)).toBe(NODE_BURIED);
  });

  it("ends the lease of a node that comes back", async () => {
    const [one, two] = [await open("one"), await open("two")];
    const client = await connect();
    const beat = Number(sql(`SELECT beat FROM verona.node WHERE id = ${two.id}`));
    await eventually(async () => expect(await bury(client, one.id, two.id, beat + 1)).toBe(true));
    expect(String(await two.store.lost)).toMatch(/is not registered/);
    expect(two.store.lease?.isHeld).toBe(false);
  });
});
