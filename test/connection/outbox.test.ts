// Nothing is written before the journal that it belongs to is committed.
import { setImmediate as immediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Notice } from "../../src/connection/notice.ts";
import { Outbox } from "../../src/connection/outbox.ts";
import { Effects, type StoreQuery } from "../../src/muc/model/effects.ts";
import type { JournalEntry } from "../../src/muc/model/journal.ts";
import type { Awaitable } from "../../src/muc/model/records.ts";
import { NO_RECORDS } from "../support/no-records.ts";

const removed = (node: string): JournalEntry => ({ kind: "room-removed", node });

/** Returns effects that send this text and, if a node is given, journal the removal of its room. */
function effectsOf(text: string, node?: string): Effects {
  const effects = new Effects();
  if (text !== "") effects.send(text);
  if (node !== undefined) effects.journal.push(removed(node));
  return effects;
}

/** Returns an outbox, and its calls to the store and the link, in order. */
function newOutbox(commit: (entries: readonly JournalEntry[]) => Awaitable<void> = () => {}) {
  const done: unknown[] = [];
  const outbox = new Outbox(
    {
      ...NO_RECORDS,
      commit(entries) {
        done.push({ commit: entries });
        return commit(entries);
      },
    },
    { write: (text) => done.push({ write: text }), isFull: false },
    {
      failed: (error) => done.push({ failed: error }),
      unreadable: (error) => done.push({ unreadable: error }),
    },
  );
  return { outbox, done };
}

