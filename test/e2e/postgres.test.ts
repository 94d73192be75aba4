// The service with PostgreSQL: scripts, and a database that disconnects during a conversation.
import { globSync } from "node:fs";
import { join as joinPath, relative } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { runFile } from "../../dev/scansion/run.ts";
import { freePorts } from "../../dev/servers/ports.ts";
import { type RunningPostgres, startPostgres } from "../../dev/servers/postgres.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { launchVerona, type RunningVerona, startVerona } from "../../dev/verona.ts";
import type { Element } from "../../src/xmpp/element.ts";
import { configure, join, receiveSubject, statusCodes } from "../support/chat.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { ADMIN_ENV, COMPONENT, DOMAIN, OPTIONS } from "../support/servers.ts";

const ROOT = joinPath(import.meta.dirname, "../..");
const ROOM = `room@${COMPONENT.domain}`;
const SEEDS = joinPath(ROOT, "test/scansion/seeds");
const SCRIPTS = [
  ...["history", "reserved-nickname"].map((name) => joinPath(ROOT, "scansion", `${name}.scs`)),
  ...globSync("*.scs", { cwd: SEEDS }).map((name) => joinPath(SEEDS, name)),
];

let database: RunningPostgres;
let server: RunningServer;
let cleanUp: (() => unknown)[] = [];
beforeAll(async () => {
  [database, server] = await Promise.all([startPostgres(), startProsody(OPTIONS)]);
});
afterAll(() => Promise.all([database?.stop(), server?.stop()]));
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
  cleanUp = [];
});

async function run(storage = database.createDatabase(), more = {}): Promise<RunningVerona> {
  const verona = await startVerona({ server, ...COMPONENT, storage, env: { ...ADMIN_ENV, ...more } });
  cleanUp.push(() => verona.stop());
  return verona;
}

async function login(username: string): Promise<TestClient> {
  const account = { port: server.clientPort, domain: DOMAIN, username, password: "password" };
  const client = await connectClient(account);
  cleanUp.push(() => client.close().catch(() => {}));
  return client;
}

const bodyOf = (stanza: Element): string | undefined => stanza.getChild("body")?.getText();

describe("with PostgreSQL, behind Prosody,", () => {
  test.each(SCRIPTS.map((path) => relative(ROOT, path)))("%s", async (script) => {
    const verona = await run();
    const outcome = await runFile(joinPath(ROOT, script), {
      host: server.host,
      port: server.clientPort,
      timeoutMs: 30_000,
    });
    expect(outcome.ok ? "" : `${outcome.report}\n\nVerona's log:\n${verona.log()}`).toBe("");
  });

  test("what is said while the database is away is told once, when it is back", async () => {
    const [port] = (await freePorts(1)) as [number];
    const verona = await run(database.createDatabase(), { VERONA_METRICS_PORT: String(port) });
    const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const romeo = await login("user");
    await join(romeo, ROOM, "Romeo");
    await receiveSubject(romeo);
    const bodies = async (last: string): Promise<(string | undefined)[]> => {
      const said: (string | undefined)[] = [];
      const isLast = (stanza: Element): boolean => {
        if (stanza.getName() === "message" && stanza.getChild("body")) said.push(bodyOf(stanza));
        return bodyOf(stanza) === last;
      };
      await romeo.receive(isLast);
      return said;
    };
    const say = (text: string): Promise<void> =>
      romeo.send(`<message to="${ROOM}" type="groupchat"><body>${text}</body></message>`);
    await say("before");
    await bodies("before");
    await database.kill();
    // The server's process for this connection may complete one more commit before that.
    await verona.logged("output waits until it is back");
    await say("meanwhile");
    await expect.poll(metrics).toContain('verona_stanzas_received_total{kind="message"} 2');
    expect(romeo.unread().map(String)).toEqual([]);
    await database.start();
    await verona.logged("the database is back");
    await say("after");
    expect(await bodies("after")).toEqual(["meanwhile", "after"]);
  });

  test("a restart is a pause: the occupant is still there, and has the history", async () => {
    const storage = database.createDatabase();
    const verona = await run(storage);
    const romeo = await login("user");
    expect(statusCodes(await join(romeo, ROOM, "Romeo"))).toContain("110");
    await configure(romeo, ROOM, {});
    await romeo.send(`<message to="${ROOM}" type="groupchat"><body>hello</body></message>`);
    await romeo.receive((stanza) => bodyOf(stanza) === "hello");
    expect(await verona.stop()).toBe(0);
    await run(storage);
    const juliet = await login("user2");
    expect(String(await join(juliet, ROOM, "Juliet"))).toContain('code="110"');
    await juliet.receive((stanza) => bodyOf(stanza) === "hello");
    await juliet.send(`<message to="${ROOM}" type="groupchat"><body>you are back</body></message>`);
    await romeo.receive((stanza) => bodyOf(stanza) === "you are back");
  });

  test("a wrong password is one line on standard error, without the password", async () => {
    const storage = database.createDatabase().replace(/:[^:@]+@/, ":wr0ng@");
    const verona = launchVerona({ server, ...COMPONENT, storage });
    cleanUp.push(() => verona.stop());
    await expect.poll(() => verona.log()).toMatch(/it rejected the password/);
    const plain = verona
      .log()
      .trim()
      .split("\n")
      .filter((line) => !line.startsWith("{"));
    expect(plain).toEqual([expect.stringMatching(/^verona: cannot open the database/)]);
    expect(verona.log()).not.toContain("wr0ng");
    expect(await verona.stop()).toBe(1);
  });

  test("SIGTERM ends it while the database is away", async () => {
    const [port] = (await freePorts(1)) as [number];
    const verona = await run(database.createDatabase(), { VERONA_METRICS_PORT: String(port) });
    const romeo = await login("user");
    await join(romeo, ROOM, "Romeo");
    await database.end();
    await romeo.send(`<message to="${ROOM}" type="groupchat"><body>lost</body></message>`);
    await verona.logged("output waits until it is back");
    // The log has this line from the end of the session. Only the metrics show that the message has arrived.
    const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    await expect.poll(metrics).toContain('verona_stanzas_received_total{kind="message"} 1');
    const stopped = verona.stop();
    await verona.logged("no client has seen them");
    await stopped;
    await database.start();
  });
});
