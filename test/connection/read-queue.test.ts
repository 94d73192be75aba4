// Reads are bounded: one at a time for each account and each room, in turns, with a limited number of waiting reads.
import { setImmediate as immediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Outbox } from "../../src/connection/outbox.ts";
import { ReadQueue } from "../../src/connection/read-queue.ts";
import { Effects } from "../../src/muc/model/effects.ts";
import { NO_RECORDS } from "../support/no-records.ts";

/** Returns a queue, the reads that it has started ("account room"), and a function that ends one of them. */
function newQueue() {
  const queue = new ReadQueue();
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const ask = (account: string, node: string, size = 100): boolean => {
    const request = { account, size };
    if (!queue.admit(request)) return false;
    queue.add(request, node, (done) => {
      started.push(`${account} ${node}`);
      ends.set(`${account} ${node}`, done);
    });
    return true;
  };
  const end = (name: string): void => ends.get(name)?.();
  return { queue, started, ask, end };
}

describe("the queue of reads", () => {
  it("has one under way for each account and each room, and takes the next when the answer is written", () => {
    const { started, ask, end } = newQueue();
    ask("romeo", "hall");
    ask("romeo", "crypt");
    ask("juliet", "hall");
    expect(started).toEqual(["romeo hall"]);
    end("romeo hall");
    end("romeo hall");
    expect(started.slice(1)).toEqual(["juliet hall", "romeo crypt"]);
  });

  it("lets accounts take turns in a room, however many requests one of them has", () => {
    const { started, ask, end } = newQueue();
    for (let n = 0; n < 100; n += 1) ask("romeo", "hall");
    ask("juliet", "hall");
    ask("nurse", "hall");
    for (const name of ["romeo hall", "juliet hall", "nurse hall"]) end(name);
    expect(started).toEqual(["romeo hall", "juliet hall", "nurse hall", "romeo hall"]);
  });

  it("has no more than four under way, whatever they are asked of", () => {
    const { started, ask, end } = newQueue();
    for (let n = 0; n < 10; n += 1) ask(`user${n}`, n % 2 === 0 ? `room${n}` : "");
    expect(started).toHaveLength(4);
    end("user0 room0");
    expect(started).toHaveLength(5);
  });

  it("admits 300 requests of an account, or one megabyte of them, until some are answered", () => {
    const { queue, ask, end } = newQueue();
    for (let n = 0; n < 300; n += 1) expect(ask("romeo", `room${n}`)).toBe(true);
    expect(ask("romeo", "hall")).toBe(false);
    expect(ask("juliet", "hall")).toBe(true);
    end("romeo room0");
    expect(ask("romeo", "hall")).toBe(true);
    expect([1, 2, 3, 4, 5].map(() => ask("nurse", "hall", 262_144))).toEqual([true, true, true, true, false]);
    expect(queue.size).toBe(305);
  });

  it("admits few of each account where many have much waiting, and forgets who has nothing waiting", () => {
    const { queue, ask, started, end } = newQueue();
    for (let user = 0; user < 100; user += 1)
      for (let n = 0; n < 300; n += 1) ask(`user${user}`, `room${user}`);
    expect(queue.size).toBeLessThanOrEqual(10_000);
    expect(queue.size).toBeGreaterThan(5_000);
    expect(ask("juliet", "hall")).toBe(true);
    for (let next = 0; next < started.length; next += 1) end(String(started[next]));
    expect(queue.size).toBe(0);
    expect(ask("user0", "hall")).toBe(true);
  });
});

describe("the outbox", () => {
  it("refuses a request too many where it stands, and asks the next when the answer before is written", async () => {
    const asked: (() => void)[] = [];
    const sink = {
      isFull: false,
      text: "",
      write(text: string) {
        this.text += text;
      },
    };
    const faults = { failed: () => expect.fail(), unreadable: () => expect.fail() };
    const outbox = new Outbox({ ...NO_RECORDS, commit() {} }, sink, faults);
    const effects = new Effects("hall");
    for (let n = 0; n < 301; n += 1)
      effects.query({
        account: "romeo@example.org",
        size: 100,
        read: () =>
          new Promise((resolve) => {
            const answer = new Effects("hall");
            answer.send(`<answer n="${n}"/>`);
            asked.push(() => resolve(answer));
          }),
        refuse: ({ condition }) => `<${condition}/>`,
      });
    outbox.add(effects);
    await immediate();
    expect(sink.text).toBe("<resource-constraint/>");
    expect(asked).toHaveLength(1);
    sink.isFull = true;
    asked[0]?.();
    for (let turn = 0; turn < 5; turn += 1) await immediate();
    expect(asked).toHaveLength(1);
    sink.isFull = false;
    outbox.drained();
    await immediate();
    expect(sink.text).toBe('<resource-constraint/><answer n="0"/>');
    expect(asked).toHaveLength(2);
  });
});
