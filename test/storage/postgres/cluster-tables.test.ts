// The tables of nodes and slots (docs/decisions/0058).
import { randomUUID } from "node:crypto";
import type pg from "pg";
import { describe, expect, it } from "vitest";
import type { ClusterTables, NodeId, OwnedSlot } from "../../../src/cluster/cluster-tables.ts";
import type { JournalEntry } from "../../../src/muc/model/journal.ts";
import { NODE_BURIED } from "../../../src/storage/postgres/functions.ts";
import { writeEntries } from "../../../src/storage/postgres/journal.ts";
import { BURY } from "../../../src/storage/postgres/node-queries.ts";
import { COMMIT_AS_NODE } from "../../../src/storage/postgres/queries.ts";
import { eventually } from "../../support/eventually.ts";
import { room } from "../records.ts";
import { nodesOnPostgres, ownersOf } from "./nodes-on-postgres.ts";

const { open, close, connect, addNode, isRegistered, sql } = nodesOnPostgres();

const owned = async (tables: ClusterTables, slots: readonly number[]): Promise<OwnedSlot[]> => {
  const view = await tables.read();
  return slots.map((slot) => ({ slot, epoch: view.slots[slot]?.epoch ?? -1 }));
};

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
    await one.tables.give(two.id, await owned(one.tables, [1]), [two.id]);
    await expectGrown("given");
    await two.tables.announceLeaving();
    await expectGrown("leaving");
    await close(two.store);
    await expectGrown("left, with a slot");
    const three = await open("three");
    await expectGrown("registered again");
    await close(three.store);
    await expectGrown("left, without slots");
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
    expect(await one.tables.give(two.id, given, [two.id])).toBe(true);
    expect(await one.tables.give(two.id, given, [two.id])).toBe(true);
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
    expect(await one.tables.give(two.id, [first, others], [two.id]), "one of another node").toBe(false);
    expect(await one.tables.give(two.id, [first, nobodys], [two.id]), "one of nobody").toBe(false);
    expect(
      await one.tables.give(two.id, [first, { ...second, epoch: 0 }], [two.id]),
      "an earlier epoch",
    ).toBe(false);
    expect(await one.tables.give(two.id, [{ slot: 256, epoch: 0 }], [two.id]), "no slot").toBe(false);
    expect(await one.tables.give("999", [first], [two.id, "999"]), "to nobody").toBe(false);
    expect(await ownersOf(one.tables)).toEqual(owners);
    sql(`DELETE FROM verona.node WHERE id = ${one.id}`);
    expect(await one.tables.give(two.id, [first], [two.id]), "by an unregistered node").toBe(false);
    expect(await ownersOf(two.tables)).toEqual({ 3: two.id });
  });

  it("changes nothing while a node is registered that has not confirmed what its users were sent", async () => {
    const [one, two] = [await open("one"), await open("two")];
    await one.tables.claim([1]);
    const given = await owned(one.tables, [1]);
    const three = await open("three");
    expect(await one.tables.give(two.id, given, [two.id])).toBe(false);
    expect(await ownersOf(one.tables)).toEqual({ 1: one.id });
    expect(await one.tables.give(two.id, given, [two.id, three.id])).toBe(true);
  });

  it("takes nothing back that returned to this node since, though the call is carried out late", async () => {
    const [one, two] = [await open("one"), await open("two")];
    await one.tables.claim([1]);
    const late = await owned(one.tables, [1]);
    await one.tables.give(two.id, late, [two.id]);
    await two.tables.give(one.id, await owned(two.tables, [1]), [one.id]);
    expect(await one.tables.give(two.id, late, [two.id])).toBe(false);
    expect(await ownersOf(one.tables)).toEqual({ 1: one.id });
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
