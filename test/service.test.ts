// The whole service behind a fake server: behaviour that only all parts together show.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { freePorts } from "../dev/servers/ports.ts";
import { loadConfig } from "../src/config/load.ts";
import { callService } from "../src/control/call-service.ts";
import { type RunningService, startService } from "../src/service.ts";
import { SqliteStore } from "../src/storage/sqlite/store.ts";
import { StorageError } from "../src/storage/store.ts";
import { FakeServer } from "./connection/fake-server.ts";
import { archived, heath, message } from "./storage/records.ts";
import { eventually } from "./support/eventually.ts";

const FROM = 'from="crone1@shakespeare.example/desktop"';
const ROOM = "coven@chat.example";

let server: FakeServer;
let service: RunningService;
beforeEach(async () => {
  server = new FakeServer("cauldron");
});
afterEach(async () => {
  await service.stop().catch(() => {});
  vi.restoreAllMocks();
  await server.close();
});

async function start(more: NodeJS.ProcessEnv = {}, write?: (line: string) => void): Promise<void> {
  const port = await server.listen();
  const env = {
    VERONA_DOMAIN: "chat.example",
    VERONA_SECRET: "cauldron",
    VERONA_HOST: "127.0.0.1",
    VERONA_PORT: String(port),
    VERONA_STORAGE: "memory:",
    VERONA_ROOM_CREATION: "anyone",
    ...more,
  };
  const log = write ? pino({ level: "warn" }, { write }) : pino({ level: "silent" });
  service = await startService(loadConfig({ env, cwd: "/" }), log);
  await eventually(() => expect(server.received).toContain("<handshake"));
}

test("a reload moves the endpoint of the metrics and the control socket", async () => {
  const folder = mkdtempSync(join(tmpdir(), "verona-reload-"));
  const [first = 0, second = 0] = await freePorts(2);
  const settings = (port: number, socket: string) => ({
    VERONA_METRICS_PORT: String(port),
    VERONA_CONTROL_SOCKET: join(folder, socket),
  });
  await start(settings(first, "first"));
  const load = (env: NodeJS.ProcessEnv) =>
    loadConfig({
      env: { VERONA_DOMAIN: "chat.example", VERONA_SECRET: "cauldron", VERONA_STORAGE: "memory:", ...env },
      cwd: "/",
    });
  const { applied } = service.reconfigure(load(settings(second, "second")));
  expect(applied).toEqual(expect.arrayContaining(["metrics", "controlSocket"]));
  await eventually(async () => expect((await fetch(`http://127.0.0.1:${second}/livez`)).ok).toBe(true));
  await expect(fetch(`http://127.0.0.1:${first}/livez`)).rejects.toThrow();
  await eventually(async () =>
    expect(await callService(join(folder, "second"), "status", {})).toMatchObject({ kind: "result" }),
  );
  expect(await callService(join(folder, "first"), "status", {})).toBeUndefined();
  rmSync(folder, { recursive: true });
});

test("XEP-0359 3 and 6: the ids that the room gives to messages are random, and tell nothing", async () => {
  await start();
  const enter = `<presence ${FROM} to="${ROOM}/firstwitch"><x xmlns="http://jabber.org/protocol/muc"/></presence>`;
  const say = `<message ${FROM} type="groupchat" to="${ROOM}"><body>hail</body></message>`;
  server.sockets.at(-1)?.write(enter + say + say);
  const ids = () => [...server.received.matchAll(/<stanza-id [^>]*\bid="([^"]*)"/g)].map(([, id]) => id);
  await eventually(() => expect(ids()).toHaveLength(2));
  expect(new Set(ids()).size).toBe(2);
  // A random UUID (RFC 9562 section 5.4) contains no time, place or counter.
  for (const id of ids())
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});

