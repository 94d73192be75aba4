// PostgreSQL with its own data and a free loopback port. It refuses to run as root, so root runs it as "postgres".
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chownSync,
  closeSync,
  globSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Child, startChild } from "../child-process.ts";
import { freePorts } from "./ports.ts";

const USER = "postgres";
export const DATABASE_USER = { name: "verona", password: "p@ss/w0rd" };

export interface RunningPostgres {
  readonly port: number;
  /** Folder of its Unix socket. */
  readonly socketFolder: string;
  /** Creates an empty database. Returns its address in the form of the storage setting. */
  createDatabase(options?: string): string;
  /** Runs SQL as the administrator. Returns a line for each row. */
  sql(text: string, database?: string): string;
  /** Stops all processes with SIGSTOP: connections stay open, and nothing answers. */
  pause(): void;
  /** Continues paused processes. */
  resume(): void;
  /** Kills all processes with SIGKILL, like a crash of the machine. */
  kill(): Promise<void>;
  /** Stops it in an orderly way. */
  end(): Promise<void>;
  /** Waits until it accepts connections. */
  ready(): Promise<void>;
  /** Restarts it after `kill` or `end`, with the same port and data. */
  start(): Promise<void>;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Without it, it is faster, and loses data only if the machine crashes. */
  readonly fsync?: boolean;
  /** One more address of this machine to listen on, for users from its network. */
  readonly address?: string;
}

export const ADMIN = { name: "admin", password: "admin" };
const START_TIMEOUT_MS = 120_000;
const POLL_MS = 50;

/** Starts a cluster. Throws an error that says how to install it, or why it did not start. */
export async function startPostgres(options: PostgresOptions = {}): Promise<RunningPostgres> {
  const folder = makeFolder();
  const data = join(folder, "data");
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, `${ADMIN.password}\n`, { mode: 0o644 });
  runAsUser("initdb", [
    ...["-D", data, "-U", ADMIN.name, "-A", "scram-sha-256", "--pwfile", passwordFile],
    ...["-E", "UTF8", "--locale", "C", "--no-sync"],
  ]);
  appendFileSync(join(data, "pg_hba.conf"), "host all all samenet scram-sha-256\n");
  const server = await runCluster(folder, options);
  server.sql(`CREATE ROLE ${DATABASE_USER.name} LOGIN PASSWORD '${DATABASE_USER.password}'`);
  return server;
}

/** Starts a standby that follows a server by streaming replication. */
export async function startStandby(primary: RunningPostgres): Promise<RunningPostgres> {
  const folder = makeFolder();
  const source = `host=127.0.0.1 port=${primary.port} user=${ADMIN.name} password=${ADMIN.password}`;
  runAsUser("pg_basebackup", ["-d", source, "-D", join(folder, "data"), "-R", "--no-sync", "-c", "fast"]);
  return runCluster(folder, {});
}

