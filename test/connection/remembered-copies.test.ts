// The protocol of docs/copies.md, against a model of the service.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RememberedCopies } from "../../src/connection/remembered-copies.ts";
import type { StanzaTemplate } from "../../src/muc/model/effects.ts";
import { child, type Element, parse } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";

interface Delivered {
  readonly to: string;
  readonly from: string | undefined;
}

/** Does what contrib/prosody does. */
class Service {
  readonly #memory: { readonly addresses: number; readonly stanzas: number };
  readonly #lists = new Map<string, { version: number; jids: Set<string> }>();
  readonly #kept = new Map<number, string | undefined>();
  delivered: Delivered[] = [];

  constructor(memory: { readonly addresses: number; readonly stanzas: number }) {
    this.#memory = memory;
  }

  take(stanza: Element): void {
    const copies = child(stanza, "copies", NS.copies);
    if (!copies) {
      this.delivered.push({ to: String(stanza.attrs.to), from: stanza.attrs.from });
      return;
    }
    const { forget = "", to, send, keep } = copies.attrs;
    if (forget === "*") this.#lists.clear();
    for (const id of forget.split(" ")) this.#lists.delete(id);
    const recipients = to === undefined ? this.#recipients(copies) : [to];
    const froms = send === undefined ? [stanza.attrs.from] : this.#find(send);
    if (keep !== undefined) {
      expect(Number(keep)).toBeLessThanOrEqual(this.#memory.stanzas);
      this.#kept.set(Number(keep), stanza.attrs.from);
    }
    for (const from of froms) for (const each of recipients) this.delivered.push({ to: each, from });
  }

  #recipients(copies: Element): string[] {
    const { list = "", version } = copies.attrs;
    const changes = copies.getChildElements().filter((each) => each.getName() !== "but");
    if (version === "1" && changes.length > 0) this.#lists.set(list, { version: 0, jids: new Set() });
    const found = this.#lists.get(list);
    expect(found?.version).toBe(Number(version) - (changes.length > 0 ? 1 : 0));
    if (!found) return [];
    found.version = Number(version);
    for (const change of changes) {
      const jid = String(change.attrs.jid);
      expect(found.jids.has(jid)).toBe(change.getName() === "remove");
      if (change.getName() === "add") found.jids.add(jid);
      else found.jids.delete(jid);
    }
    let addresses = 0;
    for (const { jids } of this.#lists.values()) addresses += jids.size;
    expect(addresses).toBeLessThanOrEqual(this.#memory.addresses);
    const except = new Set(
      copies.getChildElements().flatMap((each) => (each.getName() === "but" ? [each.attrs.jid] : [])),
    );
    return [...found.jids].filter((jid) => !except.has(jid));
  }

  #find(send: string): (string | undefined)[] {
    return send.split(" ").flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => {
        expect(this.#kept.has(first + index)).toBe(true);
        return this.#kept.get(first + index);
      });
    });
  }
}

const BYTES = 20_000;
const user = (n: number): string => `user${n}@b.example/r`;
const presence = (n: number): StanzaTemplate => ({ head: `<presence from="r@c/${n}" to="`, tail: `"/>` });
const message: StanzaTemplate = { head: `<message from="r@c/m" to="`, tail: `"><body/></message>` };

function start(addresses = 1_000, stanzas = 100) {
  const memory = { addresses, stanzas };
  const copies = new RememberedCopies({
    domain: "c",
    service: "copies.b.example",
    memory,
    stanzaBytes: BYTES,
  });
  const service = new Service(memory);
  const take = (text: string): void => {
    for (const stanza of parse(`<x>${text}</x>`).getChildElements()) service.take(stanza);
  };
  return {
    copies,
    service,
    /** Returns the text to the service. */
    say(to: readonly string[], stanza = message, node = "r"): string {
      const { requests, others } = copies.broadcast(node, stanza, to);
      const text = requests.map((request) => request.text).join("");
      for (const request of requests) expect(Buffer.byteLength(request.text)).toBeLessThan(BYTES);
      take(text);
      for (const jid of others) take(stanza.head + jid + stanza.tail);
      return text;
    },
    show(stanzas: readonly StanzaTemplate[], to: string): string {
      const part = { start: 0, count: 1_000, length: 1e6, admits: () => true, faulted: () => expect.fail() };
      const { text } = copies.batch("r", { kind: "batch", stanzas, to }, part);
      take(text);
      return text;
    },
  };
}

const users = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => user(first + index));

