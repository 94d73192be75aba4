import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, existsSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface ServerOptions {
  readonly domain: string;
  readonly components: readonly { readonly domain: string; readonly secret: string }[];
  readonly users: readonly { readonly username: string; readonly password: string }[];
}

/** A real XMPP server on loopback with a data folder of its own. */
export interface RunningServer {
  readonly name: "prosody" | "ejabberd";
  readonly host: "127.0.0.1";
  readonly clientPort: number;
  readonly componentPort: number;
  /** ws://127.0.0.1:httpPort/xmpp-websocket */
  readonly httpPort: number;
  readonly dataFolder: string;
  /** Same ports, same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Ports that are free on loopback now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "object" && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/** A block of the documentation with the example's domain, secret and port replaced: the tests use what operators read. */
export function documentedBlock(file: string, domain: string, secret: string, port: number): string {
  return readFileSync(new URL(`../../docs/${file}`, import.meta.url), "utf8")
    .replaceAll("conference.example.com", domain)
    .replaceAll("change-me", secret)
    .replaceAll("5347", String(port));
}

/** Throws with what to do where a program is missing. */
export function requireProgram(path: string): void {
  if (!existsSync(path)) throw new Error(`${path} is missing: run dev/install-servers.sh`);
}

/** A child process that is killed with this one, its output kept in a file. */
export class ServerProcess {
  readonly #start: () => ChildProcess;
  readonly #ports: readonly number[];
  #child: ChildProcess | undefined;
  #output = "";

  constructor(command: readonly [string, ...string[]], logFile: string, ports: readonly number[], env: NodeJS.ProcessEnv = process.env) {
    const [program, ...args] = command;
    this.#ports = ports;
    this.#start = () => {
      const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
      const log = createWriteStream(logFile, { flags: "a" });
      this.#output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream?.pipe(log, { end: false });
        stream?.on("data", (chunk) => {
          this.#output += chunk;
        });
      }
      return child;
    };
    process.on("exit", () => this.#child?.kill("SIGKILL"));
  }

  /** Resolves when every port answers; rejects when the program ends before. */
  async start(): Promise<void> {
    const child = this.#start();
    this.#child = child;
    for (const port of this.#ports) {
      while (!(await answers(port))) {
        if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
        await delay(50);
      }
    }
  }

  /** Resolves when the program has printed a text since its start. */
  async printed(text: string): Promise<void> {
    while (!this.#output.includes(text)) {
      if (this.#child?.exitCode !== null) throw new Error(`the server ended: ${this.#output.slice(-2000)}`);
      await delay(50);
    }
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await ended;
    clearTimeout(late);
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
