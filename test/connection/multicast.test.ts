import { pino } from "pino";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Multicast } from "../../src/connection/multicast.ts";
import { Outbox } from "../../src/connection/outbox.ts";
import { Effects } from "../../src/muc/model/effects.ts";
import { parse } from "../../src/xmpp/element.ts";
import { eventually } from "../support/eventually.ts";
import { NO_RECORDS } from "../support/no-records.ts";

const FORM = `<x xmlns="jabber:x:data" type="result"><field var="FORM_TYPE" type="hidden"><value>http://jabber.org/protocol/address</value></field><field var="message"><value>4</value></field><field var="presence"><value>6</value></field></x>`;
const FEATURE = `<feature var="http://jabber.org/protocol/address"/>`;
const MEMORY = `<feature var="verona:copies:0"/><x xmlns="jabber:x:data" type="result"><field var="FORM_TYPE" type="hidden"><value>verona:copies:0</value></field><field var="addresses"><value>100</value></field><field var="kept"><value>10</value></field></x>`;
const USERS = ["a@b.example/1", "b@b.example/2", "c@b.example/3", "d@b.example/4", "e@b.example/5"];

let written: string;
let logged: string[];
let outbox: Outbox;
let multicast: Multicast;

/** Returns the text written since the last call. */
function read(): string {
  const text = written;
  written = "";
  return text;
}

/** Answers the last request to this address. */
function answer(to: string, payload: string, type = "result", text = read()): string {
  const id = [...text.matchAll(/<iq type="get" id="([^"]*)" from="rooms.b.example" to="([^"]*)"/g)]
    .filter((match) => match[2] === to)
    .at(-1)?.[1];
  expect(id, `a question to ${to} in ${text}`).toBeDefined();
  const stanza = `<iq type="${type}" id="${id}" from="${to}" to="rooms.b.example">${payload}</iq>`;
  expect(multicast.take(parse(stanza))).toBe(true);
  return text;
}

const info = (content: string) => `<query xmlns="http://jabber.org/protocol/disco#info">${content}</query>`;
const items = (...jids: string[]) =>
  `<query xmlns="http://jabber.org/protocol/disco#items">${jids.map((jid) => `<item jid="${jid}"/>`).join("")}</query>`;

async function discover(): Promise<void> {
  const done = multicast.online();
  answer("b.example", info(`<identity category="server" type="im"/>`));
  await eventually(() => expect(written).not.toBe(""));
  answer("b.example", items("rooms.b.example", "files.b.example", "copies.b.example", "copies.evil.example"));
  await eventually(() => expect(written).not.toBe(""));
  const text = read();
  expect(text).not.toContain("evil.example");
  answer("files.b.example", info(""), "result", text);
  answer("copies.b.example", info(FEATURE + FORM), "result", text);
  await done;
}

const HEAD = `<message from="coven@rooms.b.example/nick" id="1" to="`;

function say(...outputs: (string | { head?: string; tail?: string; to: readonly string[] })[]): void {
  const effects = new Effects("coven");
  for (const output of outputs)
    if (typeof output === "string") effects.send(output);
    else
      effects.broadcast(
        output.head ?? HEAD,
        output.tail ?? `" type="groupchat" xml:lang="->"><body>></body></message>`,
        output.to,
      );
  outbox.add(effects);
  outbox.flush();
}

const confirm = (text?: string) => answer("copies.b.example", "", "error", text);
const addressesIn = (text: string) =>
  [...text.matchAll(/<address type="bcc" jid="([^"]*)"/g)].map((m) => m[1]);

/** Begins with a server that takes stanzas of this size. */
function begin(stanzaBytes = 4_000): void {
  written = "";
  logged = [];
  const log = pino({ level: "info" }, { write: (line: string) => void logged.push(JSON.parse(line).msg) });
  const write = (text: string): void => {
    written += text;
  };
  multicast = new Multicast(
    { domain: "rooms.b.example", multicast: "auto", stanzaBytes, log },
    { write, confirmed: () => outbox.unblock(), refused: (node, text) => outbox.resend(node, text) },
  );
  const faults = { failed: () => expect.fail(), unreadable: () => expect.fail() };
  outbox = new Outbox({ ...NO_RECORDS, commit() {} }, { write, isFull: false }, faults, { multicast });
}

beforeEach(() => begin());

