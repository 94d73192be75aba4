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

export interface ServerOptions {
  domain: string;
  components: { domain: string; secret: string }[];
  users: { username: string; password: string }[];
  /** The domain of the server's own rooms, with an archive; without it there are none. */
  rooms?: string;
  /**
   * Where those rooms are kept: in the server's built-in storage, in SQLite (a file in its data folder), their archives
   * alone there, or in that database of PostgreSQL.
   */
  roomStorage?: RoomStorage;
  /** How many addresses the first component may give to its multicast service (XEP-0033); without it there is none. */
  multicast?: number;
}

/** A server for clients and components. */
export interface XmppServer {
  readonly name: "prosody" | "ejabberd" | "jabberd2";
  readonly host: "127.0.0.1";
  /** Of the process that components connect to; another one after a restart. */
  readonly pid: number;
  readonly clientPort: number;
  /** Of the first component. */
  readonly componentPort: number;
  /** Of each component, in their order: ejabberd gives a connection all domains of its listener. */
  readonly componentPorts: readonly number[];
  /** Configuration, data and log (server.log); removed at stop. */
  readonly dataFolder: string;
  /** Ends the server in an orderly way and starts it again, with the same ports and data. */
  restart(): Promise<void>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

/** A server that has a WebSocket (RFC 7395) at ws://127.0.0.1:httpPort/xmpp-websocket. */
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
  /** A file that is written, or a text that is logged, when it is ready; where listening on its ports does not mean that. */
  ready?: { readonly file: string } | { readonly logged: string };
  /** In the order of their start; the first is the one that components connect to. */
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

/** Makes a server's own folder, which is removed at the end of this process at the latest. */
export function makeDataFolder(name: XmppServer["name"]): string {
  const folder = mkdtempSync(join(tmpdir(), `verona-${name}-`));
  folders.add(folder);
  return folder;
}

/** The path of an installed program; throws an error that says how to install it. */
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

/** Puts a server's own values into the block that an operator copies from docs/; each key occurs in it. */
export function replaceAll(block: string, replacements: Record<string, string>): string {
  return Object.entries(replacements).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the block in docs/ no longer contains ${from}`);
    return text.replaceAll(from, () => to);
  }, block);
}

/** Who and where, of the address of a database. */
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
