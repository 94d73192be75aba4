// What is measured: Verona as an operator runs it, other services and programs without any rules.
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
import { MULTICAST } from "./table.ts";
import { PASSWORD, ROOMS, SECRET, USERS } from "./users.ts";
import { type Probe, runVerona } from "./verona-under-test.ts";

/**
 * How something is measured: `direct`, the load is the server (`memory`: with storage in memory; `ceiling`: a program
 * that only splices); `peer`, a server's own MUC; `behind`, Verona at that server (`multicast`: which makes the copies;
 * `router`: the splicer there); `load`, hardly anything but the load itself.
 */
export type Form = "direct" | "memory" | "ceiling" | "peer" | "behind" | "multicast" | "router" | "load";

export interface Setting {
  /** Puts something into the database before Verona starts; it gets the file's path. */
  readonly seed?: (path: string) => void;
  /** Whether Verona carries the probe. */
  readonly probe?: boolean;
  /** Who are clients of the server; else the load is a component that speaks for all users. */
  readonly clients?: readonly string[];
}

/** What is ready to be measured. */
export interface Stage {
  readonly connection: ComponentConnection;
  readonly participants: readonly Participant[];
  /** From starting the program to its handshake, in milliseconds; 0 where a server's own rooms are measured. */
  readonly startMs: number;
  /** What the probe in Verona says, about the time since it was asked last. */
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
  /** When the program was started, by `performance.now()`: what is made ready before does not count. */
  readonly launchedAt: number;
  probe?(): Promise<Probe>;
  stop(): Promise<unknown>;
}

/** Starts a component at a server. */
type Start = (server: Pick<RunningServer, "host" | "componentPort">, setting: Setting) => Promise<Running>;

/** The servers' multicast service, and how many addresses it takes. */
const SERVICE = { jid: `multicast.${USERS}`, addresses: 100 };
const SERVERS = { prosody: startProsody, ejabberd: startEjabberd } as const;

/** `nodeOptions` are for Verona's process. */
export function subjects(nodeOptions: string): Subject[] {
  const verona: Start = (server, setting) => runVerona(server, { ...setting, nodeOptions, keeps: true });
  const copied: Start = (server, setting) =>
    runVerona(server, { ...setting, nodeOptions, keeps: true, multicast: SERVICE.jid });
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
      start: (setting) => atServer(server, copied, setting, SERVICE.addresses),
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

/** The load is the server. */
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

/** The load is a component of a real server, or its clients; rooms are its own or those of another component. */
async function atServer(
  name: keyof typeof SERVERS,
  start: Start | undefined,
  setting: Setting,
  multicast?: number,
): Promise<Stage> {
  const { clients } = setting;
  const rooms = { domain: ROOMS, secret: SECRET };
  const users = { domain: clients ? "idle.bench.example" : USERS, secret: SECRET };
  const server = await SERVERS[name]({
    domain: clients ? USERS : "bench.example",
    components: start ? [rooms, users] : [users],
    users: (clients ?? []).map((username) => ({ username, password: PASSWORD })),
    ...(multicast !== undefined && { multicast }),
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

/** Sends copies that were made beforehand. */
const startPrepared: Start = (server) => splice(server, "--prepared");

async function splice({ host, componentPort }: Parameters<Start>[0], ...options: string[]): Promise<Running> {
  const main = join(import.meta.dirname, "splicer.ts");
  const args = [main, host, String(componentPort), ROOMS, SECRET, ...options];
  const launchedAt = performance.now();
  const child = startChild(process.execPath, args, { cwd: tmpdir(), env: process.env });
  // Its first line says that it is online.
  await new Promise((resolve, reject) => {
    child.process.stdout?.once("data", resolve);
    child.exited.then(reject, reject);
  });
  return { pid: child.process.pid ?? 0, launchedAt, stop: () => child.end("SIGTERM") };
}
