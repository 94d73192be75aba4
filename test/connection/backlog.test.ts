import { describe, expect, it } from "vitest";
import { Backlog, fairShare } from "../../src/connection/backlog.ts";
import { Outbox } from "../../src/connection/outbox.ts";
import { Effects } from "../../src/muc/effects.ts";
import { NO_RECORDS } from "../support/no-records.ts";

const bytes = (written: number, held = 0) => ({ written, held });

/** A backlog with a bound of 1000 bytes, and what it has told. */
function newBacklog() {
  const told: string[] = [];
  const backlog = new Backlog(1000, {
    congested: () => told.push("congested"),
    relieved: () => told.push("relieved"),
    full: () => told.push("full"),
    freed: () => told.push("freed"),
  });
  return { backlog, told };
}

describe("RFC 6120 8.3.3.18 the account of what waits", () => {
  it("is congested beyond the bound, until half of it is left: told once each", () => {
    const { backlog, told } = newBacklog();
    backlog.add("coven", bytes(1000));
    expect([backlog.isCongested("coven"), told]).toEqual([false, []]);
    backlog.add("coven", bytes(600));
    backlog.add("coven", bytes(100));
    expect([backlog.isCongested("coven"), told]).toEqual([true, ["congested"]]);
    backlog.remove("coven", bytes(1199));
    expect(backlog.isCongested("coven")).toBe(true);
    backlog.remove("coven", bytes(1));
    backlog.remove("coven", bytes(1));
    expect([backlog.isCongested("coven"), told]).toEqual([false, ["congested", "relieved"]]);
  });

  it("never keeps a room with little from speaking for the sake of one with much", () => {
    const { backlog } = newBacklog();
    backlog.add("giant", bytes(100_000));
    for (let room = 0; room < 40; room += 1) backlog.add(`small${room}`, bytes(10));
    expect(backlog.isCongested("giant")).toBe(true);
    for (let room = 0; room < 40; room += 1) expect(backlog.isCongested(`small${room}`)).toBe(false);
    expect(backlog.isCongested("silent")).toBe(false);
    expect(backlog.busiest(1)).toEqual([{ room: "giant", bytes: 100_000 }]);
  });

  it("congests somebody whenever there is too much, however it is shared", () => {
    const { backlog } = newBacklog();
    for (let room = 0; room < 200; room += 1) backlog.add(`room${room}`, bytes(6));
    expect(Array.from({ length: 200 }, (_, room) => backlog.isCongested(`room${room}`))).toContain(true);
  });

  it("shares fairly: what the small ones leave is for the others", () => {
    expect(fairShare([10, 90, 500, 700], 500)).toBe(200);
    expect(fairShare([300, 300], 500)).toBe(250);
    expect(fairShare([100, 400], 500)).toBe(Number.POSITIVE_INFINITY);
  });

  it("is full by the memory that is taken, and not by copies that are still one text", () => {
    const { backlog, told } = newBacklog();
    backlog.add("coven", bytes(1_000_000, 2000));
    expect(told).toEqual(["congested"]);
    backlog.add("coven", bytes(0, 1));
    backlog.remove("coven", bytes(0, 500));
    expect([backlog.isFull, told]).toEqual([true, ["congested", "full"]]);
    backlog.remove("coven", bytes(0, 1));
    expect([backlog.isFull, told]).toEqual([false, ["congested", "full", "freed"]]);
  });
});

describe("the outbox's account", () => {
  const to = Array.from({ length: 5000 }, (_, seat) => `guest${seat}@example.org/client`);

  /** Effects with everything that can wait. */
  function effectsOf(node: string): Effects {
    const effects = new Effects(node);
    effects.send("<é/>");
    effects.copies('<m to="', `">${"x".repeat(300)}</m>`, to);
    effects.copies('<m to="', '"/>', to.slice(0, 3));
    const stanza = { head: '<p to="', tail: `">${"y".repeat(100)}</p>` };
    effects.series([stanza, stanza], "late@example.org/client");
    effects.series(
      Array.from({ length: 3000 }, () => ({ ...stanza, size: 111 })),
      "late@example.org/client",
    );
    effects.copiesOf(
      { ...stanza, size: 111 },
      { length: 3, count: 2, at: (place) => (place === 1 ? undefined : to[place]) },
    );
    effects.inquire({ ask: () => answer("<now/>"), otherwise: "<error/>" });
    effects.inquire({ ask: () => Promise.resolve(answer("<later/>")), otherwise: "<error/>" });
    effects.inquire({ ask: () => Promise.reject(new Error("no disk")), otherwise: "<error/>" });
    effects.journal.push({ kind: "room-removed", node });
    return effects;
  }
  function answer(text: string): Effects {
    const effects = new Effects("coven");
    effects.send(text);
    return effects;
  }

  it("counts what waits for its commit, then for the server, and is zero when all is written", async () => {
    const backlog = new Backlog(1_000_000);
    const commits: (() => void)[] = [];
    let written = "";
    const sink = {
      isFull: false,
      write(text: string) {
        written += text;
      },
    };
    const commit = () => new Promise<void>((resolve) => commits.push(resolve));
    const faults = { failed: () => expect.fail(), unreadable() {} };
    const outbox = new Outbox({ ...NO_RECORDS, commit }, sink, faults, { backlog });
    outbox.add(effectsOf("coven"));
    const size = backlog.written;
    outbox.add(effectsOf("coven"));
    outbox.flush();
    expect(backlog.written).toBe(2 * size);
    expect(backlog.isCongested("coven")).toBe(true);
    // The texts of 10 000 copies, which are not made yet, take little.
    expect(backlog.held).toBeLessThan(150_000);
    sink.isFull = true;
    commits.shift()?.();
    await outbox.whenKept();
    expect([written, backlog.written]).toEqual(["", 2 * size]);
    outbox.tell(answer("<refusal/>"));
    outbox.repeat("heath", "<again/>");
    sink.isFull = false;
    outbox.goOn();
    const settled = outbox.settle();
    for (const each of commits.splice(0)) each();
    await settled;
    await new Promise((resolve) => setImmediate(resolve));
    await outbox.settle();
    expect([backlog.written, backlog.held, backlog.rooms]).toEqual([0, 0, 0]);
    // An address is counted as 40 bytes, and an inquiry is counted.
    expect(Math.abs(2 * size - Buffer.byteLength(written))).toBeLessThan(16_020 * 20);
  });
});