describe("XEP-0033 multicast by the server", () => {
  test("is found among the server's services, with its limit (2.1, 2.2)", async () => {
    await discover();
    say({ to: USERS });
    const text = confirm();
    const stanzas = text.match(/<message.*?<\/message>/g) ?? [];
    expect(stanzas.map(addressesIn)).toEqual([USERS.slice(0, 4), USERS.slice(4)]);
    expect(stanzas[1]).toBe(
      `<message from="coven@rooms.b.example/nick" id="1" to="copies.b.example" type="groupchat" xml:lang="->">` +
        `<addresses xmlns="http://jabber.org/protocol/address"><address type="bcc" jid="e@b.example/5"/></addresses>` +
        "<body>></body></message>",
    );
    expect(logged).toEqual(["multicast is used"]);
  });

  test("is no larger than the server takes, its addresses counted", async () => {
    await discover();
    const to = Array.from({ length: 8 }, (_, n) => `${"u".repeat(300)}${n}@b.example/r`);
    say({ to });
    const stanzas = confirm().match(/<message.*?<\/message>/g) ?? [];
    expect(stanzas.flatMap(addressesIn)).toEqual(to);
    for (const stanza of stanzas) expect(stanza.length).toBeLessThan(4_000);
    expect(stanzas.length).toBeGreaterThan(2);
  });

  test("is not used where it is off, where nobody offers it, and after the link was lost", async () => {
    const off = new Multicast(
      { domain: "rooms.b.example", multicast: "off", stanzaBytes: 4_000, log: pino({ level: "silent" }) },
      { write: () => expect.fail(), confirmed() {}, refused() {} },
    );
    await off.online();
    expect(off.carries("coven", { head: "<message ", tail: '"/>', to: USERS }, () => false)).toBe(false);
    say({ to: USERS });
    expect(addressesIn(read())).toEqual([]);
    await discover();
    multicast.offline();
    say({ to: USERS });
    expect(addressesIn(read())).toEqual([]);
  });

  test("is for the users of that server, and for copies without addresses of their own", async () => {
    await discover();
    const others = ["x@other.example/1", "y@other.example/a@b.example", "z@c.b.example/3"];
    say({ to: [...others, ...USERS.slice(0, 3)] });
    let text = confirm();
    expect(addressesIn(text)).toEqual(USERS.slice(0, 3));
    for (const jid of others) expect(text).toContain(` to="${jid}"`);
    say({ to: USERS, tail: `"><addresses xmlns="http://jabber.org/protocol/address"/></message>` });
    text = read();
    expect(addressesIn(text)).toEqual([]);
    expect(text.match(/<message /g)).toHaveLength(5);
    say({ to: [...others, ...USERS.slice(0, 2)] });
    expect(addressesIn(read())).toEqual([]);
  });

  test("by a service that remembers comes first, which need not know XEP-0033 (docs/copies.md)", async () => {
    begin(20_000);
    const done = multicast.online();
    answer("b.example", info(""));
    await eventually(() => expect(written).not.toBe(""));
    answer("b.example", items("copies.b.example", "lists.b.example"));
    await eventually(() => expect(written).not.toBe(""));
    const text = read();
    answer("copies.b.example", info(FEATURE + FORM), "result", text);
    answer("lists.b.example", info(MEMORY), "result", text);
    await done;
    say({ to: USERS });
    expect(read()).toMatch(/^<message [^>]*to="lists\.b\.example"/);
  });

  test("keeps an empty stanza well-formed", async () => {
    await discover();
    say({ to: USERS.slice(0, 3), tail: `"/>` });
    expect(parse(`<x>${confirm()}</x>`).getChild("message")?.getChild("addresses")?.children).toHaveLength(3);
  });

  test("is not overtaken by single stanzas of the room: they wait until the service answers", async () => {
    await discover();
    say({ to: USERS.slice(0, 4) });
    const first = read();
    say("<single/>", { to: USERS.slice(0, 4) }, { to: USERS.slice(0, 1) });
    expect(read()).toBe("");
    confirm(first);
    const rest = read();
    expect(rest.startsWith("<single/><message ")).toBe(true);
    expect(addressesIn(rest)).toEqual([...USERS.slice(0, 4), ...USERS.slice(0, 1)]);
    const other = new Effects("other");
    other.send("<other/>");
    outbox.add(other);
    outbox.flush();
    expect(read()).toBe("<other/>");
  });

  test("is not overtaken while only some of the room's copies are delivered", async () => {
    await discover();
    say({ to: USERS.slice(0, 4) });
    say({ to: USERS.slice(0, 4) });
    say("<single/>");
    confirm();
    expect(written).not.toContain("<single/>");
    confirm();
    expect(read()).toBe("<single/>");
  });

  test("is not used right before a single stanza, which would wait", async () => {
    await discover();
    say({ to: USERS }, "<single/>");
    expect(addressesIn(written)).toEqual([]);
    expect(read()).toMatch(/<single\/>$/);
  });

  test("has so many copies under way and no more: the service's queue is not bounded", async () => {
    await discover();
    const to = Array.from({ length: 5_000 }, (_, n) => `u${n}@b.example/r`);
    say({ to });
    const seen: (string | undefined)[] = [];
    for (let rounds = 0; written !== ""; rounds += 1) {
      expect(rounds).toBeLessThan(10);
      const text = read();
      expect(addressesIn(text).length).toBeLessThanOrEqual(3_000);
      seen.push(...addressesIn(text));
      if (text.includes("<iq ")) confirm(text);
    }
    expect(seen).toEqual(to);
  });

  test("that is refused is sent one by one, once, and not used any more after three times", async () => {
    await discover();
    const refuse = (to: readonly string[]) => {
      const addresses = to.map((jid) => `<address type="bcc" jid="${jid}"/>`).join("");
      const stanza = `<message type="error" id="1" from="copies.b.example" to="coven@rooms.b.example/nick"><addresses xmlns="http://jabber.org/protocol/address">${addresses}</addresses><error type="auth"><forbidden xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`;
      return multicast.take(parse(stanza));
    };
    for (const round of [1, 2, 3]) {
      say({ to: USERS.slice(0, 4) });
      const text = read();
      expect(addressesIn(text)).toHaveLength(4);
      expect(refuse(USERS.slice(0, 4))).toBe(true);
      expect(refuse(USERS.slice(0, 4)), "only once").toBe(false);
      say("<after/>");
      confirm(text);
      const again = read();
      expect(again.match(/ to="[^"]*"/g)).toEqual(USERS.slice(0, 4).map((jid) => ` to="${jid}"`));
      expect(again).toMatch(/<after\/>$/);
      expect(logged.includes("multicast is no longer used")).toBe(round === 3);
    }
    say({ to: USERS });
    expect(addressesIn(read())).toEqual([]);
    const refused = "multicast is refused";
    expect(logged).toEqual(["multicast is used", refused, refused, refused, "multicast is no longer used"]);
    await discover();
    say({ to: USERS });
    expect(addressesIn(read())).toEqual(USERS);
  });

  test("that is refused while more is under way is repeated in the room's order", async () => {
    await discover();
    const numbered = (id: number, end: string) => `" type="groupchat"><n id="${id}"/>${end}</message>`;
    for (const id of [1, 2, 3]) say({ to: USERS.slice(0, 4), tail: numbered(id, "") });
    const text = read();
    for (const [stanza] of text.matchAll(/<message.*?<\/message>/g))
      expect(
        multicast.take(
          parse(
            stanza
              .replace(/ from="[^"]*"/, ' from="copies.b.example"')
              .replace(` type="groupchat"`, ` type="error"`),
          ),
        ),
      ).toBe(true);
    say({ to: USERS.slice(0, 4), tail: numbered(4, "") });
    expect(read()).toBe("");
    // The first ping followed the first multicast, the next ping the others.
    confirm(text);
    confirm();
    const again = read();
    expect([...again.matchAll(/<n id="(.)"/g)].map((match) => match[1]).join("")).toBe("1111222233334444");
  });

  test.each([
    { differing: "addresses", to: USERS.slice(1, 5) },
    { differing: "id", head: HEAD.replace("1", "2") },
    { differing: "kind", head: HEAD.replace("message", "presence"), tail: `"/>` },
  ])(
    "that is refused is told from others under way by its $differing",
    async ({ differing: _, ...other }) => {
      await discover();
      say({ to: USERS.slice(0, 4) });
      say({ to: USERS.slice(0, 4), ...other });
      const [, refused = ""] = written.match(/<(message|presence) .*?<\/\1>/g) ?? [];
      const refusal = parse(refused);
      Object.assign(refusal.attrs, { from: "copies.b.example", type: "error" });
      expect(multicast.take(refusal)).toBe(true);
      confirm();
      confirm();
      const expected = { to: USERS.slice(0, 4), head: HEAD, ...other };
      expect(read().match(/<[mp][^>]* to="[^"]*"/g)).toEqual(
        expected.to.map((jid) => `${expected.head}${jid}"`),
      );
    },
  );

  test("that is refused comes before what is left of a later message", async () => {
    await discover();
    const to = Array.from({ length: 2_500 }, (_, n) => `u${n}@b.example/r`);
    say({ to: to.slice(-3), tail: `" type="groupchat"><one/></message>` });
    const [refused = ""] = written.match(/<message .*?<\/message>/g) ?? [];
    say({ to, tail: `" type="groupchat"><two/></message>` });
    multicast.take(
      parse(refused.replace(/ from="[^"]*"/, ' from="copies.b.example"').replace("groupchat", "error")),
    );
    let all = "";
    for (let rounds = 0; written !== ""; rounds += 1) {
      expect(rounds).toBeLessThan(10);
      const text = read();
      all += text;
      if (text.includes("<iq ")) confirm(text);
    }
    for (const jid of to.slice(-3)) {
      const received = [...all.matchAll(/<message [^>]*to="([^"]*)".*?<(one|two)\/>/g)]
        .filter(([text, to]) => to === jid || text.includes(`jid="${jid}"`))
        .map(([, , content]) => content);
      expect(received).toEqual(["one", "one", "two"]);
    }
  });

  test("that nobody answers for is given up, and who waited goes on", async () => {
    await discover();
    vi.useFakeTimers();
    try {
      say({ to: USERS });
      say("<after/>");
      read();
      vi.advanceTimersByTime(30_000);
    } finally {
      vi.useRealTimers();
    }
    expect(read()).toBe("<after/>");
  });
});