test("XEP-0313 3.2: what a room does not keep any longer is removed from its archive, and not shown to who enters", async () => {
  const folder = mkdtempSync(join(tmpdir(), "verona-service-"));
  const path = join(folder, "rooms.sqlite");
  const store = new SqliteStore(path);
  store.commit([
    {
      kind: "room-stored",
      room: { ...heath, node: "coven", config: { ...heath.config, archiveMessages: 2 } },
    },
    ...[1, 2, 3, 4, 5].map((number) => archived("coven", message(number, { at: Date.now() }))),
  ]);
  store.close();
  await start({ VERONA_STORAGE: `sqlite:${path}`, VERONA_ARCHIVE_MESSAGES: "4" });
  const ask = (): void => {
    server.received = "";
    server.sockets
      .at(-1)
      ?.write(`<iq ${FROM} type="set" id="mam" to="${ROOM}"><query xmlns="urn:xmpp:mam:2"/></iq>`);
  };
  await eventually(async () => {
    ask();
    await eventually(() => expect(server.received).toContain("<fin"));
    expect(server.received.match(/<body>\d<\/body>/g)).toEqual(["<body>4</body>", "<body>5</body>"]);
  });
  server.received = "";
  server.sockets
    .at(-1)
    ?.write(
      `<presence ${FROM} to="${ROOM}/firstwitch"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
    );
  await eventually(() => expect(server.received).toContain("<subject"));
  expect(server.received.match(/<body>\d<\/body>/g)).toEqual(["<body>4</body>", "<body>5</body>"]);
  rmSync(folder, { recursive: true });
});

const from = (stanza: string) => server.sockets.at(-1)?.write(stanza);

test("RFC 6120 8.3: a refusal for size gives nothing of the stanza back, and an id of more than 1 KB not in full", async () => {
  await start({ VERONA_MAX_STANZA_BYTES: "20000" });
  const long = "x".repeat(20_000);
  from(
    `<iq ${FROM} type="get" id="${"'".repeat(90_000)}" to="chat.example"><ping xmlns="urn:xmpp:ping"/></iq>`,
  );
  from(
    `<iq ${FROM} type="get" id="${"y".repeat(1025)}" to="chat.example"><ping xmlns="urn:xmpp:ping"/></iq>`,
  );
  from(
    `<iq ${FROM} type="get" id="${"z".repeat(1024)}" to="chat.example"><ping xmlns="urn:xmpp:ping"/></iq>`,
  );
  from(`<message ${FROM} id="m" to="${ROOM}"><body>${long}</body></message>`);
  from(`<message ${FROM} id="${"y".repeat(1025)}" to="coven@@chat.example"/>`);
  from(`<message ${FROM} id="a" to="${long}@chat.example"/>`);
  from(`<iq ${FROM} type="get" id="last" to="chat.example"><ping xmlns="urn:xmpp:ping"/></iq>`);
  await eventually(() => expect(server.received).toContain('id="last"'));
  await eventually(() => expect(server.received.match(/<policy-violation /g)).toHaveLength(3));
  const answers = server.received.matchAll(/ type="(error|result)"[^>]* id="([^"]*)"/g);
  const lengths = [...answers].map(([, type, id = ""]) => `${type} ${Buffer.byteLength(id)}`);
  expect(lengths.sort()).toEqual(["error 1", "error 13", "error 64", "error 64", "result 1024", "result 4"]);
  expect(server.received).not.toContain("xxx");
});

test("XEP-0045 10.1.1: by default, users of other servers than the component's own may not create rooms", async () => {
  await start({ VERONA_ROOM_CREATION: undefined });
  const enter = (user: string): string =>
    `<presence id="by ${user}" from="${user}/desktop" to="${ROOM}/witch"><x xmlns="http://jabber.org/protocol/muc"/></presence>`;
  server.sockets.at(-1)?.write(enter("crone1@shakespeare.example") + enter("wiccarocks@example"));
  await eventually(() => expect(server.received).toContain('<status code="201"/>'));
  expect(server.received).toMatch(
    /<presence [^>]*id="by crone1@shakespeare.example"[^>]*>.*<not-allowed .*<presence [^>]*to="wiccarocks@example\/desktop"/s,
  );
});

test("seen means kept: a stop whose last commit fails tells nobody, and rejects with the fault, not with the database being away", async () => {
  const lines: string[] = [];
  await start({}, (line) => void lines.push(line));
  from(`<presence ${FROM} to="${ROOM}/firstwitch"><x xmlns="http://jabber.org/protocol/muc"/></presence>`);
  await eventually(() => expect(server.received).toContain("<subject"));
  const fault = new StorageError("the disk is full");
  vi.spyOn(SqliteStore.prototype, "commit").mockImplementation(() => {
    throw fault;
  });
  await expect(service.stop()).rejects.toBe(fault);
  expect(server.received).not.toContain('code="332"');
  expect(server.received).toContain("</stream:stream>");
  expect(lines).toEqual([]);
});
