// Restarts of Verona while clients talk: with mod_component_hold nobody notices, without it nobody is left without an answer.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFailed, test } from "vitest";
import { startEjabberd } from "../../dev/servers/ejabberd.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { HoldLimits, RunningServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona } from "../../dev/verona.ts";
import { configure, join, receiveSubject } from "../support/chat.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { COMPONENT, DOMAIN, OPTIONS } from "../support/servers.ts";
import { errorsAt, seenBy, startTalk } from "../support/talk.ts";

const ROOM = `room@${COMPONENT.domain}`;
const RESTARTS = 3;
/** Longer than any machine needs for a restart. */
const SECONDS = 100;

/** Places of messages among those that a client has sent: from the first to before the other. */
interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Returns the place behind the last of its messages that a client has seen. */
const afterLastSeen = (client: TestClient, talker: number, sent: readonly string[]): number =>
  sent.indexOf(seenBy(client, talker).at(-1) ?? "") + 1;

/** Returns the messages that are not among the answered ones, and are in no gap. */
const outside = (gaps: readonly Gap[], sent: readonly string[], answered: readonly string[]): string[] =>
  sent.filter(
    (id, place) => !answered.includes(id) && !gaps.some(({ from, to }) => from <= place && place < to),
  );

describe.each([
  ["prosody", startProsody, "server.log"],
  ["ejabberd", startEjabberd, "ejabberd.log"],
] as const)("restarts while clients talk, behind %s", (_name, start, logFile) => {
  let server: RunningServer;
  let storage: string;
  let cleanUp: (() => unknown)[];
  beforeEach(() => {
    const folder = mkdtempSync(joinPath(tmpdir(), "verona-hold-"));
    storage = `sqlite:${joinPath(folder, "rooms.sqlite")}`;
    cleanUp = [() => rmSync(folder, { recursive: true })];
  });
  afterEach(async () => {
    for (const step of cleanUp.reverse()) await step();
  });

  async function startServer(hold?: HoldLimits): Promise<void> {
    server = await start({ ...OPTIONS, ...(hold && { hold }) });
    cleanUp.push(() => server.stop());
  }

  async function run(): Promise<RunningVerona> {
    const verona = await startVerona({
      server,
      ...COMPONENT,
      storage,
      env: { VERONA_MAX_MESSAGES_PER_MINUTE: "0" },
    });
    cleanUp.push(() => verona.stop());
    onTestFailed(() => console.error(verona.log()));
    return verona;
  }

  async function enter(username: string): Promise<TestClient> {
    const account = { port: server.clientPort, domain: DOMAIN, username, password: "password" };
    const client = await connectClient(account);
    cleanUp.push(() => client.close().catch(() => {}));
    await join(client, ROOM, username);
    if (username === "user") await configure(client, ROOM, { "muc#roomconfig_persistentroom": "1" });
    await receiveSubject(client);
    return client;
  }

  const holds = (times: number) =>
    eventually(() =>
      expect(
        readFileSync(joinPath(server.dataFolder, logFile), "utf8").split("are held for at most").length - 1,
      ).toBe(times),
    );

  /** Resolves when the reader has the talkers' last messages. */
  async function heardOut(clients: readonly TestClient[]): Promise<void> {
    for (const client of clients) {
      await client.send(
        `<message to="${ROOM}" type="groupchat" id="last ${client.jid}"><body>x</body></message>`,
      );
      for (const reader of clients) await reader.receive(({ attrs }) => attrs.id === `last ${client.jid}`);
    }
  }

  test("SIGTERM: with the module every message arrives once and in order, and there is no error", async () => {
    await startServer({ seconds: SECONDS });
    let verona = await run();
    const clients = [await enter("user"), await enter("user2")];
    const talk = startTalk(clients, ROOM);
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      await eventually(() =>
        expect(seenBy(clients[0] as TestClient, 1).length).toBeGreaterThan(20 * restart + 20),
      );
      expect(await verona.stop()).toBe(0);
      expect(verona.log()).toContain("the server holds new stanzas");
      expect(verona.log()).not.toContain("got no answer");
      verona = await run();
    }
    await talk.end();
    await heardOut(clients);
    for (const client of clients) {
      expect(errorsAt(client).map(String)).toEqual([]);
      for (const [talker, sent] of talk.sent.entries()) expect(seenBy(client, talker)).toEqual(sent);
    }
  });

  test("SIGKILL: with the module nothing is answered by an error, and all arrives that is not sent at that moment", async () => {
    await startServer({ seconds: SECONDS });
    let verona = await run();
    const clients = [await enter("user"), await enter("user2")];
    const talk = startTalk(clients, ROOM);
    const gaps: Gap[][] = [];
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      await eventually(() =>
        expect(seenBy(clients[0] as TestClient, 1).length).toBeGreaterThan(20 * restart + 20),
      );
      const from = talk.sent.map((sent, talker) =>
        afterLastSeen(clients[talker] as TestClient, talker, sent),
      );
      verona.kill();
      // The first time is the start of the server.
      await holds(restart + 2);
      gaps.push(talk.sent.map((sent, talker) => ({ from: from[talker] ?? 0, to: sent.length })));
      verona = await run();
    }
    await talk.end();
    await heardOut(clients);
    for (const client of clients) {
      expect(errorsAt(client).map(String)).toEqual([]);
      for (const [talker, sent] of talk.sent.entries()) {
        const seen = seenBy(client, talker);
        expect(seen).toEqual(sent.filter((id) => seen.includes(id)));
        const mayMiss = gaps.map((gap) => gap[talker] as Gap);
        expect(outside(mayMiss, sent, seen)).toEqual([]);
      }
    }
  });

  test("SIGTERM: without the module every message arrives or gets an error, unless it crosses the end of the stream", async () => {
    await startServer();
    const verona = await run();
    const clients = [await enter("user"), await enter("user2")];
    const [client] = clients as [TestClient];
    const talk = startTalk([client], ROOM);
    await eventually(() => expect(seenBy(client, 0).length).toBeGreaterThan(20));
    const sent = talk.sent[0] as string[];
    const from = afterLastSeen(client, 0, sent);
    expect(await verona.stop()).toBe(0);
    const to = sent.length;
    expect(verona.log()).toContain("the server does not hold new stanzas");
    await eventually(() => expect(errorsAt(client).length).toBeGreaterThan(5));
    await run();
    await talk.end();
    await heardOut(clients);
    const answered = [...seenBy(client, 0), ...errorsAt(client).map(({ attrs }) => attrs.id ?? "")];
    expect(new Set(answered).size).toBe(answered.length);
    // What crosses the end of the stream gets no answer.
    expect(outside([{ from, to }], sent, answered)).toEqual([]);
  });
});
