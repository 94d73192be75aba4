import { setTimeout as delay } from "node:timers/promises";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ComponentLink, type LinkHandlers } from "../../src/connection/component-link.ts";
import type { Element } from "../../src/xmpp/element.ts";
import { eventually } from "../support/eventually.ts";
import { FakeServer, HEADER } from "./fake-server.ts";

let server: FakeServer;
let port: number;
let link: ComponentLink | undefined;
let log: { msg: string; level: number }[];
let stanzas: Element[];

beforeEach(async () => {
  server = new FakeServer("cauldron");
  port = await server.listen();
  log = [];
  stanzas = [];
});
afterEach(async () => {
  await link?.stop();
  await server.close();
});

function start(
  secret = "cauldron",
  handlers: Partial<LinkHandlers> = {},
  backoff = { firstDelay: 20, longestDelay: 50 },
): ComponentLink {
  const logger = pino({ level: "debug" }, { write: (line: string) => log.push(JSON.parse(line)) });
  link = new ComponentLink(
    { host: "127.0.0.1", port, domain: "chat.example", secret, log: logger, backoff, answerTimeout: 1_000 },
    { stanza: (element) => stanzas.push(element), online() {}, offline() {}, drained() {}, ...handlers },
  );
  link.start();
  return link;
}

const online = (which: ComponentLink) => eventually(() => expect(which.online).toBe(true));
const messages = () => log.map((entry) => entry.msg);

