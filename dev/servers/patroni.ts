// Two PostgreSQL servers under Patroni, with an etcd of one node, on the loopback interface.
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type Child, startChild } from "../child-process.ts";
import { freePorts } from "./ports.ts";
import { ADMIN, asUser, DATABASE_USER, makeFolder, postgresPrograms, psql } from "./postgres.ts";

const NAMES = ["one", "two"] as const;
const TIMEOUT_MS = 120_000;
const POLL_MS = 200;
/** Seconds after which a silent primary is replaced: the least that Patroni accepts. */
const TTL = 20;

export interface PatroniCluster {
  /** The address of an empty database with both hosts, in the form of the storage setting. */
  readonly address: string;
  /** Runs SQL as the administrator on the primary. Returns a line for each row. */
  sql(text: string, database?: string): Promise<string>;
  /** Returns the address of the present primary alone. */
  primaryAddress(): Promise<string>;
  /** Stops the primary's process that replicates: the replica gets nothing of what is committed from now on. */
  stopReplication(): Promise<void>;
  /** Kills the primary and its Patroni with SIGKILL, like the loss of a machine. */
  killPrimary(): Promise<void>;
  /** Stops all processes and removes their data. */
  stop(): Promise<void>;
}

interface Member {
  readonly name: string;
  readonly port: number;
  readonly restPort: number;
  readonly data: string;
  readonly patroni: Child;
}

const clusterState = z.object({
  members: z.array(z.object({ name: z.string(), role: z.string(), state: z.string() })),
});

interface PatroniOptions {
  /** True if a commit waits for the replica. */
  readonly isSynchronous: boolean;
}

/** Starts the cluster, and waits until the replica follows. */
export async function startPatroni({ isSynchronous }: PatroniOptions): Promise<PatroniCluster> {
  const replicaRole = isSynchronous ? "sync_standby" : "replica";
  const folder = makeFolder();
  const [etcdPort, peerPort, ...ports] = (await freePorts(2 + 2 * NAMES.length)) as [
    number,
    number,
    ...number[],
  ];
  const etcd = run(folder, "etcd", [
    ...["--data-dir", join(folder, "etcd"), "--listen-peer-urls", `http://127.0.0.1:${peerPort}`],
    ...["--listen-client-urls", `http://127.0.0.1:${etcdPort}`],
    ...["--advertise-client-urls", `http://127.0.0.1:${etcdPort}`],
  ]);
  const members = NAMES.map((name, index): Member => {
    const [port = 0, restPort = 0] = ports.slice(2 * index);
    const data = join(folder, name);
    const file = join(folder, `${name}.yml`);
    const settings = settingsOf({ name, port, restPort, data, folder, etcdPort, isSynchronous });
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(settings), { mode: 0o644 });
    return { name, port, restPort, data, patroni: run(folder, "patroni", [file]) };
  });

  async function stop(): Promise<void> {
    for (const { patroni } of members) await patroni.end("SIGKILL");
    for (const { data } of members) killPostgres(data);
    await etcd.end("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async function memberOf(roles: readonly string[]): Promise<Member> {
    const names = (await stateOf(members)).filter(({ role }) => roles.includes(role)).map(({ name }) => name);
    const member = members.find(({ name }) => names.includes(name));
    if (!member) throw new Error(`no member is ${roles.join(" or ")}`);
    return member;
  }

  async function sql(text: string, database = "postgres"): Promise<string> {
    return psql((await memberOf(["leader"])).port, text, database);
  }

  /** Returns the pids of the primary's processes that have a replica in step. */
  async function streamingSenders(): Promise<number[]> {
    const lines = await sql("SELECT pid FROM pg_stat_replication WHERE state = 'streaming'");
    return lines.split("\n").filter(Boolean).map(Number);
  }

  try {
    await until(folder, async () => {
      const state = await stateOf(members);
      return (
        state.some(({ role, state: is }) => role === "leader" && is === "running") &&
        state.some(({ role, state: is }) => role === replicaRole && ["running", "streaming"].includes(is))
      );
    });
    // A replica says that it runs before it follows.
    await until(folder, async () => (await streamingSenders()).length > 0);
    await sql(`CREATE ROLE ${DATABASE_USER.name} LOGIN PASSWORD '${DATABASE_USER.password}'`);
    await sql(`CREATE DATABASE rooms OWNER ${DATABASE_USER.name}`);
  } catch (error) {
    await stop();
    throw error;
  }
  const password = encodeURIComponent(DATABASE_USER.password);
  const addressOf = (found: readonly Member[]): string =>
    `postgres://${DATABASE_USER.name}:${password}@${found.map(({ port }) => `127.0.0.1:${port}`).join()}/rooms`;
  return {
    stop,
    sql,
    address: addressOf(members),
    primaryAddress: async () => addressOf([await memberOf(["leader"])]),
    async stopReplication() {
      const senders = await streamingSenders();
      for (const pid of senders) process.kill(pid, "SIGSTOP");
    },
    async killPrimary() {
      const primary = await memberOf(["leader"]);
      await primary.patroni.end("SIGKILL");
      killPostgres(primary.data);
    },
  };
}