describe("the outbox", () => {
  it("does nothing at once: effects of one turn share one commit, then one write, in order", async () => {
    const { outbox, done } = newOutbox();
    outbox.add(effectsOf("<a/>", "one"));
    const fanOut = effectsOf("<b/>");
    fanOut.broadcast('<c to="', '"/>', ["x@example/1", "y@example/2"]);
    outbox.add(fanOut);
    outbox.add(effectsOf("<d/>", "two"));
    expect(done).toEqual([]);
    await immediate();
    expect(done).toEqual([
      { commit: [removed("one"), removed("two")] },
      { write: '<a/><b/><c to="x@example/1"/><c to="y@example/2"/><d/>' },
    ]);
  });

  it("reads what has come meanwhile while it goes through those who have left", async () => {
    const { outbox, done } = newOutbox();
    let passed = 0;
    const at = () => {
      passed += 1;
      return undefined;
    };
    const effects = new Effects("giant");
    effects.broadcast('<a to="', '"/>', { length: 1_000_000, count: 1, at });
    effects.send("<b/>");
    outbox.add(effects);
    outbox.flush();
    expect(passed).toBeGreaterThan(0);
    expect(passed).toBeLessThan(200_000);
    await outbox.settle();
    expect(done).toEqual([{ write: "<b/>" }]);
    expect(passed).toBe(1_000_000);
  });

  it("writes without a commit what needs none, and commits without a write what tells nobody", () => {
    const { outbox, done } = newOutbox();
    outbox.add(effectsOf("<a/>"));
    outbox.flush();
    outbox.add(effectsOf("", "one"));
    outbox.flush();
    expect(done).toEqual([{ write: "<a/>" }, { commit: [removed("one")] }]);
  });

  it("never writes what belonged to a failed commit, nor what shared it, and says so once", async () => {
    const fault = new Error("disk full");
    const { outbox, done } = newOutbox(() => {
      throw fault;
    });
    outbox.add(effectsOf("<a/>"));
    outbox.add(effectsOf("<b/>", "one"));
    await immediate();
    outbox.flush();
    expect(done).toEqual([{ commit: [removed("one")] }, { failed: fault }]);
  });

  it("writes nothing twice when it is flushed before its turn, and takes up work again afterwards", async () => {
    const { outbox, done } = newOutbox();
    outbox.add(effectsOf("<a/>"));
    outbox.flush();
    await immediate();
    outbox.add(effectsOf("<b/>"));
    await immediate();
    expect(done).toEqual([{ write: "<a/>" }, { write: "<b/>" }]);
  });

  it("is not woken by effects that are empty", async () => {
    const { outbox, done } = newOutbox();
    outbox.add(new Effects());
    await immediate();
    expect(done).toEqual([]);
  });

  it("waits for a commit that takes its time; what is added meanwhile shares the next one", async () => {
    const commits: (() => void)[] = [];
    const { outbox, done } = newOutbox(() => new Promise<void>((resolve) => commits.push(resolve)));
    outbox.add(effectsOf("<a/>", "one"));
    await immediate();
    outbox.add(effectsOf("<b/>", "two"));
    outbox.add(effectsOf("<c/>", "three"));
    await immediate();
    expect(done).toEqual([{ commit: [removed("one")] }]);
    let settled = false;
    const settling = outbox.settle().then(() => {
      settled = true;
    });
    commits[0]?.();
    await immediate();
    await immediate();
    expect(done.slice(1)).toEqual([{ write: "<a/>" }, { commit: [removed("two"), removed("three")] }]);
    expect(settled).toBe(false);
    commits[1]?.();
    await settling;
    expect(done.slice(3)).toEqual([{ write: "<b/><c/>" }]);
  });

  it("parts what has come together during a long wait into commits of a size, in order, but never what belongs together", async () => {
    const sizes: number[] = [];
    let kept: readonly JournalEntry[] = [];
    const commits: (() => void)[] = [];
    const { outbox, done } = newOutbox((entries) => {
      sizes.push(entries.length);
      kept = [...kept, ...entries];
      return new Promise((resolve) => (sizes.length === 1 ? commits.push(resolve) : resolve()));
    });
    outbox.add(effectsOf("<first/>", "first"));
    await immediate();
    const nodes = Array.from({ length: 4_500 }, (_, n) => `r${n}`);
    for (const node of nodes.slice(0, 1_000)) outbox.add(effectsOf(`<${node}/>`, node));
    const large = effectsOf("<large/>");
    for (const node of nodes.slice(1_000, 4_000)) large.journal.push(removed(node));
    outbox.add(large);
    for (const node of nodes.slice(4_000)) outbox.add(effectsOf(`<${node}/>`, node));
    commits[0]?.();
    await outbox.settle();
    expect(sizes).toEqual([1, 1_000, 3_000, 500]);
    expect(kept).toEqual(["first", ...nodes].map(removed));
    const told = done.map((each) => (each as { write?: string }).write ?? "").join("");
    const shown = [...nodes.slice(0, 1_000), "large", ...nodes.slice(4_000)];
    expect(told).toBe(["first", ...shown].map((name) => `<${name}/>`).join(""));
    expect(outbox.waiting).toEqual({ commit: 0, turn: 0 });

    sizes.splice(0);
    const note = "x".repeat(5_000_000);
    for (let n = 0; n < 4; n += 1) {
      const effects = new Effects();
      effects.journal.push({ kind: "note-changed", node: "r", name: "n", text: note });
      outbox.add(effects);
    }
    await immediate();
    commits[1]?.();
    await outbox.settle();
    expect(sizes).toEqual([3, 1]);
  });

  it("answers from what is kept after the commit of everything before, whenever the answer comes, and keeps what follows from it", async () => {
    const { outbox, done } = newOutbox();
    const effects = effectsOf("<a/>", "one");
    const answers: StoreQuery["read"][] = [
      () => effectsOf("<now/>"),
      () => Promise.resolve(effectsOf("<later/>", "two")),
      () => Promise.reject(new Error("no disk")),
    ];
    const addQuery = (ask: StoreQuery["read"], account: string) =>
      effects.query({ account, size: 0, read: ask, refuse: () => "<error/>" });
    for (const [index, ask] of answers.entries()) addQuery(ask, `${index}@example.org`);
    addQuery(() => {
      throw new Error("no table");
    }, "last@example.org");
    outbox.add(effects);
    await immediate();
    await immediate();
    expect(done).toEqual([
      { commit: [removed("one")] },
      { unreadable: new Error("no table") },
      { write: "<a/>" },
      { unreadable: new Error("no disk") },
      { commit: [removed("two")] },
      { write: "<now/><error/><later/><error/>" },
    ]);
  });

  it("reads what has come before it has written all copies of a giant room, and settles when all is written", async () => {
    const { outbox, done } = newOutbox();
    const effects = new Effects("giant");
    const to = Array.from({ length: 20_000 }, (_, n) => `${n}@example.org/client`);
    effects.broadcast(`<m a="${"x".repeat(400)}" to="`, '"/>', to);
    outbox.add(effects);
    outbox.flush();
    const small = new Effects("small");
    small.send("<hello/>");
    outbox.add(small);
    await outbox.settle();
    const texts = done.map((each) => (each as { write: string }).write);
    expect(texts.join("").match(/<m /g)).toHaveLength(20_000);
    const place = texts.findIndex((text) => text.includes("<hello/>"));
    expect(place).toBeLessThan(texts.length - 50);
  });

  it("tells that what was added is kept, though more is added all the time", async () => {
    const { outbox } = newOutbox(() => new Promise<void>((resolve) => setImmediate(resolve)));
    outbox.add(effectsOf("<a/>", "one"));
    const busy = setInterval(() => outbox.add(effectsOf("<b/>", "two")), 0);
    await outbox.whenCommitted();
    clearInterval(busy);
    await outbox.settle();
  });

  it("tells what depends on nothing that is kept, though what was before waits for its commit", async () => {
    const { outbox, done } = newOutbox(() => new Promise<void>(() => {}));
    outbox.add(effectsOf("<a/>", "one"));
    await immediate();
    outbox.sendNotice(Notice.of("<refusal/>"));
    await immediate();
    expect(done).toEqual([{ commit: [removed("one")] }, { write: "<refusal/>" }]);
  });

  it("makes no more copies while the server does not take what it has, and goes on where it was", async () => {
    const sink = {
      written: 0,
      isFull: false,
      write(text: string) {
        this.written += text.length;
        this.isFull = this.written > 100_000;
      },
    };
    const faults = { failed: () => expect.fail(), unreadable: () => expect.fail() };
    const outbox = new Outbox({ ...NO_RECORDS, commit() {} }, sink, faults);
    const effects = new Effects("giant");
    const to = Array.from({ length: 20_000 }, () => "x@example.org/client");
    effects.broadcast(`<m a="${"x".repeat(400)}" to="`, '"/>', to);
    outbox.add(effects);
    for (let turn = 0; turn < 20; turn += 1) await immediate();
    const size = 435;
    // The outbox checks `isFull` before each portion, so it writes only one.
    expect(sink.written).toBeLessThan(1_200_000);
    while (sink.written < size * to.length) {
      sink.isFull = false;
      outbox.drained();
      await immediate();
    }
    await outbox.settle();
    expect(sink.written).toBe(size * to.length);
  });

  it("keeps what has changed, and writes the rest, where the size of a stanza cannot be told", async () => {
    const { outbox, done } = newOutbox();
    const effects = effectsOf("<a/>", "coven");
    const count = 1;
    effects.defer({
      kind: "deferred",
      count,
      get size(): number {
        throw new Error("no size");
      },
      render: () => [],
    });
    effects.send("<b/>");
    outbox.add(effects);
    await immediate();
    expect(done).toEqual([{ commit: [removed("coven")] }, { write: "<a/><b/>" }]);
    expect(outbox.waiting).toEqual({ commit: 0, turn: 0 });
  });
});