describe("XEP-0114 the component link", () => {
  it("goes online with the handshake and hands stanzas over", async () => {
    const it = start();
    await online(it);
    server.sockets[0]?.write("<message from='a@b' to='c@chat.example'><body>hi</body></message>");
    await eventually(() => expect(stanzas).toHaveLength(1));
    expect(messages()).toEqual(["online"]);
  });

  it("goes online with a server that sends stream features before the handshake's answer (RFC 6120 section 4.3.2)", async () => {
    server.behaviour = {
      kind: "answer",
      header: HEADER,
      handshake: "<stream:features><address xmlns='urn:x'/></stream:features><handshake/>",
    };
    await online(start());
    expect(server.connections).toBe(1);
    server.sockets[0]?.write("<message from='a@b' to='c@chat.example'/>");
    await eventually(() => expect(stanzas).toHaveLength(1));
  });

  it("answers no IQ by itself: that is for the service, exactly once (RFC 6120 section 8.2.3)", async () => {
    await online(start());
    server.sockets[0]?.write(
      "<iq type='get' id='q1' from='a@b/c' to='chat.example'><ping xmlns='urn:xmpp:ping'/></iq>",
    );
    await eventually(() => expect(stanzas).toHaveLength(1));
    await delay(50);
    expect(server.received).not.toContain("q1");
  });

  it("keeps characters whole that are split across TCP chunks", async () => {
    await online(start());
    const bytes = Buffer.from("<message from='a@b' to='c@chat.example'><body>né \u{1F9D9}</body></message>");
    for (const byte of bytes) {
      server.sockets[0]?.write(Buffer.of(byte));
      await delay(1);
    }
    await eventually(() => expect(stanzas).toHaveLength(1));
    expect(stanzas[0]?.getChild("body")?.getText()).toBe("né \u{1F9D9}");
  });

  it.each([
    ["a wrong secret", { kind: "error-after-handshake", condition: "not-authorized" }, /component\.secret/],
    [
      "an unknown host",
      { kind: "error-after-header", condition: "host-unknown" },
      /does not know the component chat\.example/,
    ],
    [
      "a conflict",
      { kind: "error-after-header", condition: "conflict" },
      /has another connection for chat\.example.*component_conflict_resolve = "kick_old"/,
    ],
    [
      "a stanza that the server finds too large",
      { kind: "error-after-header", condition: "policy-violation" },
      /component_stanza_size_limit.*limits\.sentStanzaBytes/,
    ],
  ] as const)(
    "says of %s in one line, once, what to change, and tries on",
    async (_what, behaviour, line) => {
      server.behaviour = behaviour;
      const it = start();
      await eventually(() => expect(server.connections).toBeGreaterThan(3));
      expect(messages()).toEqual([expect.stringMatching(line)]);
      server.behaviour = { kind: "accept" };
      await online(it);
      expect(messages().at(-1)).toBe("online");
    },
  );

  it("tries again soon while the server has another connection, however long other faults make it wait", async () => {
    server.behaviour = { kind: "error-after-header", condition: "conflict" };
    start("cauldron", {}, { firstDelay: 60_000, longestDelay: 60_000 });
    await eventually(() => expect(server.connections).toBeGreaterThan(2));
  });

  it("says so of a secret that the server does not share", async () => {
    start("wrong");
    await eventually(() => expect(server.connections).toBeGreaterThan(2));
    expect(messages()).toEqual([expect.stringMatching(/component\.secret/)]);
  });

  it("hands over a stanza that shares a segment with the handshake, and none that comes before it", async () => {
    const stanza = (id: string) => `<message id='${id}' from='a@b' to='c@chat.example'/>`;
    server.behaviour = { kind: "answer", header: HEADER, handshake: `<handshake/>${stanza("after")}` };
    await online(start());
    await eventually(() => expect(stanzas).toHaveLength(1));
    server.behaviour = { kind: "answer", header: HEADER + stanza("before") };
    server.sockets[0]?.destroy();
    await eventually(() => expect(server.connections).toBeGreaterThan(2));
    expect(stanzas.map((element) => element.attrs.id)).toEqual(["after"]);
  });

  it("leaves the answer to an IQ to its handler", async () => {
    await online(start());
    server.sockets[0]?.write(
      "<iq type='get' id='1' from='a@b' to='chat.example'><ping xmlns='urn:xmpp:ping'/></iq>",
    );
    await eventually(() => expect(stanzas).toHaveLength(1));
    await link?.stop();
    expect(server.received).not.toContain("<iq");
  });

  it("outlives handlers that throw", async () => {
    const fault = () => {
      throw new Error("fault of a handler");
    };
    const it = start("cauldron", { stanza: fault, online: fault, offline: fault });
    await online(it);
    server.sockets[0]?.write("<presence from='a@b' to='c@chat.example/d'/>");
    await eventually(() => expect(messages()).toContain("failed to handle a stanza"));
    expect(it.online).toBe(true);
    server.sockets[0]?.destroy();
    await eventually(() => expect(messages().filter((message) => message === "online")).toHaveLength(2));
  });

  it.each([
    ["resets the connection", { kind: "reset" }, /ECONNRESET/],
    [
      "speaks another protocol",
      { kind: "answer", header: "</p>HTTP/1.1 400 Bad Request\r\n" },
      /not send an XMPP stream/,
    ],
    [
      "sends an empty stream error",
      { kind: "answer", header: `${HEADER}<stream:error/>` },
      /not send an XMPP stream/,
    ],
    ["never answers the handshake", { kind: "answer", header: HEADER }, /no answer from/],
    [
      "names another host",
      {
        kind: "answer",
        header: `${HEADER}<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>127.0.0.1:1</see-other-host></stream:error>`,
      },
      /see-other-host/,
    ],
  ] as const)("outlives a server that %s", async (_what, behaviour, line) => {
    server.behaviour = behaviour;
    const it = start();
    await eventually(() => expect(server.connections).toBeGreaterThan(2));
    expect(messages()).toEqual([expect.stringMatching(line)]);
    server.behaviour = { kind: "accept" };
    await online(it);
  });

  it.each([
    ["closes the stream and keeps the connection", "</stream:stream>"],
    ["sends what is not well-formed", "<a></b>"],
  ])("makes the link anew when the server %s", async (_what, markup) => {
    const it = start();
    await online(it);
    server.sockets[0]?.write(markup);
    await delay(5);
    server.sockets[0]?.write("\n<presence/>");
    await eventually(() => expect(server.connections).toBe(2));
    await online(it);
    expect(messages()).toEqual(["online", "offline", "online"]);
  });

  it("stops for good while it waits for the next attempt", async () => {
    await server.close();
    const it = start();
    await eventually(() => expect(messages()).toHaveLength(1));
    await it.stop();
    server = new FakeServer("cauldron");
    await server.listen(port);
    await delay(200);
    expect(server.connections).toBe(0);
  });

  it("says so once when nothing listens, and connects when the server comes", async () => {
    await server.close();
    const it = start();
    await eventually(() =>
      expect(messages()).toEqual([expect.stringMatching(/nothing listens on 127\.0\.0\.1/)]),
    );
    server = new FakeServer("cauldron");
    await server.listen(port);
    await online(it);
  });

  it("gives up on a server that never answers, and tries again", async () => {
    server.behaviour = { kind: "silent" };
    start();
    await eventually(() => expect(server.connections).toBeGreaterThan(1));
    expect(messages()).toEqual([expect.stringMatching(/no answer from/)]);
  });

  it("survives the loss of the connection: offline once, online once", async () => {
    const it = start();
    await online(it);
    server.sockets[0]?.destroy();
    await eventually(() => expect(server.connections).toBe(2));
    await online(it);
    expect(messages().filter((message) => message === "offline")).toHaveLength(1);
    expect(messages().filter((message) => message === "online")).toHaveLength(2);
  });

  it("writes while online only", async () => {
    const it = start();
    expect(it.write("<presence/>")).toBe(false);
    await online(it);
    expect(it.write("<presence from='a@chat.example' to='b@c'/>")).toBe(true);
    await eventually(() => expect(server.received).toContain("<presence from='a@chat.example' to='b@c'/>"));
  });

  it("sends what is pending and closes the stream when it is stopped", async () => {
    const it = start();
    await online(it);
    it.write(`<message from='a@chat.example' to='b@c'><body>${"x".repeat(500_000)}</body></message>`);
    await it.stop();
    expect(server.received).toMatch(/x<\/body><\/message><\/stream:stream>$/);
    expect(server.connections).toBe(1);
  });

  it("reads nothing while paused but what it is told to sip, also on the next link; a stop does not wait for that", async () => {
    const it = start();
    await online(it);
    const say = (id: string) =>
      server.sockets.at(-1)?.write(`<message id='${id}' from='a@b' to='c@chat.example'/>`);
    const heard = () => stanzas.map(({ attrs }) => attrs.id);
    it.pause();
    say("1");
    await delay(50);
    expect(heard()).toEqual([]);
    it.readSome();
    await eventually(() => expect(heard()).toEqual(["1"]));
    say("2");
    await delay(50);
    expect(heard()).toEqual(["1"]);
    it.abandon("the server has read nothing");
    await eventually(() => expect(server.connections).toBe(2));
    await online(it);
    expect(messages()).toEqual(["online", "offline", "online"]);
    say("3");
    await delay(50);
    expect(heard()).toEqual(["1"]);
    it.resume();
    await eventually(() => expect(heard()).toEqual(["1", "3"]));
    it.pause();
    await it.stop();
  });

  it("tells what waits for the server, and when it has taken it", async () => {
    const drained = vi.fn();
    const it = start("cauldron", { drained });
    await online(it);
    server.sockets[0]?.pause();
    while (!it.isFull) {
      it.write(`<m>${"x".repeat(100_000)}</m>`);
      await delay(1);
    }
    expect(it.waiting).toBeGreaterThan(1_000_000);
    expect(drained).not.toHaveBeenCalled();
    server.sockets[0]?.resume();
    await eventually(() => expect(drained).toHaveBeenCalledOnce());
    expect([it.waiting, it.isFull]).toEqual([0, false]);
  });
});
