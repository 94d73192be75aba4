// Several processes that serve one domain behind an ejabberd cluster (docs/decisions/0058).
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join as pathOf } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type EjabberdCluster, startEjabberdCluster } from "../../dev/servers/ejabberd-cluster.ts";
import { startNats } from "../../dev/servers/nats.ts";
import { freePorts } from "../../dev/servers/ports.ts";
import { type RunningPostgres, startPostgres } from "../../dev/servers/postgres.ts";
import { launchVerona, type RunningVerona, WITHOUT_RATES } from "../../dev/verona.ts";
import { heirOf, slotOf } from "../../src/cluster/slots.ts";
import type { Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { conditionOf, configure, join, submittedForm, withId } from "../support/chat.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { ADMIN_ENV, COMPONENT, DOMAIN, USERS } from "../support/servers.ts";
import { errorsAt, seenBy, startTalk } from "../support/talk.ts";
import { veronaWith } from "../transfer/verona.ts";

const TIMEOUT = 120_000;
const addressOf = (node: string): string => `${node}@${COMPONENT.domain}`;
/** Names of rooms of which each of two nodes owns some. */
const ROOMS = Array.from({ length: 8 }, (_, number) => `room${number}`);

let database: RunningPostgres;
let cluster: EjabberdCluster;
let storage: string;
let cleanUp: (() => unknown)[];
beforeAll(async () => {
  [database, cluster] = await Promise.all([
    startPostgres(),
    startEjabberdCluster({ domain: DOMAIN, users: USERS, component: COMPONENT, nodes: 2 }),
  ]);
}, TIMEOUT);
afterAll(() => Promise.all([database?.stop(), cluster?.stop()]));
beforeEach(() => {
  cleanUp = [];
  storage = database.createDatabase();
});
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
}, TIMEOUT);

interface Node extends RunningVerona {
  readonly name: string;
  /** Reads one of its figures (docs/metrics.md). */
  figure(name: string): Promise<number>;
}

/** Starts a node beside an ejabberd node, and waits until it has its links. */
async function startNode(place: 0 | 1, env: Record<string, string> = {}): Promise<Node> {
  const [port] = (await freePorts(1)) as [number];
  const server = cluster.nodes[place];
  if (!server) throw new Error("there is no such ejabberd node");
  const name = `n${place + 1}`;
  const verona = launchVerona({
    ...{ server, ...COMPONENT, storage },
    env: {
      ...{ ...ADMIN_ENV, ...WITHOUT_RATES, VERONA_CLUSTER: "true", VERONA_NODE_NAME: name },
      ...{ VERONA_METRICS_PORT: String(port), ...env },
    },
  });
  cleanUp.push(() => verona.kill());
  await eventually(async () => {
    const readiness = await (await fetch(`http://127.0.0.1:${port}/readyz`)).text();
    expect(readiness.trim()).toBe("serving");
  });
  async function figure(wanted: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(new RegExp(`^${wanted} (\\S+)$`, "m").exec(text)?.[1]);
  }
  return { ...verona, name, figure };
}

/** Starts two nodes, and waits until the rooms are shared out. */
async function startBoth(env: Record<string, string> = {}): Promise<[first: Node, second: Node]> {
  const first = await startNode(0, env);
  await serves(first, 256);
  const second = await startNode(1, env);
  await areBalanced([first, second]);
  return [first, second];
}

const serves = (node: Node, slots: number): Promise<void> =>
  eventually(async () => expect(await node.figure("verona_cluster_slots")).toBe(slots));

/** Waits until each node serves its share of the slots. */
async function areBalanced(nodes: readonly Node[]): Promise<void> {
  const shares = new Map(nodes.map((node) => [node, 0]));
  for (let slot = 0; slot < 256; slot += 1) {
    const heir = heirOf(slot, nodes);
    if (heir) shares.set(heir, (shares.get(heir) ?? 0) + 1);
  }
  await Promise.all([...shares].map(([node, slots]) => serves(node, slots)));
}

async function connect(username: string, place: 0 | 1): Promise<TestClient> {
  const port = cluster.nodes[place]?.clientPort ?? 0;
  const client = await connectClient({ port, domain: DOMAIN, username, password: "password" });
  cleanUp.push(() => client.close().catch(() => {}));
  return client;
}

/** Lets two users, each at another server, enter all rooms, which the first one creates. */
async function enterAll(): Promise<[TestClient, TestClient]> {
  const [one, two] = [await connect("user", 0), await connect("user2", 1)];
  for (const room of ROOMS) {
    await join(one, addressOf(room), "one");
    await configure(one, addressOf(room), { "muc#roomconfig_persistentroom": "1" });
    await join(two, addressOf(room), "two");
  }
  return [one, two];
}

