// Messages between nodes through a NATS server.
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { listenOnLoopback } from "../../dev/loopback-listener.ts";
import { type NatsServer, startNats } from "../../dev/servers/nats.ts";
import { NatsTransport } from "../../src/cluster/nats-transport.ts";
import { eventually } from "../support/eventually.ts";
import { type NodeSettings, online, startNode } from "./test-node.ts";
import { transportSuite } from "./transport-suite.ts";

const DOMAIN = "chat.example";

let server: NatsServer;
beforeAll(async () => {
  server = await startNats();
});
afterAll(() => server?.stop());

const create =
  (start = "nats://") =>
  ({ port, ...settings }: NodeSettings): NatsTransport =>
    new NatsTransport({
      ...settings,
      domain: DOMAIN,
      servers: [new URL(`${start}127.0.0.1:${port}`)],
    });

describe("through NATS, a transport", () => {
  transportSuite(create(), () => server.port);

  test("drops what is no message of a node, and says so once", async () => {
    const node = await startNode(create(), { name: "n1", port: server.port });
    await online(node);
    const stranger = await connect({ servers: `127.0.0.1:${server.port}` });
    onTestFinished(() => stranger.close());
    const seen = Promise.withResolvers<string>();
    stranger.subscribe("verona.>", { callback: (_fault, { subject }) => seen.resolve(subject) });
    await stranger.flush();
    node.send("n1", `<forward xmlns="urn:test"/>`);
    const subject = await seen.promise;
    for (const payload of ["", "no markup", "<a><b>", "\u0000", `<message from="n2.${DOMAIN}"/>`])
      stranger.publish(subject, payload);
    stranger.publish(subject, `<message from="user@example.org"/>`);
    await eventually(() =>
      expect(node.logged().filter((line) => line.includes("dropped"))).toEqual([
        expect.stringContaining("the nodes' secret"),
        expect.stringContaining("no node has sent"),
      ]),
    );
    expect([node.received.length, node.returned]).toEqual([1, []]);
  });

  test("brings back what is larger than NATS takes", async () => {
    const node = await startNode(create(), { name: "n1", port: server.port });
    await online(node);
    const large = `<forward xmlns="urn:test">${"x".repeat(1_048_576)}</forward>`;
    expect(node.send("n1", large)).toBe(true);
    await eventually(() =>
      expect(node.returned.map(([to, { length }]) => [to, length])).toEqual([["n1", large.length]]),
    );
    expect([node.isOnline, node.waiting]).toEqual([true, 0]);
    expect(node.logged()).toContainEqual(expect.stringContaining("raise max_payload"));
  });

  test("has NATS bring back what is for it while it takes nothing, also over a new link", async () => {
    const [first, second] = [
      await startNode(create(), { name: "n1", port: server.port }),
      await startNode(create(), { name: "n2", port: server.port }),
    ];
    await online(first, second);
    /** Sends a message, after NATS has heard what the second node takes. */
    async function send(text: string): Promise<string> {
      const round = second.returned.length;
      second.send("n9", `<round xmlns="urn:test"/>`);
      await eventually(() => expect(second.returned).toHaveLength(round + 1));
      const message = `<forward xmlns="urn:test">${text}</forward>`;
      first.send("n2", message);
      return message;
    }
    second.pause();
    const early = await send("early");
    await eventually(() => expect(first.returned).toEqual([["n2", early]]));
    second.cut();
    await eventually(() => expect(second.states).toEqual(["online", "offline"]));
    second.mend();
    await eventually(() => expect(second.states).toEqual(["online", "offline", "online"]));
    const later = await send("later");
    await eventually(() => expect(first.returned.at(-1)).toEqual(["n2", later]));
    second.resume();
    const last = await send("last");
    await eventually(() => expect(second.received).toEqual([["n1", last]]));
  });

  test("forgets what NATS has taken", async () => {
    const node = await startNode(create(), { name: "n1", port: server.port });
    await online(node);
    for (let count = 0; count < 100; count += 1) node.send("n1", `<forward xmlns="urn:test"/>`);
    expect(node.waiting).toBeGreaterThan(0);
    await eventually(() => expect(node.waiting).toBe(0));
    expect([node.received.length, node.returned]).toEqual([100, []]);
  });

  test("does not connect without encryption if the address asks for it", async () => {
    const node = await startNode(create("tls://"), { name: "n1", port: server.port });
    await eventually(() =>
      expect(node.logged()).toEqual([expect.stringContaining("does not support 'tls'")]),
    );
    expect(node.states).toEqual([]);
  });

  test("goes on after an exception of a handler", async () => {
    const node = await startNode(create(), { name: "n1", port: server.port });
    await online(node);
    let count = 0;
    node.listen(() => {
      count += 1;
      throw new Error("on purpose");
    });
    for (let sent = 0; sent < 2; sent += 1) node.send("n1", `<forward xmlns="urn:test"/>`);
    await eventually(() => expect(count).toBe(2));
    expect(node.logged()).toContain("failed to handle a message");
    expect(node.isOnline).toBe(true);
  });
});

describe("a NATS server that wants a password", () => {
  let guarded: NatsServer;
  beforeAll(async () => {
    guarded = await startNats(`authorization: { users: [
      { user: verona, password: "p@ss" },
      { user: deaf, password: "deaf", permissions: { subscribe: "other.>" } },
      { user: mute, password: "mute", permissions: { publish: "other.>" } },
    ] }`);
  });
  afterAll(() => guarded?.stop());

  test("lets a transport in that has it in the address", async () => {
    const node = await startNode(create("nats://verona:p%40ss@"), {
      name: "n1",
      port: guarded.port,
    });
    await online(node);
  });

  test("refuses a transport without it, which says what to change and no password", async () => {
    const node = await startNode(create("nats://verona:wrong@"), { name: "n1", port: guarded.port });
    const advice = expect.stringMatching(/^NATS at 127\.0\.0\.1:\d+ refuses the user or the password/);
    await eventually(() => expect(node.logged()).toEqual([advice]));
    expect(node.isOnline).toBe(false);
  });

  test("tells a transport that may not subscribe what it has to allow", async () => {
    const node = await startNode(create("nats://deaf:deaf@"), { name: "n1", port: guarded.port });
    await eventually(() => expect(node.logged()).toEqual([expect.stringContaining("subscribe to verona.>")]));
    expect(node.states).toEqual([]);
  });

  test("takes the link from a transport that may not publish", async () => {
    const node = await startNode(create("nats://mute:mute@"), { name: "n1", port: guarded.port });
    await online(node);
    node.send("n2", `<forward xmlns="urn:test"/>`);
    await eventually(() => expect(node.states).toContain("offline"));
  });
});

test("a transport tries again when a server that has let it in goes at once", async () => {
  const info = JSON.stringify({ server_id: "x", version: "2.9.10", headers: true, max_payload: 1_048_576 });
  const server = await listenOnLoopback((socket) => {
    socket.write(`INFO ${info}\r\n`);
    socket.on("data", (data) => {
      if (data.includes("SUB ")) socket.destroy();
      else if (data.includes("PING")) socket.write("PONG\r\n");
    });
  });
  onTestFinished(() => server.close());
  const node = await startNode(create(), { name: "n1", port: server.port });
  await eventually(() => expect(server.sockets.length).toBeGreaterThan(2));
  expect(node.states).toEqual([]);
});
