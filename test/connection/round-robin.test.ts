import { describe, expect, it } from "vitest";
import { Backlog } from "../../src/connection/backlog.ts";
import { outputSize } from "../../src/connection/output-size.ts";
import { RoundRobin } from "../../src/connection/round-robin.ts";
import type { Output, Recipients, StanzaTemplate } from "../../src/muc/model/effects.ts";
import { STORE_UNREADABLE } from "../../src/muc/model/outcome.ts";

const stanza = (xml: string) => ({ kind: "stanza", xml }) as const;
const broadcast = (template: StanzaTemplate, to: Recipients, coalesceKey?: string): Output =>
  Object.defineProperties({ kind: "broadcast", to, coalesceKey } as never, {
    ...Object.getOwnPropertyDescriptors(template),
  });
const batch = (stanzas: StanzaTemplate[], to: string, onlyWhileInside?: Set<string>) =>
  ({ kind: "batch", stanzas, to, onlyWhileInside }) as const;

const giant = (node: string, recipients: number) => ({
  node,
  outputs: [
    stanza("<before/>"),
    broadcast(
      { head: `<m>${"x".repeat(400)}`, tail: "</m>" },
      Array.from({ length: recipients }, (_, n) => `[${n}]`),
    ),
    stanza("<after/>"),
  ],
});

function drain(turns: RoundRobin): string[] {
  const texts: string[] = [];
  while (!turns.isEmpty) texts.push(turns.next(() => {}));
  return texts;
}