describe("docs/copies.md: lists", () => {
  test("a list is told once; later stanzas name it, whoever is left out once, and changes", () => {
    const { say } = start();
    const everybody = users(1, 9);
    expect(say(everybody).match(/<add /g)).toHaveLength(9);
    const element = (text: string) =>
      /<copies [^>]*(\/>|>.*<\/copies>)/.exec(text)?.[0].replace(/ n="\d+"/, "");
    const copies = (attributes: string, content = "") =>
      `<copies xmlns="verona:copies:0" ${attributes}${content === "" ? "/>" : `>${content}</copies>`}`;
    expect(element(say(everybody))).toBe(copies(`list="1" version="1"`));
    expect(element(say(users(2, 9)))).toBe(copies(`list="1" version="1"`, `<but jid="${user(1)}"/>`));
    expect(element(say(everybody))).toBe(copies(`list="1" version="1"`));
    say(users(2, 9));
    expect(element(say(users(2, 10)))).toBe(
      copies(`list="1" version="2"`, `<remove jid="${user(1)}"/><add jid="${user(10)}"/>`),
    );
  });

  test("kinds of viewers have lists of their own", () => {
    const { say } = start();
    say(users(1, 50));
    say(users(51, 90));
    expect(say(users(1, 50))).not.toMatch(/<(add|remove|but) /);
    expect(say(users(51, 90))).not.toMatch(/<(add|remove|but) /);
  });

  test("a list that the service has forgotten is told again", () => {
    const { copies, say } = start();
    say(users(1, 5));
    copies.reset();
    expect(say(users(1, 5))).toMatch(/ forget="\*" list="1" version="1"><add /);
  });

  test("recipients for whom one stanza has no space are in a second list", () => {
    const { say, service } = start();
    expect(say(users(1, 600)).match(/<copies /g)?.length).toBeGreaterThan(1);
    expect(service.delivered.map(({ to }) => to)).toEqual(users(1, 600));
  });

  test("any recipients in any order get each stanza once, within the service's limits", () => {
    const set = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 40 });
    const step = fc.record({ node: fc.constantFrom("r", "s", "t"), to: set, isReset: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 5, max: 90 }), (steps, addresses) => {
        const { copies, say, service } = start(addresses);
        for (const { node, to, isReset } of steps) {
          if (isReset && to.length % 5 === 0) copies.reset();
          service.delivered = [];
          say(to.map(user), message, node);
          expect(service.delivered.map(({ to: jid }) => jid).toSorted()).toEqual(to.map(user).toSorted());
        }
      }),
    );
  });
});

describe("docs/copies.md: kept stanzas", () => {
  test("who enters gets the presences that others were sent by their numbers", () => {
    const { say, show, service } = start();
    for (const n of [1, 2, 3, 4]) say(users(1, 5), presence(n));
    expect(show([1, 2, 3].map(presence), user(9))).toMatch(
      /^<message [^>]*><copies [^>]* send="1-3"\/><\/message>$/,
    );
    expect(show([1, 3, 8, 4].map(presence), user(9)).match(/ (send|keep)="[^"]*"/g)).toEqual([
      ' send="1 3"',
      ' keep="5"',
      ' send="4"',
    ]);
    expect(service.delivered.slice(-7).map(({ from }) => from)).toEqual(
      [1, 2, 3, 1, 3, 8, 4].map((n) => `r@c/${n}`),
    );
  });

  test("unavailable presence and messages to all are not kept", () => {
    const { say } = start();
    expect(say(users(1, 5))).not.toContain("keep=");
    const leaving = { head: `<presence from="r@c/1" type="unavailable" to="`, tail: `"/>` };
    expect(say(users(1, 5), leaving)).not.toContain("keep=");
  });

  test("the oldest is replaced when the service has no more space", () => {
    const { show, service } = start(100, 4);
    for (let n = 0; n < 30; n += 1) {
      const shown = [n, n + 1, n % 3, n + 1];
      service.delivered = [];
      show(shown.map(presence), user(1));
      expect(service.delivered.map(({ from }) => from)).toEqual(shown.map((each) => `r@c/${each}`));
    }
  });

  test("what is long, or has the service's own element, is sent as it is", () => {
    const { copies } = start();
    const long = {
      head: `<message from="r@c/m" to="`,
      tail: `"><body>${"x".repeat(5_000)}</body></message>`,
    };
    const own = { head: `<message from="r@c/m" to="`, tail: `"><copies xmlns="${NS.copies}"/></message>` };
    const part = { start: 0, count: 2, length: 1e6, admits: () => true, faulted: () => expect.fail() };
    for (const stanza of [long, own]) {
      const batch = { kind: "batch", stanzas: [stanza, presence(1)], to: user(1) } as const;
      const { text, requests } = copies.batch("r", batch, part);
      expect(text.startsWith(stanza.head + user(1) + stanza.tail)).toBe(true);
      expect(requests).toHaveLength(1);
    }
  });

  test("a refused request is found by its number and says everything singly", () => {
    const { copies } = start();
    const [request] = copies.broadcast("r", message, users(1, 3)).requests;
    const refusal = (n: string) =>
      parse(`<message type="error"><copies xmlns="${NS.copies}" n="${n}"/></message>`);
    expect(request?.isRefusedBy(refusal("1"))).toBe(true);
    expect(request?.isRefusedBy(refusal("2"))).toBe(false);
    expect(request?.writeSingly()).toBe(
      users(1, 3)
        .map((jid) => message.head + jid + message.tail)
        .join(""),
    );
  });
});
