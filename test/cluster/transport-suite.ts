// What nodes may rely on, whatever carries their messages.
import { expect, test } from "vitest";
import type { NodeTransport } from "../../src/cluster/transport.ts";
import { type Element, namespaceOf } from "../../src/xmpp/element.ts";
import { eventually } from "../support/eventually.ts";
import { type NodeSettings, online, startNode, type TestNode } from "./test-node.ts";

const forward = (text: string | number): string => `<forward xmlns="urn:test">${text}</forward>`;
const MESSAGES = 100_000;
/** Messages in flight. */
const WINDOW = 1_000;

/** Tests a transport. `portOf` returns the port of the server that a node is connected to. */
export function transportSuite(
  create: (settings: NodeSettings) => NodeTransport,
  portOf: (name: string) => number,
): void {
  const start = (name: string, options: { secret?: string; hasLease?: boolean } = {}): Promise<TestNode> =>
    startNode(create, { name, port: portOf(name), ...options });

  async function startPair(): Promise<[TestNode, TestNode]> {
    const pair: [TestNode, TestNode] = [await start("n1"), await start("n2")];
    await online(...pair);
    return pair;
  }

  test("carries messages both ways, with the name of their sender", async () => {
    const [first, second] = await startPair();
    first.send("n2", forward("there"));
    await eventually(() => expect(second.received).toEqual([["n1", forward("there")]]));
    second.send("n1", forward("back"));
    await eventually(() => expect(first.received).toEqual([["n2", forward("back")]]));
    expect([first.returned, second.returned]).toEqual([[], []]);
  });

  test("carries a message of a node to itself", async () => {
    const [first] = await startPair();
    first.send("n1", forward("round"));
    await eventually(() => expect(first.received).toEqual([["n1", forward("round")]]));
  });

  test("leaves a message in the namespace of the stream, and keeps those of its children", async () => {
    const [first, second] = await startPair();
    const arrived = Promise.withResolvers<Element>();
    second.listen((_from, message) => arrived.resolve(message));
    first.send("n2", `<message to="é&lt;@x" type="groupchat"><x xmlns="urn:x" a="&quot;"/></message>`);
    const message = await arrived.promise;
    expect([message.getName(), namespaceOf(message), message.attrs.to]).toEqual([
      ...["message", "jabber:client", "é<@x"],
    ]);
    expect(message.getChild("x", "urn:x")?.attrs.a).toBe('"');
  });

  test(`delivers ${MESSAGES} messages in order`, async () => {
    const [first, second] = await startPair();
    let expected = 0;
    let sent = 0;
    const done = Promise.withResolvers<void>();
    const sendOne = (): void => {
      if (sent < MESSAGES && first.send("n2", forward(sent))) sent += 1;
    };
    second.listen((_from, message) => {
      if (message.getText() !== String(expected))
        done.reject(new Error(`${message.getText()} came in place of ${expected}`));
      expected += 1;
      sendOne();
      if (expected === MESSAGES) done.resolve();
    });
    for (let count = 0; count < WINDOW; count += 1) sendOne();
    await done.promise;
    expect(first.returned).toEqual([]);
  });

  test("delivers messages of 256 KiB among small ones, in order", async () => {
    const [first, second] = await startPair();
    const large = forward("é".repeat(131_072));
    const messages = Array.from({ length: 10 }, (_, count) => [large, forward(count)]).flat();
    for (const message of messages) first.send("n2", message);
    await eventually(() => expect(second.received).toHaveLength(messages.length));
    expect(second.received.map(([, message]) => message === large || message)).toEqual(
      messages.map((message) => message === large || message),
    );
  });

  test("brings back what is for a node without a link, and goes on", async () => {
    const [first, second] = await startPair();
    for (const count of [1, 2, 3]) {
      first.send("n9", forward(`lost ${count}`));
      first.send("n2", forward(count));
    }
    await eventually(() =>
      expect(first.returned).toEqual([1, 2, 3].map((count) => ["n9", forward(`lost ${count}`)])),
    );
    await eventually(() => expect(second.received).toHaveLength(3));
  });

  test("brings back what is for a node that has stopped", async () => {
    const [first, second] = await startPair();
    await second.stop();
    await eventually(() => {
      first.send("n2", forward("late"));
      expect(first.returned).toContainEqual(["n2", forward("late")]);
    });
  });

  test("drops what a node with another secret sends, and says so once", async () => {
    const [first, second] = await startPair();
    const stranger = await start("n3", { secret: "another" });
    await online(stranger);
    for (const count of [1, 2, 3]) stranger.send("n2", forward(count));
    first.send("n2", forward("right"));
    const warning = expect.stringContaining("has not the nodes' secret");
    await eventually(() => expect(second.logged()).toContainEqual(warning));
    await eventually(() => expect(second.received).toEqual([["n1", forward("right")]]));
    // Everything that the stranger has sent before has been dropped by now.
    stranger.send("n3", forward("own"));
    await eventually(() => expect(stranger.received).toHaveLength(1));
    expect(second.received).toHaveLength(1);
    expect(second.logged().filter((line) => line.includes("has not the nodes' secret"))).toHaveLength(1);
  });

  test("sends nothing without a link, and connects again", async () => {
    const [first, second] = await startPair();
    first.cut();
    await eventually(() => expect(first.states).toEqual(["online", "offline"]));
    expect([first.isOnline, first.send("n2", forward("lost"))]).toEqual([false, false]);
    first.mend();
    await online(first);
    first.send("n2", forward("again"));
    second.send("n1", forward("answer"));
    await eventually(() => expect(second.received).toEqual([["n1", forward("again")]]));
    await eventually(() => expect(first.received).toEqual([["n2", forward("answer")]]));
    expect(first.states).toEqual(["online", "offline", "online"]);
  });

  test("writes nothing without the lease, and what waited when the lease is renewed", async () => {
    const [first, second] = await startPair();
    first.lease.isHeld = false;
    expect(first.send("n2", forward("held"))).toBe(true);
    expect(first.waiting).toBeGreaterThan(0);
    second.send("n1", forward("other way"));
    await eventually(() => expect(first.received).toHaveLength(1));
    expect(second.received).toEqual([]);
    first.lease.give();
    await eventually(() => expect(second.received).toEqual([["n1", forward("held")]]));
  });

  test("does not connect before the lease is held", async () => {
    const waiting = await start("n1", { hasLease: false });
    const other = await start("n2");
    await online(other);
    other.send("n1", forward("early"));
    await eventually(() => expect(other.returned).toEqual([["n1", forward("early")]]));
    expect(waiting.isOnline).toBe(false);
    waiting.lease.give();
    await online(waiting);
  });

  test("refuses messages while too much waits", async () => {
    const [first] = await startPair();
    first.lease.isHeld = false;
    const large = forward("x".repeat(1_048_576));
    let sent = 0;
    while (sent < 100 && first.send("n2", large)) sent += 1;
    expect(sent).toBe(64);
  });
}