describe("rooms that take turns", () => {
  it("lose nothing, say nothing twice and keep their order, however long it takes", () => {
    const turns = new RoundRobin();
    turns.add(giant("big", 10_000));
    turns.add({ node: "big", outputs: [stanza("<last/>")] });
    const texts = drain(turns);
    expect(texts.length).toBeGreaterThan(50);
    const said = texts.join("");
    expect(said.startsWith("<before/><m>")).toBe(true);
    expect(said.endsWith("</m><after/><last/>")).toBe(true);
    const recipients = [...said.matchAll(/\[(\d+)\]/g)].map(([, number]) => Number(number));
    expect(recipients).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
  });

  it("write a long series for one recipient in parts, in its place", () => {
    const turns = new RoundRobin();
    const stanzas = Array.from({ length: 5_000 }, (_, n) => ({
      head: `<m n="${n}">`,
      tail: "</m>".padStart(99),
    }));
    turns.add({ node: "big", outputs: [stanza("<before/>"), batch(stanzas, "a&b"), stanza("<after/>")] });
    const texts = drain(turns);
    expect(texts.length).toBeGreaterThan(5);
    const said = texts.join("");
    expect(said.startsWith('<before/><m n="0">a&amp;b')).toBe(true);
    expect(said.endsWith("</m><after/>")).toBe(true);
    expect([...said.matchAll(/n="(\d+)"/g)].map(([, n]) => Number(n))).toEqual(stanzas.map((_, n) => n));
  });

  it("let a small room speak before a big one has finished", () => {
    const turns = new RoundRobin();
    turns.add(giant("big", 10_000));
    turns.next(() => {});
    turns.add({ node: "small", outputs: [stanza("<hello/>")] });
    const texts = drain(turns);
    expect(texts.indexOf("<hello/>")).toBeLessThanOrEqual(1);
  });

  it("put into words what waits for that when its turn comes, in its place, and leave nothing on the account", () => {
    const backlog = new Backlog();
    const turns = new RoundRobin(undefined, backlog);
    let now = "then";
    const to = ["[0]", "[1]"];
    const render = () => [
      { kind: "broadcast", head: `<m>${now}${"x".repeat(70_000)}`, tail: "</m>", to } as const,
      batch([{ head: `<own>${now}`, tail: "</own>" }], "[2]"),
    ];
    const deferred = { kind: "deferred", count: 3, size: 10, render } as const;
    const outputs = [stanza("<before/>"), deferred, stanza("<after/>")];
    for (const output of outputs) backlog.add("big", outputSize(output));
    turns.add({ node: "big", outputs });
    now = "now";
    const said = drain(turns).join("").replaceAll("x", "");
    expect(said).toBe("<before/><m>now[0]</m><m>now[1]</m><own>now[2]</own><after/>");
    expect([backlog.wireBytes, backlog.memoryBytes, backlog.rooms]).toEqual([0, 0, 0]);
  });

  it("leave out the rest of what is for those alone who are inside, and go on with what is for anybody", () => {
    const backlog = new Backlog();
    const turns = new RoundRobin(undefined, backlog);
    const inside = new Set(["late"]);
    const stanzas = Array.from({ length: 1_000 }, (_, n) => ({
      head: `<m n="${n}">`,
      tail: "x".repeat(400),
    }));
    turns.add({
      node: "big",
      outputs: [
        batch(stanzas, "late", inside),
        stanza("<a/>"),
        batch(stanzas, "gone", inside),
        stanza("<b/>"),
      ],
    });
    backlog.add("big", { wire: 40_000_000, memory: 0 });
    const first = turns.next(() => {});
    inside.delete("late");
    const rest = drain(turns).join("");
    expect(first).toContain('<m n="0">late');
    expect(rest).toBe("<a/><b/>");
    expect(turns.sent).toBe(first.split("<m ").length + 1);
  });

  it("tell everything to who has just left where little waits", () => {
    const turns = new RoundRobin();
    const stanzas = [{ head: "<m>", tail: "</m>" }];
    turns.add({ node: "small", outputs: [batch(stanzas, "gone", new Set())] });
    expect(drain(turns)).toEqual(["<m>gone</m>"]);
  });

  it("let a small room speak before a big one has gone through all who have left it", () => {
    const turns = new RoundRobin();
    const to = {
      length: 1_000_000,
      count: 0,
      at: (place: number) => (place === 999_999 ? "last" : undefined),
    };
    turns.add({ node: "big", outputs: [broadcast({ head: "<m>", tail: "</m>" }, to)] });
    turns.add({ node: "small", outputs: [stanza("<hello/>")] });
    const texts = drain(turns);
    expect(texts.indexOf("<hello/>")).toBe(1);
    expect(texts.join("")).toBe("<hello/><m>last</m>");
    expect(turns.skipped).toBe(999_999);
  });

  it("replace news that wait by newer ones of the same name where much waits, in the place of the newer; not what is begun", () => {
    const backlog = new Backlog();
    const turns = new RoundRobin(undefined, backlog);
    const add = (...outputs: Output[]): void => {
      for (const output of outputs) backlog.add("big", outputSize(output), "hag@b.example");
      turns.add({ node: "big", outputs }, "hag@b.example");
    };
    const news = (key: string, text: string, recipients = 3) =>
      broadcast(
        { head: `<m>${text}`, tail: `${"x".repeat(400)}</m>` },
        Array.from({ length: recipients }, (_, n) => `[${n}]`),
        key,
      );
    add(news("hag", "one", 10_000));
    const begun = turns.next(() => {});
    expect(begun).toContain("<m>one[0]");
    add(
      news("hag", "two"),
      stanza("<said/>"),
      news("crone", "here"),
      news("hag", "three"),
      news("hag", "four"),
      stanza("<end/>"),
    );
    const said = (begun + drain(turns).join("")).replaceAll("x", "");
    expect(said.match(/<m>one/g)).toHaveLength(10_000);
    const rest = said.slice(said.lastIndexOf("<m>one[9999]</m>") + "<m>one[9999]</m>".length);
    expect(rest.replaceAll(/\[\d\]/g, "")).toBe(
      `<said/>${"<m>here</m>".repeat(3)}${"<m>four</m>".repeat(3)}<end/>`,
    );
    expect([backlog.wireBytes, backlog.memoryBytes, backlog.rooms, backlog.users]).toEqual([0, 0, 0, 0]);
  });

  it("keep the account of each user, also behind what turns out to be nothing", () => {
    const backlog = new Backlog();
    const turns = new RoundRobin(undefined, backlog);
    const later = (text?: string) =>
      ({ kind: "deferred", count: 1, size: 10, render: () => (text ? [stanza(text)] : []) }) as const;
    for (const [output, sender] of [
      [later(), "hag@b.example"],
      [later("<m/>"), "crone@b.example"],
    ] as const) {
      backlog.add("coven", outputSize(output), sender);
      turns.add({ node: "coven", outputs: [output] }, sender);
    }
    expect(drain(turns).join("")).toBe("<m/>");
    expect([backlog.wireBytes, backlog.users]).toEqual([0, 0]);
  });

  it("tell all news where little waits", () => {
    const turns = new RoundRobin();
    const news = (text: string) => broadcast({ head: `<${text} to="`, tail: '"/>' }, ["a"], "hag");
    turns.add({ node: "small", outputs: [news("one"), news("two")] });
    expect(drain(turns).join("")).toBe('<one to="a"/><two to="a"/>');
  });

  it("ask what has to be read when it is their turn, after what they said before", () => {
    const turns = new RoundRobin();
    const done: string[] = [];
    const read = () => expect.fail();
    const query = { kind: "query", account: "a@b", size: 0, read, refuse: () => "<error/>" } as const;
    turns.add({ node: "coven", outputs: [stanza("<a/>"), query, stanza("<b/>")] });
    done.push(turns.next((asked) => done.push(asked.refuse(STORE_UNREADABLE))));
    expect(done).toEqual(["<error/>", "<a/><b/>"]);
    expect(turns.isEmpty).toBe(true);
  });

  it("leave out what the rules fail to put into words, and nothing else; the account is even in the end", () => {
    const backlog = new Backlog();
    const faults: string[] = [];
    const turns = new RoundRobin(undefined, backlog, (error, node) => faults.push(`${node}: ${error}`));
    const fail = (): never => {
      throw new Error("no words");
    };
    const to = ["[0]", "[1]"];
    const broken = {
      get head() {
        return fail();
      },
      tail: "</m>",
      size: 100,
    };
    const whole = { head: "<m>", tail: "</m>" };
    const outputs: Output[] = [
      stanza("<before/>"),
      { kind: "deferred", count: 2, size: 10, render: fail },
      broadcast(whole, to),
      broadcast(broken, to),
      batch([whole, broken, whole], "[2]"),
      { kind: "deferred", count: 2, size: 10, render: () => [batch([broken], "[3]")] },
      broadcast(whole, { length: 1, at: fail }),
      stanza("<after/>"),
    ];
    for (const output of outputs) backlog.add("coven", outputSize(output));
    turns.add({ node: "coven", outputs });
    turns.add({ node: "heath", outputs: [stanza("<hello/>")] });
    backlog.add("heath", outputSize(stanza("<hello/>")));
    const said = drain(turns).join("");
    expect(said).toBe("<before/><m>[0]</m><m>[1]</m><m>[2]</m><m>[2]</m><after/><hello/>");
    expect(faults).toEqual(Array.from({ length: 5 }, () => "coven: Error: no words"));
    expect([backlog.wireBytes, backlog.memoryBytes, backlog.rooms]).toEqual([0, 0, 0]);
  });
});
