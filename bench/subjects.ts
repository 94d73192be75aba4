// The subjects of the benchmark: Verona as operators run it, other services, and programs without rules.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "../dev/child-process.ts";
import { startEjabberd } from "../dev/servers/ejabberd.ts";
import { startProsody } from "../dev/servers/prosody.ts";
import type { RunningServer } from "../dev/servers/server.ts";
import { connectAsClients } from "./client-connections.ts";
import { connectAsComponent } from "./component-client.ts";
import type { ComponentConnection } from "./component-connection.ts";
import { listenForComponent } from "./component-listener.ts";
import type { Participant } from "./meter.ts";
import { PASSWORD, ROOMS, SECRET, USERS } from "./users.ts";
import { type Probe, runVerona } from "./verona-under-test.ts";

/** Ends the names of those that are compared with themselves without it. */
export const MULTICAST = ", multicast";

/**
 * The set-up of a measurement. `direct`: the load is the server (`memory`: with storage in memory; `ceiling`: the
 * splicer). `peer`: a server's own MUC. `behind`: Verona at that server (`multicast`: the module of contrib makes the copies;
 * `router`: the splicer at that server). `load`: the load almost alone.
 */
export type Form = "direct" | "memory" | "ceiling" | "peer" | "behind" | "multicast" | "router" | "load";

export interface Setting {
  /** Fills the database file before Verona starts. */
  readonly seed?: (path: string) => void;
  /** True if Verona runs with the probe. */
  readonly probe?: boolean;
  /** Users that are clients of the server. Without them the load is a component that speaks for all users. */
  readonly clients?: readonly string[];
}

/** A subject that is ready for the measurement. */
export interface Stage {
  readonly connection: ComponentConnection;
  readonly participants: readonly Participant[];
  /** Milliseconds from the start of the program to its handshake; 0 for a server's own rooms. */
  readonly startMs: number;
  /** Asks the probe in Verona about the time since the last call. */
  probe?(): Promise<Probe>;
  stop(): Promise<void>;
}

export interface Subject {
  readonly name: string;
  readonly form: Form;
  start(setting: Setting): Promise<Stage>;
}

interface Running {
  readonly pid: number;
  /** Start of the program, by `performance.now()`. Preparations before it do not count. */
  readonly launchedAt: number;
  probe?(): Promise<Probe>;
  stop(): Promise<unknown>;
}

/** Starts a component at a server. */
type Start = (server: Pick<RunningServer, "host" | "componentPort">, setting: Setting) => Promise<Running>;

/** The services of contrib that remember recipients (docs/copies.md). */
const SERVICES = { prosody: `multicast.${USERS}`, ejabberd: `copies.${USERS}` } as const;
const SERVERS = { prosody: startProsody, ejabberd: startEjabberd } as const;

/** Returns all subjects. `nodeOptions` are for Verona's process. */
export function subjects(nodeOptions: string): Subject[] {
  const verona: Start = (server, setting) => runVerona(server, { ...setting, nodeOptions, keeps: true });
  const copied =
    (multicast: string): Start =>
    (server, setting) =>
      runVerona(server, { ...setting, nodeOptions, keeps: true, multicast });
  const inMemory: Start = (server, setting) => runVerona(server, { ...setting, nodeOptions, keeps: false });
  const behind = (["prosody", "ejabberd"] as const).flatMap((server): Subject[] => [
    { name: server, form: "peer", start: (setting) => atServer(server, undefined, setting) },
    {
      name: `verona behind ${server}`,
      form: "behind",
      start: (setting) => atServer(server, verona, setting),
    },
    {
      name: `verona behind ${server}${MULTICAST}`,
      form: "multicast",
      start: (setting) => atServer(server, copied(SERVICES[server]), setting, true),
    },
    {
      name: `splicer behind ${server}`,
      form: "router",
      start: (setting) => atServer(server, startSplicer, setting),
    },
  ]);
  return [
    { name: "verona", form: "direct", start: (setting) => direct("verona", verona, setting) },
    { name: "verona memory:", form: "memory", start: (setting) => direct("verona", inMemory, setting) },
    { name: "ceiling", form: "ceiling", start: (setting) => direct("splicer", startSplicer, setting) },
    { name: "load alone", form: "load", start: (setting) => direct("prepared", startPrepared, setting) },
    ...behind,
  ];
}

/** Starts a subject whose server is the load. */
async function direct(name: string, start: Start, setting: Setting): Promise<Stage> {
  const listener = await listenForComponent(SECRET);
  try {
    const running = await start(listener, setting);
    const connection = await listener.connected;
    return {
      connection,
      participants: [{ name, pid: running.pid }],
      startMs: performance.now() - running.launchedAt,
      ...(running.probe && { probe: running.probe }),
      async stop() {
        await running.stop();
        await listener.close();
      },
    };
  } catch (error) {
    await listener.close();
    throw error;
  }
}

/** Starts a real server. The load is one of its components, or its clients; the rooms are its own or a component's. */
async function atServer(
  name: keyof typeof SERVERS,
  start: Start | undefined,
  setting: Setting,
  copies = false,
): Promise<Stage> {
  const { clients } = setting;
  const rooms = { domain: ROOMS, secret: SECRET };
  const users = { domain: clients ? "idle.bench.example" : USERS, secret: SECRET };
  const server = await SERVERS[name]({
    domain: clients ? USERS : "bench.example",
    components: start ? [rooms, users] : [users],
    users: (clients ?? []).map((username) => ({ username, password: PASSWORD })),
    copies,
    ...(!start && { rooms: ROOMS }),
  });
  try {
    const running = await start?.(server, setting);
    const startMs = running ? performance.now() - running.launchedAt : 0;
    const connection = clients
      ? await connectAsClients(server, clients)
      : await connectAsComponent(
          { host: server.host, componentPort: server.componentPorts.at(-1) ?? 0 },
          USERS,
          SECRET,
        );
    const own = running ? [{ name: start === startSplicer ? "splicer" : "verona", pid: running.pid }] : [];
    return {
      connection,
      participants: [{ name, pid: server.pid }, ...own],
      startMs,
      ...(running?.probe && { probe: running.probe }),
      async stop() {
        connection.close();
        await running?.stop();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

const startSplicer: Start = (server) => splice(server);

/** Starts the splicer with prepared copies. */
const startPrepared: Start = (server) => splice(server, "--prepared");

async function splice({ host, componentPort }: Parameters<Start>[0], ...options: string[]): Promise<Running> {
  const main = join(import.meta.dirname, "splicer.ts");
  const args = [main, host, String(componentPort), ROOMS, SECRET, ...options];
  const launchedAt = performance.now();
  const child = startChild(process.execPath, args, { cwd: tmpdir(), env: process.env });
  // The first line of output says that it is online.
  await new Promise((resolve, reject) => {
    child.process.stdout?.once("data", resolve);
    child.exited.then(reject, reject);
  });
  return { pid: child.process.pid ?? 0, launchedAt, stop: () => child.end("SIGTERM") };
}
