// Questions between nodes: who answers, who does not, and what comes back.
import { setImmediate as immediate } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import { ClusterLink } from "../../src/cluster/cluster-link.ts";
import type { NodeTransport, TransportHandlers } from "../../src/cluster/transport.ts";
import { parse } from "../../src/xmpp/element.ts";

const element = (markup: string) =>
  parse(`<s xmlns="jabber:client">${markup}</s>`).getChildElements()[0] as never;

let sent: [to: string, message: string][];
let behindRooms: [to: string, message: string][];
let transport: TransportHandlers;
let link: ClusterLink;
let isFlushed: boolean;
beforeEach(() => {
  [sent, behindRooms, isFlushed] = [[], [], true];
  const fake: NodeTransport = {
    ...{ isOnline: true, waiting: 0, stop: async () => {}, pause() {}, resume() {} },
    start(handlers) {
      transport = handlers;
    },
    send: (to, message) => sent.push([to, message]) > 0,
  };
  link = new ClusterLink(
    {
      ...{ self: { id: "1", name: "one", isReady: true }, transport: fake, log: { debug() {} } },
      sendBehindRooms: (to, message) => behindRooms.push([to, message]) > 0,
      flushServer: async () => isFlushed,
    },
    {
      ...{ message() {}, undelivered() {}, online() {}, offline() {} },
      asked: async (body) => (body === "how many?" ? "three" : undefined),
    },
  );
  link.start();
});

/** Lets a node answer the latest question, which is confirmed or answered with a text. */
const answer = (kind: string, id: number, body = "") =>
  transport.message(
    "two",
    element(`<node-message sender="2" kind="${kind}" id="${id}">${body}</node-message>`),
  );

test("a confirmation goes behind the rooms' output, and is there when all nodes have answered", async () => {
  const confirmed = link.confirm(["two", "three"]);
  expect(behindRooms.map(([to]) => to)).toEqual(["two", "three"]);
  expect(sent).toEqual([]);
  answer("confirmed", 1);
  answer("confirmed", 2);
  await expect(confirmed).resolves.toBeUndefined();
});

test("a confirmation that comes back fails at once, as the node has no link", async () => {
  const confirmed = link.confirm(["two"]);
  link.undelivered(element(behindRooms[0]?.[1] ?? ""));
  await expect(confirmed).rejects.toThrow("only 0 of 1 other nodes have answered");
});

test("nobody is waited for longer than three seconds", async () => {
  const confirmed = link.confirm(["two"]);
  const asked = link.ask(["two"], "how many?");
  confirmed.catch(() => {});
  await expect(confirmed).rejects.toThrow();
  await expect(asked).resolves.toEqual([]);
});

test("a node asks what all others answer", async () => {
  const asked = link.ask(["two", "three"], "how many?");
  answer("answer", 1, "four");
  answer("answer", 2, "five");
  await expect(asked).resolves.toEqual(["four", "five"]);
});

test("a question of another node is answered to it, unless it cannot be read", async () => {
  answer("ask", 7, "how many?");
  answer("ask", 8, "what?");
  await immediate();
  expect(sent).toEqual([["two", '<node-message sender="1" kind="answer" id="7">three</node-message>']]);
});

test("a flush is confirmed when the server has delivered everything, and not without that", async () => {
  answer("flush", 7);
  await immediate();
  expect(sent).toEqual([["two", '<node-message sender="1" kind="confirmed" id="7"/>']]);
  isFlushed = false;
  answer("flush", 8);
  await immediate();
  expect(sent).toHaveLength(1);
});

test("a flush that comes back is over at once", async () => {
  const flushed = link.flush(["two"]);
  transport.undelivered("two", element(sent[0]?.[1] ?? ""));
  await expect(flushed).resolves.toBe(false);
});