interface MemberSettings {
  readonly name: string;
  readonly port: number;
  readonly restPort: number;
  readonly data: string;
  readonly folder: string;
  readonly etcdPort: number;
  readonly isSynchronous: boolean;
}

function settingsOf({ name, port, restPort, data, folder, etcdPort, isSynchronous }: MemberSettings): object {
  const admin = { username: ADMIN.name, password: ADMIN.password };
  return {
    scope: "verona",
    name,
    restapi: { listen: `127.0.0.1:${restPort}`, connect_address: `127.0.0.1:${restPort}` },
    etcd3: { hosts: `127.0.0.1:${etcdPort}` },
    bootstrap: {
      dcs: {
        ...{ ttl: TTL, loop_wait: 1, retry_timeout: 3, synchronous_mode: isSynchronous },
        // A replica that lacks this much may become the primary.
        maximum_lag_on_failover: 2 ** 30,
      },
      initdb: [{ encoding: "UTF8" }, { locale: "C" }, "no-sync"],
      pg_hba: ["host all all 127.0.0.1/32 scram-sha-256", "host replication all 127.0.0.1/32 scram-sha-256"],
    },
    postgresql: {
      listen: `127.0.0.1:${port}`,
      connect_address: `127.0.0.1:${port}`,
      data_dir: data,
      bin_dir: postgresPrograms(),
      pgpass: join(folder, `${name}.pgpass`),
      authentication: { superuser: admin, replication: admin },
      parameters: { unix_socket_directories: folder, password_encryption: "scram-sha-256" },
    },
  };
}

/** Runs a program as PostgreSQL's user; its output goes to a file in the folder. */
function run(folder: string, program: string, args: readonly string[]): Child {
  const [command = "", ...rest] = asUser([program, ...args]);
  return startChild(command, rest, {
    cwd: folder,
    env: process.env,
    output: openSync(join(folder, "log"), "a"),
  });
}

/** Asks the members in turn for the state of the cluster; an empty list if none answers. */
async function stateOf(members: readonly Member[]): Promise<z.output<typeof clusterState>["members"]> {
  for (const { restPort } of members) {
    const answer = await fetch(`http://127.0.0.1:${restPort}/cluster`).catch(() => undefined);
    if (answer?.ok) return clusterState.parse(await answer.json()).members;
  }
  return [];
}

async function until(folder: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!(await check())) {
    if (Date.now() > deadline)
      throw new Error(`Patroni did not start:\n${readFileSync(join(folder, "log"), "utf8").slice(-3_000)}`);
    await sleep(POLL_MS);
  }
}

const postmasterOf = (data: string): number =>
  Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n", 1)[0]);

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);

/** Kills all processes of a PostgreSQL server, also those that are stopped. */
function killPostgres(data: string): void {
  if (!existsSync(join(data, "postmaster.pid"))) return;
  const postmaster = postmasterOf(data);
  if (!existsSync(`/proc/${postmaster}`)) return;
  for (const pid of [...childrenOf(postmaster), postmaster]) killIfThere(pid);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
