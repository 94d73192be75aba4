import { beforeEach, describe, expect, it } from "vitest";
import type { StreamMessage } from "../../src/cluster/node-message.ts";
import { StanzaFront } from "../../src/cluster/stanza-front.ts";

const SLOT = 5;

let delivered: string[];
let sent: StreamMessage<string>[];
let refused: string[];
let late: string[];
let hasLink: boolean;
let front: StanzaFront<string>;

beforeEach(() => {
  [delivered, sent, refused, late, hasLink] = [[], [], [], [], true];
  front = new StanzaFront<string>(
    { self: "self", mostBytes: 10, sizeOf: (stanza) => stanza.length },
    {
      deliver: (_, stanza) => delivered.push(stanza),
      send: (message) => {
        if (hasLink) sent.push(message);
        return hasLink;
      },
      refuse: (stanza) => refused.push(stanza),
      late: (stanza) => late.push(stanza),
    },
  );
});

const learn = (owner: string | undefined, epoch: number) => front.learn(owner, [{ slot: SLOT, epoch }]);
const take = (...stanzas: string[]) => {
  for (const stanza of stanzas) front.take(SLOT, stanza);
};
/** Returns what was sent since the last call: where to, what, and of which stream. */
const news = () =>
  sent.splice(0).map((message) => {
    const what = message.kind === "forward" ? `${message.number} ${message.stanza}` : message.kind;
    return `${message.to}: ${message.stream} ${what}`;
  });
const giveBack = (from: string, stream: number, number: number, stanza: string) =>
  front.returned(from, { slot: SLOT, stream, number, stanza });
const synced = (from: string, stream: number, handled?: number) =>
  front.synced(from, { slot: SLOT, stream, ...(handled !== undefined && { handled }) });

describe("the front of a node", () => {
  it("keeps stanzas until an owner is known, then sends them in order", () => {
    take("a", "b");
    expect(front.waitingBytes).toBe(2);
    learn("one", 1);
    take("c");
    expect(news()).toEqual(["one: 1 0 a", "one: 1 1 b", "one: 1 2 c"]);
    expect(front.waitingBytes).toBe(0);
  });

  it("delivers to this node's own rooms", () => {
    take("a");
    learn("self", 1);
    take("b");
    expect(delivered).toEqual(["a", "b"]);
  });

  it("waits for the earlier owner before it sends to the next one", () => {
    learn("one", 1);
    take("a");
    learn("two", 2);
    take("b");
    expect(news()).toEqual(["one: 1 0 a", "one: 1 sync"]);
    synced("one", 1, 1);
    expect(news()).toEqual(["two: 2 0 b"]);
  });

  it("sends what came back before what waits, in its order", () => {
    learn("one", 1);
    take("a", "b");
    learn("two", 2);
    take("c");
    news();
    giveBack("one", 1, 1, "b");
    giveBack("one", 1, 0, "a");
    synced("one", 1, 0);
    expect(news()).toEqual(["two: 2 0 a", "two: 2 1 b", "two: 2 2 c"]);
  });

  it("does not send again what was handled, though the transport gave it back", () => {
    learn("one", 1);
    take("a", "b");
    giveBack("one", 1, 0, "a");
    giveBack("one", 1, 1, "b");
    news();
    synced("one", 1, 1);
    front.tick(1000);
    expect(news()).toEqual(["one: 2 0 b"]);
    expect(front.waitingBytes).toBe(0);
  });

  it("tries an owner again that returns stanzas, more and more rarely", () => {
    learn("one", 1);
    take("a");
    const tries: number[] = [];
    for (let now = 0; now < 5000; now += 10) {
      front.tick(now);
      for (const message of sent.splice(0)) {
        if (message.kind === "forward") tries.push(now);
        if (message.kind === "forward") giveBack("one", message.stream, 0, "a");
        if (message.kind === "sync") synced("one", message.stream, 0);
      }
    }
    expect(tries.length).toBeGreaterThan(4);
    expect(tries.length).toBeLessThan(12);
    learn("one", 2);
    expect(sent).toHaveLength(1);
  });

  it("repeats a sync that is not answered", () => {
    learn("one", 1);
    take("a");
    learn("two", 2);
    news();
    front.tick(249);
    expect(news()).toEqual([]);
    front.tick(250);
    expect(news()).toEqual(["one: 1 sync"]);
  });

  it("asks what became of a stream when the link is back", () => {
    learn("one", 1);
    take("a");
    news();
    hasLink = false;
    front.offline();
    take("b");
    hasLink = true;
    front.online();
    expect(news()).toEqual(["one: 1 sync"]);
    synced("one", 1, 1);
    expect(news()).toEqual(["one: 2 0 b"]);
  });

  it("goes on without a node that is gone", () => {
    learn("one", 1);
    take("a", "b");
    giveBack("one", 1, 1, "b");
    learn("two", 2);
    news();
    front.forget("one");
    expect(news()).toEqual(["two: 2 0 b"]);
  });

  it("reports what comes back too late", () => {
    learn("one", 1);
    take("a");
    front.forget("one");
    learn("two", 2);
    giveBack("one", 1, 0, "a");
    expect(late).toEqual(["a"]);
  });

  it("takes no news of an earlier epoch", () => {
    learn("two", 2);
    learn("one", 1);
    take("a");
    expect(news()).toEqual(["two: 1 0 a"]);
    expect(front.knows({ slot: SLOT, epoch: 1 })).toBe(true);
    expect(front.knows({ slot: SLOT, epoch: 3 })).toBe(false);
  });

  it("refuses what would wait, but not what passes, when too much waits", () => {
    take("12345", "67890", "x");
    expect(refused).toEqual(["x"]);
    front.learn("one", [{ slot: 6, epoch: 1 }]);
    front.take(6, "passes");
    expect(news()).toEqual(["one: 1 0 passes"]);
  });

  it("has finished when no stanza waits or is on its way", () => {
    learn("one", 1);
    expect(front.finish()).toBe(true);
    take("a");
    expect(front.finish()).toBe(false);
    giveBack("one", 1, 0, "a");
    expect(front.finish()).toBe(false);
    synced("one", 1, 0);
    expect(front.finish()).toBe(false);
    front.tick(1000);
    front.finish();
    news();
    synced("one", 2, 1);
    expect(front.finish()).toBe(true);
  });

  it("refuses what waits when the node ends", () => {
    learn("one", 1);
    take("a", "b");
    giveBack("one", 1, 1, "b");
    take("c");
    front.refuseWaiting();
    expect(refused).toEqual(["b", "c"]);
    expect(front.waitingBytes).toBe(0);
  });
});