/** Lets the users enter all rooms, and hear each other there. */
async function meetInAll(): Promise<void> {
  const [one, two] = await enterAll();
  for (const room of ROOMS) {
    for (const [speaker, listener] of [
      [one, two],
      [two, one],
    ] as const) {
      const id = `${room}-${speaker.jid}`;
      await isHeard(speaker, room, id);
      await listener.receive(withId(id));
    }
  }
}

/** Finds the presence that tells of a room's end (XEP-0045 section 10.9). */
const isDestruction =
  (room: string) =>
  (stanza: Element): boolean =>
    stanza.is("presence") &&
    (stanza.attrs.from ?? "").startsWith(`${room}/`) &&
    stanza.getChild("x", NS.mucUser)?.getChild("destroy") !== undefined;

/** Sends a message to a room until it comes back; the errors of others are left out. */
async function isHeard(client: TestClient, room: string, id: string): Promise<void> {
  await client.send(
    `<message to="${addressOf(room)}" type="groupchat" id="${id}"><body>${id}</body></message>`,
  );
  const answer = await client.receive(withId(id));
  expect(answer.attrs.type).toBe("groupchat");
}

describe("two nodes behind an ejabberd cluster", () => {
  test(
    "share the rooms, and users of both servers meet in each",
    async () => {
      const nodes = await startBoth();
      const owners = new Set(ROOMS.map((room) => heirOf(slotOf(room), nodes)?.name));
      expect(owners).toEqual(new Set(["n1", "n2"]));
      await meetInAll();
    },
    TIMEOUT,
  );

  test(
    "run the operator's commands on rooms of either node, asked at one of them",
    async () => {
      const folder = mkdtempSync(pathOf(tmpdir(), "verona-cluster-"));
      cleanUp.push(() => rmSync(folder, { recursive: true }));
      const socket = { VERONA_CONTROL_SOCKET: pathOf(folder, "control") };
      await startNode(0, socket);
      await startNode(1);
      const [one, two] = await enterAll();
      for (const room of ROOMS) {
        const shown = await veronaWith(socket, storage, "room", "show", room, "--json");
        expect(JSON.parse(shown.stdout)).toMatchObject({ room: addressOf(room), occupants: [{}, {}] });
        const destroyed = await veronaWith(socket, storage, "room", "destroy", room, "--yes");
        expect(destroyed).toMatchObject({ code: 0, stderr: "" });
        for (const client of [one, two]) await client.receive(isDestruction(addressOf(room)));
      }
    },
    TIMEOUT,
  );

  test(
    "do so with NATS between them",
    async () => {
      const nats = await startNats();
      cleanUp.push(() => nats.stop());
      const [, second] = await startBoth({ VERONA_NATS: `nats://127.0.0.1:${nats.port}` });
      await meetInAll();
      expect(await second.stop()).toBe(0);
      await meetInAll();
    },
    TIMEOUT,
  );

  test(
    "keep order, and lose and double nothing, while a node comes and goes and comes again",
    async () => {
      const first = await startNode(0);
      await serves(first, 256);
      const [one, two] = await enterAll();
      const talks = ROOMS.map((room) => startTalk([one, two], addressOf(room)));
      const second = await startNode(1);
      await areBalanced([first, second]);
      expect(await second.stop()).toBe(0);
      await serves(first, 256);
      await areBalanced([first, await startNode(1)]);
      await Promise.all(talks.map((talk) => talk.end()));
      for (const room of ROOMS) {
        await isHeard(one, room, `end-${room}`);
        await two.receive(withId(`end-${room}`));
      }
      expect([...errorsAt(one), ...errorsAt(two)]).toEqual([]);
      for (const [place, room] of ROOMS.entries()) {
        const sent = talks[place]?.sent ?? [];
        for (const reader of [one, two])
          for (const talker of [0, 1]) expect(seenBy(reader, talker, addressOf(room))).toEqual(sent[talker]);
      }
    },
    TIMEOUT,
  );

  test(
    "serve the rooms of a node that is killed, whose users stay in their rooms",
    async () => {
      const [first, second] = await startBoth();
      const [one, two] = await enterAll();
      second.kill();
      await serves(first, 256);
      for (const room of ROOMS) {
        await isHeard(two, room, `after-${room}`);
        await one.receive(withId(`after-${room}`));
      }
    },
    TIMEOUT,
  );

  test(
    "list the rooms of both, with all occupants (XEP-0433, XEP-0030)",
    async () => {
      await startBoth();
      const [one, two] = await enterAll();
      const form = submittedForm("urn:xmpp:channel-search:0:search-params", { min_users: "2", all: "true" });
      for (const client of [one, two]) {
        const search = `<search xmlns="${NS.channelSearch}">${form}</search>`;
        const answer = await client.request(COMPONENT.domain, "get", search);
        const items = answer.getChild("result", NS.channelSearch)?.getChildren("item") ?? [];
        expect(items.map(({ attrs }) => attrs.address).sort()).toEqual(ROOMS.map(addressOf));
        expect(items.map((item) => item.getChild("nusers")?.getText())).toEqual(ROOMS.map(() => "2"));
      }
    },
    TIMEOUT,
  );

  test(
    "let an administrator announce in all rooms, count all, and destroy a room of the other node (XEP-0133)",
    async () => {
      await startBoth();
      const [one, two] = await enterAll();
      const admin = await connect("admin", 1);
      const command = (node: string, form: string): string =>
        `<command xmlns="${NS.commands}" node="${node}">${form}</command>`;
      const run = (node: string, form = "") => admin.request(COMPONENT.domain, "set", command(node, form));
      const ADMIN = "http://jabber.org/protocol/admin";
      const announced = await run(`${ADMIN}#announce`, submittedForm(ADMIN, { announcement: "Hear all" }));
      expect(announced.toString()).toContain(`Rooms notified: ${ROOMS.length}`);
      for (const room of ROOMS)
        for (const client of [one, two])
          await client.receive(
            (stanza) =>
              stanza.attrs.from === addressOf(room) && stanza.getChild("body")?.getText() === "Hear all",
          );
      const counted = (await run("verona#statistics")).toString();
      expect(counted).toMatch(/verona#sessions"[^>]*><value>16</);
      expect(counted).toContain("Nodes: 2");
      for (const room of ROOMS) {
        const form = submittedForm("verona#admin", { "verona#room": room });
        const destroyed = await run("verona#destroy-room", form);
        expect(destroyed.attrs.type).toBe("result");
      }
    },
    TIMEOUT,
  );

  test(
    "remember a destroyed room wherever its name moves (section 10.9)",
    async () => {
      const [first, second] = await startBoth();
      const [one] = await enterAll();
      for (const room of ROOMS) {
        const query = `<query xmlns="${NS.mucOwner}"><destroy/></query>`;
        expect((await one.request(addressOf(room), "set", query)).attrs.type).toBe("result");
      }
      expect(await first.stop()).toBe(0);
      await serves(second, 256);
      for (const room of ROOMS) {
        const id = `again-${room}`;
        await one.send(`<presence to="${addressOf(room)}/one" id="${id}"><x xmlns="${NS.muc}"/></presence>`);
        expect(conditionOf(await one.receive(withId(id)))).toBe("gone");
      }
    },
    TIMEOUT,
  );

  test(
    "share the bans of rooms of one group wherever they are, and after a node has gone (section 14.6)",
    async () => {
      const [first, second] = await startBoth();
      const [one, two] = await enterAll();
      for (const room of ROOMS) await configure(one, addressOf(room), { "verona#ban_group": "team" });
      const [banning = "", ...others] = ROOMS;
      const jid = `user2@${DOMAIN}`;
      const affiliate = (affiliation: string) =>
        one.request(
          addressOf(banning),
          "set",
          `<query xmlns="${NS.mucAdmin}"><item affiliation="${affiliation}" jid="${jid}"/></query>`,
        );
      await affiliate("outcast");
      for (const room of others)
        await two.receive(
          ({ attrs }) => attrs.type === "unavailable" && attrs.from === `${addressOf(room)}/two`,
        );
      expect(await first.stop()).toBe(0);
      await serves(second, 256);
      for (const room of others)
        expect(conditionOf(await join(two, addressOf(room), "two"))).toBe("forbidden");
      await affiliate("none");
      for (const room of others)
        await eventually(async () =>
          expect(conditionOf(await join(two, addressOf(room), "two"))).toBeUndefined(),
        );
    },
    TIMEOUT,
  );

  test(
    "serve the rooms of a node whose server accepts connections and does nothing more",
    async () => {
      const [first, second] = await startBoth();
      const server = cluster.nodes[1];
      if (!server) throw new Error("there is no such ejabberd node");
      process.kill(server.pid, "SIGKILL");
      const silent = createServer().on("connection", (socket) => socket.on("error", () => {}));
      try {
        await eventually(async () => {
          silent.listen(server.componentPort, "127.0.0.1");
          await once(silent, "listening");
        });
        await second.ended;
        expect(second.exitCode()).toBe(1);
        await serves(first, 256);
      } finally {
        silent.close();
        await server.restart();
      }
    },
    TIMEOUT,
  );
});
