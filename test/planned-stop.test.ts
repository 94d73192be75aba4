// The planned stop behind a fake server: with the module that holds stanzas (docs/hold.md), without it, and at its end.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StoreThread } from "../src/storage/sqlite/store-thread.ts";
import { eventually } from "./support/eventually.ts";
import { type ObservedService, startObserved } from "./support/observed-service.ts";

const FROM = 'from="crone1@shakespeare.example/desktop"';
const ROOM = "coven@chat.example";
const FOOTER = "</stream:stream>";

let folder: string;
let observed: ObservedService;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verona-stop-"));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await observed.service.stop().catch(() => {});
  await observed.server.close();
  rmSync(folder, { recursive: true });
});

const say = (id: string): string =>
  `<message ${FROM} type="groupchat" id="${id}" to="${ROOM}"><body>${id}</body></message>`;

/** Starts the service with somebody in the room. `hold`: answers the request to hold with text for the component. */
async function start(storage: string, hold: (request: string) => string): Promise<void> {
  observed = await startObserved(storage, undefined, { VERONA_LOG_LEVEL: "trace" });
  const { server } = observed;
  const socket = server.sockets.at(-1);
  socket?.write(
    `<presence ${FROM} to="${ROOM}/firstwitch"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
  );
  await eventually(() => expect(server.received).toContain("<subject"));
  socket?.on("data", (text: string) => {
    const [request] = /<iq [^>]*><hold xmlns="verona:hold:0"\/><\/iq>/.exec(text) ?? [];
    if (request !== undefined) socket.write(hold(request));
  });
}

/** Has the store wait before each call of a method, until the returned function is called. */
function delayStore(method: string): () => void {
  const { ask } = StoreThread.prototype;
  const gate = Promise.withResolvers<void>();
  vi.spyOn(StoreThread.prototype, "ask").mockImplementation(async function (this: StoreThread, name, args) {
    if (name === method) await gate.promise;
    return ask.call(this, name, args);
  });
  return gate.resolve;
}

const stored = () => `sqlite:${join(folder, "rooms.sqlite")}`;
const messages = () => observed.log.map(({ msg }) => msg);
const granted = (request: string): string =>
  `${request.slice(0, request.indexOf(">"))}/>`.replace('"set"', '"result"');
const placeOf = (text: string): number => {
  expect(observed.server.received).toContain(text);
  return observed.server.received.indexOf(text);
};

test("what comes before the module's answer is handled before the stream ends", async () => {
  await start(stored(), (request) => say("before") + granted(request));
  await observed.service.stop();
  expect(messages()).toContain("the server holds new stanzas");
  expect(placeOf("<body>before</body>")).toBeLessThan(placeOf(FOOTER));
  expect(observed.server.received).not.toContain('code="332"'); // the rooms go on at the next start
});

test("what is pending is written before the server is asked, as stanzas are held until its answer is read", async () => {
  await start(stored(), granted);
  const commit = delayStore("commitWritten");
  observed.server.sockets.at(-1)?.write(say("pending"));
  await eventually(() => expect(observed.log.map(({ stanzas }) => stanzas).join()).toContain('id="pending"'));
  const stopped = observed.service.stop();
  commit();
  await stopped;
  expect(placeOf("<body>pending</body>")).toBeLessThan(placeOf("verona:hold:0"));
});

test("a room that has to be loaded first is waited for", async () => {
  await start(stored(), (request) => say("other").replaceAll(ROOM, "heath@chat.example") + granted(request));
  const load = delayStore("loadRoom");
  const stopped = observed.service.stop();
  await eventually(() => expect(messages()).toContain("the server holds new stanzas"));
  expect(observed.server.received).not.toContain(FOOTER);
  load();
  await stopped;
  expect(placeOf('id="other"')).toBeLessThan(placeOf(FOOTER));
});

test("RFC 6120 8.3.3.16: without the module, what comes while the last output is settled gets an error of type wait", async () => {
  let commit = (): void => {};
  await start(stored(), (request) => {
    commit = delayStore("commitWritten");
    return say("before") + request;
  });
  const stopped = observed.service.stop();
  await eventually(() => expect(messages()).toContain("the server does not hold new stanzas"));
  observed.server.sockets.at(-1)?.write(say("later"));
  await eventually(() => expect(observed.log.map(({ stanzas }) => stanzas).join()).toContain('id="later"'));
  commit();
  await stopped;
  expect(observed.server.received).toMatch(
    /<message type="error"[^>]* id="later"[^>]*>.*<error type="wait"[^>]*><remote-server-timeout /,
  );
  expect(placeOf("<body>before</body>")).toBeLessThan(placeOf(FOOTER));
});

test("a server that answers with an error holds nothing, and the stop goes on", async () => {
  await start(stored(), (request) => granted(request).replace('"result"', '"error"'));
  await observed.service.stop();
  expect(messages()).toContain("the server does not hold new stanzas");
  placeOf(FOOTER);
});

test("a server that does not answer delays the stop by half a second at most", async () => {
  await start(stored(), () => "");
  await observed.service.stop();
  expect(messages()).toContain("the server does not hold new stanzas");
  expect(messages()).not.toContain("discarding unsent output: the server does not read it");
});

test("rooms in memory end with the service: nobody is asked to hold", async () => {
  await start("memory:", granted);
  await observed.service.stop();
  expect(observed.server.received).not.toContain("verona:hold:0");
  placeOf('code="332"');
});

test("RFC 6120 4.4: stanzas that cross the end of the stream get no answer, and are counted in the log", async () => {
  await start("memory:", granted);
  const socket = observed.server.sockets.at(-1);
  // Before the fake server's own answer, which ends the connection.
  socket?.prependListener("data", (text: string) => {
    const result = `<iq type="result" id="r" from="shakespeare.example" to="chat.example"/>`;
    if (text.includes(FOOTER)) socket.write(say("late 1") + result + say("late 2"));
  });
  await observed.service.stop();
  expect(observed.log).toContainEqual(
    expect.objectContaining({
      msg: "stanzas came after the end of the stream and got no answer",
      stanzas: 2,
    }),
  );
});
