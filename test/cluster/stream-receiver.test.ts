import { beforeEach, describe, expect, it } from "vitest";
import type { StreamMessage } from "../../src/cluster/node-message.ts";
import { StreamReceiver } from "../../src/cluster/stream-receiver.ts";

let delivered: string[];
let sent: StreamMessage<string>[];
let refused: string[];
let isServed: boolean;
let hasLink: boolean;
let receiver: StreamReceiver<string>;

beforeEach(() => {
  [delivered, sent, refused, isServed, hasLink] = [[], [], [], true, true];
  receiver = new StreamReceiver<string>({
    serves: () => isServed,
    deliver: (slot, stanza) => delivered.push(`${slot} ${stanza}`),
    send: (message) => {
      if (hasLink) sent.push(message);
      return hasLink;
    },
    refuse: (stanza) => refused.push(stanza),
  });
});

const forward = (number: number, stream = 1, from = "a") =>
  receiver.forwarded(from, { slot: 5, stream, number, stanza: `${stream}/${number}` });
const sync = (stream = 1) => receiver.sync("a", { slot: 5, stream });
const returned = () => sent.map((message) => ("stanza" in message ? message.stanza : message.kind));

describe("a receiver of forwarded stanzas", () => {
  it("delivers a stream in its order", () => {
    for (const number of [0, 1, 2]) forward(number);
    expect(delivered).toEqual(["5 1/0", "5 1/1", "5 1/2"]);
    expect(sent).toEqual([]);
  });

  it("returns what follows a stanza that is missing", () => {
    for (const number of [0, 2, 3]) forward(number);
    expect(delivered).toEqual(["5 1/0"]);
    expect(returned()).toEqual(["1/2", "1/3"]);
  });

  it("returns what follows a returned stanza, though it serves the slot by then", () => {
    isServed = false;
    forward(0);
    isServed = true;
    forward(1);
    expect(delivered).toEqual([]);
    expect(sent).toEqual([
      { to: "a", kind: "returned", slot: 5, stream: 1, number: 0, stanza: "1/0" },
      { to: "a", kind: "returned", slot: 5, stream: 1, number: 1, stanza: "1/1" },
    ]);
  });

  it("takes a later stream from its beginning", () => {
    for (const number of [0, 1]) forward(number);
    forward(0, 2);
    expect(delivered).toEqual(["5 1/0", "5 1/1", "5 2/0"]);
  });

  it("returns what comes late of an earlier stream", () => {
    forward(0, 2);
    forward(0, 1);
    expect(returned()).toEqual(["1/0"]);
  });

  it("answers a sync with the number that it has handled, also a second time", () => {
    for (const number of [0, 1, 3]) forward(number);
    sync();
    sync();
    const answer = { to: "a", kind: "synced", slot: 5, stream: 1, handled: 2 };
    expect(sent.slice(1)).toEqual([answer, answer]);
  });

  it("returns what arrives after the end of its stream", () => {
    forward(0);
    sync();
    forward(1);
    expect(delivered).toEqual(["5 1/0"]);
    expect(returned()).toEqual(["synced", "1/1"]);
  });

  it("keeps the streams of different senders apart", () => {
    forward(0, 1, "a");
    forward(0, 1, "b");
    forward(1, 1, "a");
    expect(delivered).toHaveLength(3);
  });

  it("knows of streams that may get more", () => {
    expect(receiver.hasOpenStreams).toBe(false);
    forward(0);
    expect(receiver.hasOpenStreams).toBe(true);
    sync();
    expect(receiver.hasOpenStreams).toBe(false);
    forward(0, 2);
    receiver.forget("a");
    expect(receiver.hasOpenStreams).toBe(false);
  });

  it("refuses what it cannot return, as it has no link", () => {
    isServed = false;
    hasLink = false;
    forward(0);
    expect(refused).toEqual(["1/0"]);
  });
});