/** Makes a folder that belongs to PostgreSQL's user. It is removed at the end of this process at the latest. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "verona-postgres-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  if (isRoot()) chownSync(folder, idOf("-u"), idOf("-g"));
  return folder;
}

/** Runs the cluster whose data is in a folder. */
async function runCluster(
  folder: string,
  { fsync = false, address }: PostgresOptions,
): Promise<RunningPostgres> {
  const programs = postgresPrograms();
  const [port] = (await freePorts(1)) as [number];
  const data = join(folder, "data");
  const log = join(folder, "server.log");
  let child: Child | undefined;
  let databases = 0;
  let paused: number[] = [];

  function pause(): void {
    const pid = child?.process.pid ?? 0;
    process.kill(pid, "SIGSTOP"); // so it starts no more children
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
    paused = [...children, pid];
    for (const one of children) process.kill(one, "SIGSTOP");
  }

  function resume(): void {
    for (const one of paused.splice(0)) process.kill(one, "SIGCONT");
  }

  const sql = (text: string, database = "postgres"): string => psql(port, text, database);

  async function start(): Promise<void> {
    const output = openSync(log, "a");
    const settings = {
      listen_addresses: ["127.0.0.1", ...(address === undefined ? [] : [address])].join(),
      port,
      unix_socket_directories: folder,
      max_connections: 40,
      fsync: fsync ? "on" : "off",
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const [command = "", ...args] = asUser([join(programs, "postgres"), "-D", data, ...options]);
    const launch = { cwd: folder, env: process.env, output };
    const deadline = Date.now() + START_TIMEOUT_MS;
    try {
      // Processes of a killed server end soon. Until then no other server starts.
      do child = startChild(command, args, launch);
      while (!(await takesConnections(deadline)));
    } finally {
      closeSync(output);
    }
  }

  /** Waits until the server accepts connections. Resolves with false if it ended instead. */
  async function takesConnections(deadline: number): Promise<boolean> {
    const question = ["-q", "-h", "127.0.0.1", "-p", String(port)];
    while (spawnSync(join(programs, "pg_isready"), question).status !== 0) {
      if (Date.now() > deadline) throw notStarted();
      if (child?.process.exitCode !== null) return false;
      await sleep(POLL_MS);
    }
    return true;
  }

  const notStarted = (): Error =>
    new Error(`PostgreSQL did not start:\n${readFileSync(log, "utf8").slice(-3_000)}`);

  async function ready(): Promise<void> {
    if (!(await takesConnections(Date.now() + START_TIMEOUT_MS))) throw notStarted();
  }

  await start();
  return {
    port,
    socketFolder: folder,
    sql,
    start,
    ready,
    pause,
    resume,
    createDatabase(options = "") {
      databases += 1;
      const name = `rooms${databases}`;
      sql(`CREATE DATABASE ${name} OWNER ${DATABASE_USER.name} ${options}`);
      const password = encodeURIComponent(DATABASE_USER.password);
      return `postgres://${DATABASE_USER.name}:${password}@127.0.0.1:${port}/${name}`;
    },
    async kill() {
      resume();
      await child?.end("SIGKILL");
    },
    async end() {
      resume();
      await child?.end("SIGINT");
    },
    async stop() {
      resume();
      await child?.end("SIGINT");
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Runs SQL as the administrator of the server at a port. Returns a line for each row. */
export function psql(port: number, text: string, database: string): string {
  const args = ["-h", "127.0.0.1", "-p", String(port), "-U", ADMIN.name, "-d", database];
  const run = spawnSync(join(postgresPrograms(), "psql"), [...args, "-XAtq", "-v", "ON_ERROR_STOP=1"], {
    encoding: "utf8",
    input: text,
    env: { ...process.env, PGPASSWORD: ADMIN.password },
  });
  if (run.status !== 0) throw new Error(`psql: ${run.stderr}`);
  return run.stdout.trim();
}

/** Returns the folder of PostgreSQL's programs. Debian has one for each version. */
export function postgresPrograms(): string {
  const found = globSync("/usr/lib/postgresql/*/bin/postgres").sort().at(-1);
  if (found === undefined) throw new Error("PostgreSQL is not installed: run dev/install-servers.sh");
  return dirname(found);
}

const isRoot = (): boolean => process.getuid?.() === 0;

function idOf(option: "-u" | "-g"): number {
  return Number(spawnSync("id", [option, USER], { encoding: "utf8" }).stdout);
}

/** Returns the command that runs another one as PostgreSQL's user, if this process is root. */
export function asUser(command: string[]): string[] {
  if (!isRoot()) return command;
  // Changing the user resets the parent-death signal, so it is set again.
  const change = ["--reuid", USER, "--regid", USER, "--init-groups", "--pdeathsig", "KILL"];
  return ["setpriv", ...change, "--", ...command];
}

/** Runs one of PostgreSQL's programs to its end. */
function runAsUser(program: string, args: string[]): void {
  const [command = "", ...rest] = asUser([join(postgresPrograms(), program), ...args]);
  const run = spawnSync(command, rest, { encoding: "utf8", cwd: "/" });
  if (run.status !== 0) throw new Error(`${program}: ${run.stderr}`);
}
