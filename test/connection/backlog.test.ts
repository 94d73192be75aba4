import { describe, expect, it } from "vitest";
import { Backlog } from "../../src/connection/backlog.ts";
import { fairShare } from "../../src/connection/fair-share.ts";
import { Notice } from "../../src/connection/notice.ts";
import { Outbox } from "../../src/connection/outbox.ts";
import { Effects } from "../../src/muc/model/effects.ts";
import { NO_RECORDS } from "../support/no-records.ts";

const bytes = (wire: number, memory = 0) => ({ wire, memory });

/** Returns a backlog with a bound of 1000 bytes, and its reports. */
function newBacklog() {
  const told: string[] = [];
  const backlog = new Backlog(1000, {
    sheddingJoins: () => told.push("joins"),
    sheddingAll: () => told.push("all"),
    recovered: () => told.push("relieved"),
    memoryFull: () => told.push("full"),
    memoryFreed: () => told.push("freed"),
  });
  return { backlog, told };
}

describe("RFC 6120 8.3.3.18 the account of what waits", () => {
  it("sheds joins near the bound and everything beyond it, until half of it is left: told once each", () => {
    const { backlog, told } = newBacklog();
    backlog.add("coven", bytes(875));
    expect([backlog.sheddingFor("coven"), told]).toEqual([undefined, []]);
    backlog.add("coven", bytes(125));
    expect([backlog.sheddingFor("coven"), told]).toEqual(["joins", ["joins"]]);
    backlog.add("coven", bytes(600));
    backlog.add("coven", bytes(100));
    expect([backlog.sheddingFor("coven"), told]).toEqual(["all", ["joins", "all"]]);
    backlog.remove("coven", bytes(1199));
    expect(backlog.sheddingFor("coven")).toBe("all");
    backlog.remove("coven", bytes(1));
    backlog.remove("coven", bytes(1));
    expect([backlog.sheddingFor("coven"), told]).toEqual([undefined, ["joins", "all", "relieved"]]);
  });

  it("lets entries take no more than leaves something for what is said inside", () => {
    const { backlog } = newBacklog();
    for (let round = 0; round < 3; round += 1) {
      while (backlog.sheddingFor("coven") === undefined) backlog.add("coven", bytes(40));
      backlog.add("coven", bytes(20));
      expect(backlog.sheddingFor("coven")).toBe("joins");
      while (backlog.sheddingFor("coven")) backlog.remove("coven", bytes(20));
    }
  });

  it("never keeps a room with little from speaking for the sake of one with much", () => {
    const { backlog } = newBacklog();
    backlog.add("giant", bytes(100_000));
    for (let room = 0; room < 40; room += 1) backlog.add(`small${room}`, bytes(10));
    expect(backlog.sheddingFor("giant")).toBe("all");
    for (let room = 0; room < 40; room += 1) expect(backlog.sheddingFor(`small${room}`)).toBeUndefined();
    expect(backlog.sheddingFor("silent")).toBeUndefined();
    expect(backlog.busiest(1)).toEqual([{ room: "giant", bytes: 100_000 }]);
  });

  it("never keeps a user who has brought about little from speaking for the sake of one who has much", () => {
    const { backlog } = newBacklog();
    for (let guest = 0; guest < 20; guest += 1) backlog.add("coven", bytes(10), `guest${guest}@b.example`);
    backlog.add("coven", bytes(5_000), "hag@b.example");
    expect(backlog.sheddingFor("coven", "hag@b.example")).toBe("all");
    for (let guest = 0; guest < 20; guest += 1)
      expect(backlog.sheddingFor("coven", `guest${guest}@b.example`)).toBe("joins");
    expect(backlog.sheddingFor("coven", "silent@b.example")).toBe("joins");
    backlog.remove("coven", bytes(5_000), "hag@b.example");
    expect(backlog.sheddingFor("coven", "hag@b.example")).toBeUndefined();
  });

  it("congests somebody in a room whenever there is too much, however it is shared", () => {
    const { backlog } = newBacklog();
    const users = Array.from({ length: 200 }, (_, user) => `guest${user}@b.example`);
    for (const user of users) backlog.add("coven", bytes(6), user);
    expect(users.map((user) => backlog.sheddingFor("coven", user))).toContain("all");
  });

  it("congests somebody whenever there is too much, however it is shared", () => {
    const { backlog } = newBacklog();
    for (let room = 0; room < 200; room += 1) backlog.add(`room${room}`, bytes(6));
    expect(Array.from({ length: 200 }, (_, room) => backlog.sheddingFor(`room${room}`))).toContain("all");
  });

  it("shares fairly: what the small ones leave is for the others", () => {
    expect(fairShare([10, 90, 500, 700], 500)).toBe(200);
    expect(fairShare([300, 300], 500)).toBe(250);
    expect(fairShare([100, 400], 500)).toBe(Number.POSITIVE_INFINITY);
  });

  it("is full by the memory that is taken, and not by copies that are still one text", () => {
    const { backlog, told } = newBacklog();
    backlog.add("coven", bytes(1_000_000, 2000));
    expect(told).toEqual(["joins", "all"]);
    backlog.add("coven", bytes(0, 1));
    backlog.remove("coven", bytes(0, 500));
    expect([backlog.isFull, told.slice(2)]).toEqual([true, ["full"]]);
    backlog.remove("coven", bytes(0, 1));
    expect([backlog.isFull, told.slice(2)]).toEqual([false, ["full", "freed"]]);
  });
});

