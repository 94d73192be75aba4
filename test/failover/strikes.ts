// The faults of the test. Each strikes the process that serves, its network or its database.
import { setTimeout as sleep } from "node:timers/promises";
import type { Machine } from "../../dev/network.ts";
import { DATABASE_USER, type RunningPostgres } from "../../dev/servers/postgres.ts";
import type { RunningVerona } from "../../dev/verona.ts";

/** The target of a fault. */
export interface Target {
  readonly holder: RunningVerona;
  /** The machine of the holder. Without one, the network cannot be cut. */
  readonly machine: Machine | undefined;
  readonly database: RunningPostgres;
  /** Resolves when users hear each other's new messages. */
  isHeardAgain(): Promise<void>;
  /** Returns a random number of milliseconds, up to this. */
  random(most: number): number;
}

export interface Strike {
  readonly name: string;
  readonly needsNetwork?: true;
  /** True if a process that serves well must go on to serve. */
  readonly isHarmless?: true;
  /** Strikes, waits until users hear each other, and mends. */
  run(target: Target): Promise<void>;
}

const STALL_MS = 10_000;
const MOST_DELAY_MS = 2_000;

export const STRIKES: readonly Strike[] = [
  {
    name: "kill -9",
    async run({ holder, isHeardAgain }) {
      holder.kill();
      await isHeardAgain();
    },
  },
  {
    name: "SIGTERM",
    async run({ holder, isHeardAgain }) {
      process.kill(holder.pid, "SIGTERM");
      await isHeardAgain();
    },
  },
  {
    name: "SIGSTOP, and SIGCONT after the takeover",
    async run({ holder, isHeardAgain, random }) {
      process.kill(holder.pid, "SIGSTOP");
      await isHeardAgain();
      await sleep(random(MOST_DELAY_MS));
      process.kill(holder.pid, "SIGCONT");
      await holder.ended;
    },
  },
  {
    name: "network cut, and mended after the takeover",
    needsNetwork: true,
    async run({ holder, machine, isHeardAgain, random }) {
      machine?.cut();
      await isHeardAgain();
      await sleep(random(MOST_DELAY_MS));
      machine?.mend();
      await holder.ended;
    },
  },
  {
    name: "session with the lock ended",
    async run({ database, isHeardAgain }) {
      database.sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted");
      await isHeardAgain();
    },
  },
  {
    name: "all database sessions ended",
    async run({ database, isHeardAgain }) {
      database.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${DATABASE_USER.name}'`,
      );
      await isHeardAgain();
    },
  },
  {
    name: "PostgreSQL restarted",
    async run({ database, isHeardAgain }) {
      await database.end();
      await database.start();
      await isHeardAgain();
    },
  },
  {
    name: "PostgreSQL stalled for 10 s",
    isHarmless: true,
    async run({ database, isHeardAgain }) {
      database.pause();
      await sleep(STALL_MS);
      database.resume();
      await isHeardAgain();
    },
  },
];
