// Hot standby behind a real server: occupants stay in their rooms when another process takes over (docs/decisions/0056).
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listenOnLoopback } from "../../dev/loopback-listener.ts";
import { freePorts } from "../../dev/servers/ports.ts";
import { type RunningPostgres, startPostgres } from "../../dev/servers/postgres.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { launchVerona, type RunningVerona } from "../../dev/verona.ts";
import { configure, join } from "../support/chat.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { ADMIN_ENV, COMPONENT, DOMAIN, OPTIONS } from "../support/servers.ts";

const ROOM = `room@${COMPONENT.domain}`;

let database: RunningPostgres;
let server: RunningServer;
let storage: string;
let cleanUp: (() => unknown)[];
beforeAll(async () => {
  [database, server] = await Promise.all([startPostgres(), startProsody(OPTIONS)]);
});
afterAll(() => Promise.all([database?.stop(), server?.stop()]));
beforeEach(() => {
  cleanUp = [];
  storage = database.createDatabase();
});
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
});

interface Ways {
  readonly componentPort: number;
  readonly databasePort: number;
}

interface Process extends RunningVerona {
  readiness(): Promise<string>;
}

/** Starts a process; `ways` lead to the server and to the database. */
async function launch(ways: Partial<Ways> = {}): Promise<Process> {
  const [port] = (await freePorts(1)) as [number];
  const env = { ...ADMIN_ENV, VERONA_STANDBY: "true", VERONA_METRICS_PORT: String(port) };
  const { componentPort = server.componentPort, databasePort = database.port } = ways;
  const verona = launchVerona({
    ...{ server: { host: server.host, componentPort }, ...COMPONENT, env },
    storage: String(Object.assign(new URL(storage), { port: databasePort })),
  });
  cleanUp.push(() => verona.kill());
  const readiness = async () => (await (await fetch(`http://127.0.0.1:${port}/readyz`)).text()).trim();
  return { ...verona, readiness };
}

/** Starts a process that serves, and one that waits, each by its ways. */
async function launchPair(
  ways: Partial<Ways> = {},
  waysOfNext: Partial<Ways> = {},
): Promise<[serving: Process, waiting: Process]> {
  const serving = await launch(ways);
  await serving.logged("online");
  const waiting = await launch(waysOfNext);
  await waiting.logged("waiting as a standby");
  await eventually(async () =>
    expect([await serving.readiness(), await waiting.readiness()]).toEqual(["serving", "standby"]),
  );
  return [serving, waiting];
}

async function enter(username: string): Promise<TestClient> {
  const account = { port: server.clientPort, domain: DOMAIN, username, password: "password" };
  const client = await connectClient(account);
  cleanUp.push(() => client.close().catch(() => {}));
  await join(client, ROOM, username);
  return client;
}

/** Lets two users enter the room, of which the first one creates it. */
async function enterBoth(): Promise<[speaker: TestClient, listener: TestClient]> {
  const speaker = await enter("user");
  await configure(speaker, ROOM, {});
  return [speaker, await enter("user2")];
}

interface Capture {
  readonly port: number;
  /** Bytes that each connection so far has sent to the server, in the order of the connections. */
  sent(): number[];
  /** Resolves when the first connection has ended. */
  closed(): Promise<void>;
  /** Ends all connections, and takes no more. */
  close(): Promise<void>;
}

