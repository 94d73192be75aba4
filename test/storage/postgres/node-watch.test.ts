// How nodes watch and bury each other (docs/decisions/0058).
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { describe, expect, it } from "vitest";
import type { ClusterTables, NodeId, SlotShare } from "../../../src/cluster/cluster-tables.ts";
import { NodeWatch } from "../../../src/storage/postgres/node-watch.ts";
import { COMMIT_AS_NODE } from "../../../src/storage/postgres/queries.ts";
import { eventually } from "../../support/eventually.ts";
import { Beats } from "./beats.ts";
import { nodesOnPostgres, ownersOf } from "./nodes-on-postgres.ts";

/** Longer than the time after which a silent node is buried. */
const LONG_MS = 4_500;

const nodes = nodesOnPostgres();
const { open, close, connect, addNode, isRegistered, log } = nodes;

/** Watches a node, and collects what is buried. */
function watch(tables: ClusterTables, node: NodeId, heirs: readonly SlotShare[] = []): NodeId[] {
  const buried: NodeId[] = [];
  tables.onSilence({ heirs: () => heirs, buried: (dead) => void buried.push(dead) });
  tables.watch([node]);
  return buried;
}

/** Makes a watch for a registered node whose actions are carried out by `run`, on a session of its own. */
async function watchAlone(
  node: NodeId,
  run: <T>(action: (client: pg.ClientBase) => Promise<T>, client: pg.Client) => Promise<T>,
  lease = { isHeld: true },
): Promise<{ nodeWatch: NodeWatch; buried: NodeId[] }> {
  const client = await connect();
  const nodeWatch = new NodeWatch({ node, lease, log, run: (action) => run(action, client) });
  const buried: NodeId[] = [];
  nodeWatch.handlers = { heirs: () => [], buried: (dead) => void buried.push(dead) };
  nodes.after(() => nodeWatch.close());
  return { nodeWatch, buried };
}

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

  it("is buried when its lease is not renewed: its sessions are ended, also if a commit of it hangs", async () => {
    const { tables } = await open("one");
    const dead = await addNode();
    const session = await dead.session();
    const ended = new Promise<void>((resolve) => session.on("end", resolve));
    await session.query("BEGIN");
    await session.query(COMMIT_AS_NODE, [dead.id, "first", "second", "[]", []]);
    const buried = watch(tables, dead.id);
    await sleep(2_500);
    expect(buried).toEqual([]);
    await ended;
    await eventually(() => expect(buried).toEqual([dead.id]));
    expect(nodes.logged).toContain("a node is silent: ending its database sessions");
  });

  it("is not buried while its lease is renewed, though it never had a session", async () => {
    const { tables } = await open("one");
    const other = await addNode();
    const buried = watch(tables, other.id);
    const statement = `UPDATE verona.node SET beat = beat + 1 WHERE id = ${other.id}`;
    const stop = new Beats().begin(await connect(), statement, 500);
    await sleep(LONG_MS);
    await stop();
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
    const { id } = await open("one");
    const dead = await addNode();
    const session = await dead.session();
    let looks = 0;
    const { nodeWatch, buried } = await watchAlone(id, async (action, client) => {
      looks += 1;
      if (looks === 4) await session.end();
      const result = await action(client);
      if (looks === 4) nodeWatch.watch([]);
      return result;
    });
    nodeWatch.watch([dead.id]);
    await eventually(() => expect(looks).toBe(4));
    await sleep(500);
    expect([buried, isRegistered(dead.id)]).toEqual([[], true]);
  });

  it("is not buried because it has no session when the watch has a new one, as after a restart of the database", async () => {
    const { id } = await open("one");
    const other = await addNode();
    const session = await other.session();
    const next = await connect();
    let hasRestarted = false;
    const { nodeWatch, buried } = await watchAlone(id, (action, client) =>
      action(hasRestarted ? next : client),
    );
    nodeWatch.watch([other.id]);
    await sleep(500);
    await session.end();
    hasRestarted = true;
    await sleep(1_000);
    expect(buried).toEqual([]);
  });

  it("is not buried while the database answers so slowly that it could not renew its lease", async () => {
    const { id } = await open("one");
    const other = await addNode();
    const { nodeWatch, buried } = await watchAlone(id, async (action, client) => {
      const result = await action(client);
      await sleep(800);
      return result;
    });
    nodeWatch.watch([other.id]);
    await sleep(2 * LONG_MS);
    expect(buried).toEqual([]);
  });

  it("is not buried as silent while this node has no lease itself", async () => {
    const { id } = await open("one");
    const other = await addNode();
    const lease = { isHeld: false };
    const { nodeWatch, buried } = await watchAlone(id, (action, client) => action(client), lease);
    nodeWatch.watch([other.id]);
    await sleep(LONG_MS);
    expect(buried).toEqual([]);
    lease.isHeld = true;
    await eventually(() => expect(buried).toEqual([other.id]));
  });

  it.each([
    [
      "restarts",
      async () => {
        await nodes.server.kill();
        await nodes.server.start();
      },
    ],
    [
      "does not answer for a while",
      async () => {
        nodes.server.pause();
        await sleep(LONG_MS);
        nodes.server.resume();
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
    const { id } = await open("one");
    const dead = await addNode([1]);
    const session = await dead.session();
    // Carries out everything twice, as after a lost answer.
    const { nodeWatch, buried } = await watchAlone(id, async (action, client) => {
      await action(client);
      return action(client);
    });
    nodeWatch.watch([dead.id]);
    await sleep(500);
    await session.end();
    await eventually(() => expect(buried).toEqual([dead.id]));
  });
});
