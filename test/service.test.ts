// The whole service behind a fake server: what only its parts together show.
import pino from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { loadConfig } from "../src/config/load.ts";
import { type RunningService, startService } from "../src/service.ts";
import { FakeServer } from "./connection/fake-server.ts";

const FROM = 'from="crone1@shakespeare.example/desktop"';
const ROOM = "coven@chat.example";

let server: FakeServer;
let service: RunningService;
beforeEach(async () => {
  server = new FakeServer("cauldron");
  const port = await server.listen();
  const env = {
    VERONA_DOMAIN: "chat.example",
    VERONA_SECRET: "cauldron",
    VERONA_HOST: "127.0.0.1",
    VERONA_PORT: String(port),
    VERONA_STORAGE: "memory:",
  };
  service = await startService(loadConfig({ env, cwd: "/" }), pino({ level: "silent" }));
  await vi.waitFor(() => expect(server.received).toContain("<handshake"), { timeout: 10_000 });
});
afterEach(async () => {
  await service.stop();
  await server.close();
});

test("XEP-0359 3 and 6: the ids that the room gives to messages are random, and tell nothing", async () => {
  const join = `<presence ${FROM} to="${ROOM}/firstwitch"><x xmlns="http://jabber.org/protocol/muc"/></presence>`;
  const say = `<message ${FROM} type="groupchat" to="${ROOM}"><body>hail</body></message>`;
  server.sockets.at(-1)?.write(join + say + say);
  const ids = () => [...server.received.matchAll(/<stanza-id [^>]*\bid="([^"]*)"/g)].map(([, id]) => id);
  await vi.waitFor(() => expect(ids()).toHaveLength(2), { timeout: 10_000 });
  expect(new Set(ids()).size).toBe(2);
  // A random UUID (RFC 9562 section 5.4): neither time nor place nor number.
  for (const id of ids())
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
});