/** Opens a way to a port of the loopback interface, at a port of its own, and counts what is sent. */
async function capture(port: number, ownPort = 0): Promise<Capture> {
  const counts: number[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const way = await listenOnLoopback((socket) => {
    const number = counts.push(0) - 1;
    const onward = connect(port, "127.0.0.1");
    socket.on("data", (data) => {
      counts[number] = (counts[number] ?? 0) + data.length;
      if (onward.writable) onward.write(data);
    });
    onward.on("data", (data) => socket.write(data));
    for (const side of [socket, onward]) side.on("error", () => {});
    // Not piped: what is sent after the other side has gone counts, too.
    onward.on("close", () => socket.end());
    socket.on("close", () => {
      onward.destroy();
      resolve();
    });
    cleanUp.push(() => onward.destroy());
  }, ownPort);
  let isClosed = false;
  async function close(): Promise<void> {
    if (isClosed) return;
    isClosed = true;
    await way.close();
  }
  cleanUp.push(close);
  return { port: way.port, sent: () => [...counts], closed: () => closed, close };
}

/** Sends messages until one comes back; an error while nobody serves is no answer. Resolves with its text. */
async function sayUntilHeard(speaker: TestClient, listener: TestClient, text: string): Promise<void> {
  let attempt = 0;
  const timer = setInterval(() => {
    attempt += 1;
    speaker.send(
      `<message to="${ROOM}" type="groupchat" id="${text}-${attempt}"><body>${text}</body></message>`,
    );
  }, 100);
  try {
    await listener.receive(
      (stanza) => stanza.attrs.type === "groupchat" && stanza.getChild("body")?.getText() === text,
    );
  } finally {
    clearInterval(timer);
  }
}

describe("behind Prosody, with a process that waits,", () => {
  test.each([
    ["is killed", (serving: RunningVerona) => serving.kill()],
    ["is stopped", (serving: RunningVerona) => void serving.stop()],
  ])("users talk on when the one that serves %s", async (_what, end) => {
    const [serving, waiting] = await launchPair();
    const [speaker, listener] = await enterBoth();
    await sayUntilHeard(speaker, listener, "before");
    end(serving);
    await sayUntilHeard(speaker, listener, "after");
    expect(await waiting.readiness()).toBe("serving");
  });

  test("one that has lost its way to the server ends, because the other one reaches the server", async () => {
    const link = await capture(server.componentPort);
    const [serving, waiting] = await launchPair({ componentPort: link.port });
    const [speaker, listener] = await enterBoth();
    await link.close();
    await serving.ended;
    expect([serving.exitCode(), serving.log()]).toEqual([
      1,
      expect.stringContaining("a standby that reaches it takes over"),
    ]);
    await sayUntilHeard(speaker, listener, "after");
    expect(await waiting.readiness()).toBe("serving");
  });

  test("one that has lost its way to the database is silent, and ends when it learns who serves", async () => {
    const [link, sessions] = [await capture(server.componentPort), await capture(database.port)];
    const [serving, waiting] = await launchPair({ componentPort: link.port, databasePort: sessions.port });
    const [speaker, listener] = await enterBoth();
    await sessions.close();
    await waiting.logged("taking over");
    const sent = link.sent();
    await sayUntilHeard(speaker, listener, "after");
    await link.closed();
    expect(await serving.readiness()).toBe("silent");
    expect(link.sent()).toEqual(sent);
    await capture(database.port, sessions.port);
    await serving.ended;
    expect(serving.exitCode()).toBe(1);
  });

  test("one that waits may lose the database: the other one serves, until it ends", async () => {
    const sessions = await capture(database.port);
    const [serving, waiting] = await launchPair({}, { databasePort: sessions.port });
    const [speaker, listener] = await enterBoth();
    await sessions.close();
    await sayUntilHeard(speaker, listener, "meanwhile");
    await waiting.logged("Verona waits for it");
    await capture(database.port, sessions.port);
    await waiting.logged("waiting as a standby", 2);
    serving.kill();
    await sayUntilHeard(speaker, listener, "after");
    expect(await waiting.readiness()).toBe("serving");
  });

  test("one that takes over without a way to the server leaves the service to the next one", async () => {
    const link = await capture(server.componentPort);
    const [serving, waiting] = await launchPair({}, { componentPort: link.port });
    const [speaker, listener] = await enterBoth();
    await link.close();
    serving.kill();
    await waiting.logged("taking over");
    const next = await launch();
    await waiting.ended;
    expect(waiting.log()).toContain("a standby that reaches it takes over");
    await sayUntilHeard(speaker, listener, "after");
    expect(await next.readiness()).toBe("serving");
  });

  test("one that hangs writes nothing more when it wakes after the takeover: no byte to the server or to the database sessions that it had", async () => {
    const [link, sessions] = [await capture(server.componentPort), await capture(database.port)];
    const [serving, waiting] = await launchPair({ componentPort: link.port, databasePort: sessions.port });
    const [speaker, listener] = await enterBoth();
    await sayUntilHeard(speaker, listener, "before");
    process.kill(serving.pid, "SIGSTOP");
    cleanUp.push(() => serving.exitCode() === undefined && process.kill(serving.pid, "SIGCONT"));
    await waiting.logged("taking over");
    await sayUntilHeard(speaker, listener, "after");
    const [toServer, toDatabase] = [link.sent(), sessions.sent()];
    process.kill(serving.pid, "SIGCONT");
    await serving.ended;
    await link.closed();
    expect(serving.exitCode()).toBe(1);
    expect(serving.log()).toMatch(/another Verona has taken over the database/);
    expect(link.sent()).toEqual(toServer);
    // It may ask in a new session who has the lease.
    expect(sessions.sent().slice(0, toDatabase.length)).toEqual(toDatabase);
  });
});
