// After a failed commit, nothing more is committed or written.
import { setImmediate as immediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Notice } from "../../src/connection/notice.ts";
import { Outbox } from "../../src/connection/outbox.ts";
import { Effects, type StoreQuery } from "../../src/muc/model/effects.ts";
import type { JournalEntry } from "../../src/muc/model/journal.ts";
import type { Awaitable } from "../../src/muc/model/records.ts";
import { NO_RECORDS } from "../support/no-records.ts";

const FAULT = new Error("the disk is full");

const removed = (node: string): JournalEntry => ({ kind: "room-removed", node });

/** Returns effects that send a text and, if a node is given, remove its room. */
function effectsOf(text: string, node?: string): Effects {
  const effects = new Effects(node);
  effects.send(text);
  if (node !== undefined) effects.journal.push(removed(node));
  return effects;
}

/** Returns an outbox over a store whose next commit fails once `fail` is called. Later commits would succeed. */
function newOutbox() {
  const first = Promise.withResolvers<void>();
  const commits: (readonly JournalEntry[])[] = [];
  const written: string[] = [];
  const faults: unknown[] = [];
  const sink = { isFull: false, write: (text: string) => void written.push(text) };
  const commit = (entries: readonly JournalEntry[]): Awaitable<void> => {
    commits.push(entries);
    return commits.length === 1 ? first.promise : undefined;
  };
  const outbox = new Outbox({ ...NO_RECORDS, commit }, sink, {
    failed: (error) => void faults.push(error),
    unreadable: (error) => void faults.push(error),
  });
  const fail = async (): Promise<void> => {
    first.reject(FAULT);
    for (let turn = 0; turn < 5; turn += 1) await immediate();
  };
  return { outbox, sink, commits, written, faults, fail };
}

describe("after a failed commit", () => {
  it("the batches that wait are neither committed nor written, and the fault is told once", async () => {
    const { outbox, commits, written, faults, fail } = newOutbox();
    outbox.add(effectsOf("<a/>", "one"));
    outbox.flush();
    outbox.add(effectsOf("<b/>", "two"));
    outbox.add(effectsOf("<c/>"));
    await fail();
    outbox.flush();
    expect({ commits, written, faults }).toEqual({
      commits: [[removed("one")]],
      written: [],
      faults: [FAULT],
    });
  });

  it("the same holds for a commit that fails at once", async () => {
    const written: string[] = [];
    let commits = 0;
    const store = {
      ...NO_RECORDS,
      commit() {
        commits += 1;
        if (commits === 1) throw FAULT;
      },
    };
    const sink = { isFull: false, write: (text: string) => void written.push(text) };
    const outbox = new Outbox(store, sink, { failed() {}, unreadable: () => expect.fail() });
    outbox.add(effectsOf("<a/>", "one"));
    outbox.flush();
    outbox.add(effectsOf("<b/>", "two"));
    outbox.flush();
    for (let turn = 0; turn < 5; turn += 1) await immediate();
    expect({ commits, written }).toEqual({ commits: 1, written: [] });
  });

  it("nothing that comes later is committed or written, be it output, a notice or a stanza to be repeated", async () => {
    const { outbox, commits, written, fail } = newOutbox();
    outbox.add(effectsOf("<a/>", "one"));
    outbox.flush();
    await fail();
    outbox.add(effectsOf("<b/>", "two"));
    outbox.add(effectsOf("<c/>"));
    outbox.sendNotice(Notice.of("<refusal/>"));
    outbox.resend("three", "<d/>");
    outbox.flush();
    outbox.unblock();
    for (let turn = 0; turn < 5; turn += 1) await immediate();
    expect({ commits, written }).toEqual({ commits: [[removed("one")]], written: [] });
  });

  it("what waits for the server to read is not written", async () => {
    const { outbox, sink, written, fail } = newOutbox();
    sink.isFull = true;
    outbox.add(effectsOf("<before/>"));
    outbox.flush();
    outbox.add(effectsOf("<a/>", "one"));
    outbox.flush();
    await fail();
    sink.isFull = false;
    outbox.drained();
    for (let turn = 0; turn < 5; turn += 1) await immediate();
    expect(written).toEqual([]);
  });

  it.each([
    ["with a change that follows from it", "three"],
    ["without one", undefined],
  ])("a read that is answered then is neither kept nor written, %s", async (_, node) => {
    const { outbox, commits, written, fail } = newOutbox();
    const answer = Promise.withResolvers<Effects>();
    const query: StoreQuery = {
      kind: "query",
      account: "hag66@shakespeare.example",
      size: 0,
      read: () => answer.promise,
      refuse: () => "<error/>",
    };
    const asked = new Effects("two");
    asked.query(query);
    outbox.add(asked);
    outbox.flush();
    outbox.add(effectsOf("<a/>", "one"));
    outbox.flush();
    await fail();
    answer.resolve(effectsOf("<answer/>", node));
    for (let turn = 0; turn < 5; turn += 1) await immediate();
    expect({ commits, written }).toEqual({ commits: [[removed("one")]], written: [] });
  });

  it("who waits until all is kept, or written, gets the fault; so does who asks later", async () => {
    const { outbox, fail } = newOutbox();
    outbox.add(effectsOf("<a/>", "one"));
    const waiting = [outbox.whenCommitted(), outbox.settle()].map((each) => expect(each).rejects.toBe(FAULT));
    await fail();
    await Promise.all(waiting);
    await expect(outbox.whenCommitted()).rejects.toBe(FAULT);
    await expect(outbox.settle()).rejects.toBe(FAULT);
  });
});
