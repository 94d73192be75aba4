import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Child, startChild } from "../child-process.ts";
import { listens } from "./ports.ts";

export type RoomStorage = "built-in" | "sqlite" | "archive in sqlite" | URL;

/** Options of mod_component_hold. The defaults are the module's. */
export interface HoldLimits {
  readonly seconds?: number;
  readonly stanzas?: number;
  readonly bytes?: number;
}

export interface ServerOptions {
  domain: string;
  components: { domain: string; secret: string }[];
  users: { username: string; password: string }[];
  /** The domain of the server's own rooms, which have an archive. Without it there are no rooms. */
  rooms?: string;
  /**
   * Storage of those rooms: the server's built-in storage, SQLite (a file in its data folder) for everything or for the
   * archives alone, or a PostgreSQL database.
   */
  roomStorage?: RoomStorage;
  /** Number of addresses that the first component may use with multicast (XEP-0033). Without it there is no multicast. */
  multicast?: number;
  /** True if the module of contrib that remembers recipients (docs/copies.md) serves the first component. */
  copies?: boolean;
  /** Limits of the module of contrib that holds stanzas for the first component. Without it they are not held. */
  hold?: HoldLimits;
  /** One more address of this machine for components to connect to. */
  address?: string;
  /** File with certificate and key (PEM) for the listeners of components: they are encrypted then. For ejabberd only. */
  componentCertificate?: string;
  /** The domain of a PubSub service (XEP-0060) whose nodes everybody may create. Without it there is none. */
  pubsub?: string;
  /** More modules of the server for the users. Archives have all messages. */
  modules?: readonly string[];
}

/** A server for clients and components. */
export interface XmppServer {
  readonly name: "prosody" | "ejabberd" | "jabberd2";
  readonly host: "127.0.0.1";
  /** Process that components connect to. It changes with a restart. */
  readonly pid: number;
  readonly clientPort: number;
  /** Port of the first component. */
  readonly componentPort: number;
  /** Ports of all components, in order: ejabberd gives a connection all domains of its listener. */
  readonly componentPorts: readonly number[];
  /** Folder with configuration, data and log (server.log). It is removed at the stop. */
  readonly dataFolder: string;
  /** Restarts the server in an orderly way, with the same ports and data. */
  restart(): Promise<void>;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

/** A server with a WebSocket (RFC 7395) at ws://127.0.0.1:httpPort/xmpp-websocket. */
export interface RunningServer extends XmppServer {
  readonly httpPort: number;
}

export type Ports = Pick<XmppServer, "clientPort" | "componentPort" | "componentPorts">;
export type AllPorts = Ports & Pick<RunningServer, "httpPort">;

interface Program {
  command: string;
  args: readonly string[];
}

interface Configured<P extends Ports> {
  name: XmppServer["name"];
  dataFolder: string;
  ports: P;
  /** Sign that the server is ready, if listening on its ports is not enough: a file, or a text in the log. */
  ready?: { readonly file: string } | { readonly logged: string };
  /** Programs in the order of their start. Components connect to the first. */
  programs: readonly [Program, ...Program[]];
  env: NodeJS.ProcessEnv;
}

const START_TIMEOUT_MS = 120_000;
const POLL_MS = 25;
const LOG_TAIL = 3_000;

const folders = new Set<string>();
process.once("exit", () => {
  for (const folder of folders) remove(folder);
});

/** Creates a folder for a server. It is removed at the end of this process at the latest. */
export function makeDataFolder(name: XmppServer["name"]): string {
  const folder = mkdtempSync(join(tmpdir(), `verona-${name}-`));
  folders.add(folder);
  return folder;
}

/** Returns the path of an installed program. Throws an error that says how to install it. */
export function requireProgram(name: string): string {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/usr/bin"];
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  throw new Error(`${name} is not installed: run dev/install-servers.sh`);
}

/** Replaces values in a block that operators copy from docs/. Throws if one of them is not in it. */
export function replaceAll(block: string, replacements: Record<string, string>): string {
  return Object.entries(replacements).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the block in docs/ no longer contains ${from}`);
    return text.replaceAll(from, () => to);
  }, block);
}

/** Returns the parts of a database's address. */
export function partsOf({ hostname, port, pathname, username, password }: URL) {
  const [user, secret, database] = [username, password, pathname.slice(1)].map(decodeURIComponent) as [
    string,
    string,
    string,
  ];
  return { host: hostname, port, user, secret, database };
}

/** Runs a configured server and waits until clients and components can connect. */
export async function runServer<P extends Ports>(server: Configured<P>): Promise<XmppServer & P> {
  let children = await launch(server);
  const end = async (signal: NodeJS.Signals): Promise<void> =>
    void (await Promise.all(children.toReversed().map((child) => child.end(signal))));
  return {
    name: server.name,
    host: "127.0.0.1",
    get pid() {
      return children[0]?.process.pid ?? 0;
    },
    ...server.ports,
    dataFolder: server.dataFolder,
    async restart() {
      await end("SIGTERM");
      children = await launch(server);
    },
    async stop() {
      await end("SIGKILL");
      remove(server.dataFolder);
    },
  };
}

async function launch({
  name,
  dataFolder,
  ports,
  ready,
  programs,
  env,
}: Configured<Ports>): Promise<Child[]> {
  const logFile = join(dataFolder, "server.log");
  const output = openSync(logFile, "a");
  const loggedBefore = readFileSync(logFile).length;
  const log = (): string => readFileSync(logFile).subarray(loggedBefore).toString();
  if (ready && "file" in ready) rmSync(ready.file, { force: true });
  const isReady = (): boolean => {
    if (!ready) return true;
    return "file" in ready ? existsSync(ready.file) : log().includes(ready.logged);
  };
  const children = programs.map(({ command, args }) =>
    startChild(command, args, { cwd: dataFolder, env, output }),
  );
  closeSync(output);
  try {
    const listening = Object.values(ports)
      .flat()
      .map((port) => () => listens(port));
    await waitUntil([...listening, async () => isReady()], children);
    return children;
  } catch (error) {
    await Promise.all(children.map((child) => child.end("SIGKILL").catch(() => {})));
    throw new Error(`${name} did not start: ${(error as Error).message}\n${log().slice(-LOG_TAIL)}`, {
      cause: error,
    });
  }
}

async function waitUntil(
  conditions: readonly (() => Promise<boolean>)[],
  children: readonly Child[],
): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let ended = false;
  const end = Promise.race(children.map((child) => child.exited)).finally(() => {
    ended = true;
  });
  for (const holds of conditions) {
    while (!(await holds())) {
      if (ended) throw new Error(`it ended with status ${await end}`);
      if (Date.now() > deadline) throw new Error(`it is not ready after ${START_TIMEOUT_MS} ms`);
      await sleep(POLL_MS);
    }
  }
}

function remove(folder: string): void {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