describe("the outbox's account", () => {
  const to = Array.from({ length: 5000 }, (_, seat) => `guest${seat}@example.org/client`);

  /** Returns effects of every kind that can wait. */
  function effectsOf(node: string): Effects {
    const effects = new Effects(node);
    effects.send("<é/>");
    effects.broadcast('<m to="', `">${"x".repeat(300)}</m>`, to);
    effects.broadcast('<m to="', '"/>', to.slice(0, 3));
    const stanza = { head: '<p to="', tail: `">${"y".repeat(100)}</p>` };
    effects.batch([stanza, stanza], "late@example.org/client");
    effects.batch(
      Array.from({ length: 3000 }, () => ({ ...stanza, size: 111 })),
      "late@example.org/client",
    );
    effects.broadcastLazily(
      { ...stanza, size: 111 },
      { length: 3, count: 2, at: (place) => (place === 1 ? undefined : to[place]) },
    );
    const gone = "gone@example.org/client";
    const render = () => [
      { kind: "batch", stanzas: [stanza, stanza], to: gone, onlyWhileInside: { has: () => false } } as const,
    ];
    effects.defer({ kind: "deferred", count: 2, size: 111, render });
    effects.broadcastLazily({ ...stanza, size: 111 }, { length: 20_000, count: 9, at: () => undefined });
    effects.query({ account: "0@b", size: 0, read: () => answer("<now/>"), refuse: () => "<error/>" });
    effects.query({
      account: "1@b",
      size: 0,
      read: () => Promise.resolve(answer("<later/>")),
      refuse: () => "<error/>",
    });
    effects.query({
      account: "2@b",
      size: 0,
      read: () => Promise.reject(new Error("no disk")),
      refuse: () => "<error/>",
    });
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
    outbox.add(Object.assign(effectsOf("coven"), { sender: "hag@b.example" }));
    const size = backlog.wireBytes;
    outbox.add(Object.assign(effectsOf("coven"), { sender: "crone@b.example" }));
    outbox.flush();
    expect(backlog.wireBytes).toBe(2 * size);
    expect(backlog.sheddingFor("coven", "hag@b.example")).toBe("all");
    expect(backlog.sheddingFor("coven", "guest@b.example")).toBe("joins");
    // The 10 000 copies are not rendered yet, so they take little memory.
    expect(backlog.memoryBytes).toBeLessThan(150_000);
    sink.isFull = true;
    commits.shift()?.();
    await outbox.whenCommitted();
    expect([written, backlog.wireBytes]).toEqual(["", 2 * size]);
    outbox.sendNotice(Notice.of("<refusal/>"));
    outbox.resend("heath", "<again/>");
    sink.isFull = false;
    outbox.drained();
    const settled = outbox.settle();
    for (const each of commits.splice(0)) each();
    await settled;
    await new Promise((resolve) => setImmediate(resolve));
    await outbox.settle();
    expect([backlog.wireBytes, backlog.memoryBytes, backlog.rooms, backlog.users]).toEqual([0, 0, 0, 0]);
    // An address is counted as 40 bytes, and a store query is counted.
    expect(Math.abs(2 * size - Buffer.byteLength(written))).toBeLessThan(16_020 * 20);
  });
});
