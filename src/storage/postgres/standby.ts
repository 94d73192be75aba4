// Waits until this process may serve: the holder of the lease has ended, has returned it, or has gone silent.
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Logger } from "pino";
import { type BackoffOptions, backoffDelay } from "../../backoff.ts";
import type { StandbyOptions } from "../lease.ts";
import { StorageError } from "../store.ts";
import { endOf } from "./connect.ts";
import { describeFault } from "./faults.ts";
import { HolderWatch, type LeaseRow, type Verdict } from "./holder-watch.ts";
import { LEASE_MS, type LeaseOptions, RENEWALS } from "./lease.ts";
import { END_SESSIONS, FORGET_STANDBY, LOOK, NOTE_STANDBY, TRY_LOCK, UNLOCK } from "./lease-queries.ts";

/** Milliseconds between two looks. */
const POLL_MS = 50;
const BACKOFF: BackoffOptions = { firstDelay: 100, longestDelay: 1_000 };
/** SQLSTATEs of a database without the lease: empty, or of an earlier version. */
const NO_LEASE = ["42P01", "3F000"];

/** What a standby sees in one look. */
interface Look {
  readonly taken: boolean;
  readonly lease: LeaseRow | undefined;
  readonly isLinkUp: boolean;
}

/**
 * Waits until this process may take over, and returns a session that has the lock. Waits also for a database that is
 * away. Rejects with `StorageError` for lasting faults.
 */
export async function waitAsStandby(options: LeaseOptions, standby: StandbyOptions): Promise<pg.Client> {
  const report = new Report(options.log, options.target);
  for (let failures = 1; ; failures++) {
    let client: pg.Client | undefined;
    try {
      client = await options.connect();
      failures = 1;
      const waiting = new Waiting(client, options, standby, report);
      await waiting.untilFree();
      return client;
    } catch (error) {
      if (client) endOf(client);
      if (error instanceof StorageError) throw error;
      const fault = describeFault(error, "open", options.target);
      if (fault.lasts) throw new StorageError(fault.text, { cause: error });
      report.fault(fault.text);
      await delay(backoffDelay(failures, BACKOFF));
    }
  }
}

/** The wait on one session. */
class Waiting {
  readonly #client: pg.Client;
  readonly #options: LeaseOptions;
  readonly #standby: StandbyOptions;
  readonly #report: Report;
  readonly #leaseMs: number;
  readonly #watch: HolderWatch;
  #notedAt = Number.NEGATIVE_INFINITY;

  constructor(client: pg.Client, options: LeaseOptions, standby: StandbyOptions, report: Report) {
    this.#client = client;
    this.#options = options;
    this.#standby = standby;
    this.#report = report;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#watch = new HolderWatch(this.#leaseMs);
  }

  async untilFree(): Promise<void> {
    for (;;) {
      const { taken, lease, isLinkUp } = await this.#timed(this.#look());
      const verdict: Verdict = lease ? this.#watch.see(lease, performance.now()) : "gone";
      if (taken && verdict !== "alive") {
        this.#report.takingOver(verdict, lease);
        if (lease) await this.#client.query(FORGET_STANDBY, [this.#options.id]);
        if (lease?.hasSession) await this.#client.query(END_SESSIONS, [lease.holder]);
        return;
      }
      if (taken) await this.#client.query(UNLOCK);
      if (verdict === "silent") {
        this.#report.silent(lease);
        await this.#client.query(END_SESSIONS, [lease?.holder]);
      }
      this.#report.waiting(lease);
      if (lease) await this.#note(isLinkUp);
      await delay(POLL_MS);
    }
  }

  async #look(): Promise<Look> {
    try {
      const { rows } = await this.#client.query(LOOK);
      const { taken, epoch, beat, holder, has_session, link_up } = rows[0] ?? {};
      const lease: LeaseRow = {
        epoch: String(epoch),
        beat: String(beat),
        holder: holder === null ? undefined : String(holder),
        hasSession: has_session === true,
      };
      return { taken: taken === true, lease, isLinkUp: link_up !== false };
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && NO_LEASE.includes(error.code ?? ""))) throw error;
      const { rows } = await this.#client.query(TRY_LOCK);
      return { taken: rows[0]?.taken === true, lease: undefined, isLinkUp: true };
    }
  }

  /** Tells the holder of this standby, now and then. The write also shows that the database commits. */
  async #note(isLinkUp: boolean): Promise<void> {
    const start = performance.now();
    const interval = this.#leaseMs / RENEWALS;
    if (start - this.#notedAt < interval) return;
    const reachesServer = !isLinkUp && (await this.#standby.reachesServer());
    await this.#timed(this.#client.query(NOTE_STANDBY, [this.#options.id, reachesServer]));
    this.#notedAt = performance.now();
  }

  /** Notes a database that answers slowly: when it goes on, the holder's renewal may come after this answer. */
  async #timed<T>(answer: Promise<T>): Promise<T> {
    const sent = performance.now();
    const value = await answer;
    const now = performance.now();
    if (now - sent > this.#leaseMs / RENEWALS) this.#watch.noteSlowDatabase(now);
    return value;
  }
}

/** Logs what a standby sees, each thing once. */
class Report {
  readonly #log: Logger | undefined;
  readonly #database: string;
  #last = "";

  constructor(log: Logger | undefined, database: string) {
    this.#log = log;
    this.#database = database;
  }

  waiting(lease: LeaseRow | undefined): void {
    this.#once(`waiting ${lease?.holder}`, () =>
      this.#log?.info({ database: this.#database, holder: lease?.holder }, "waiting as a standby"),
    );
  }

  silent(lease: LeaseRow | undefined): void {
    this.#log?.warn(
      { database: this.#database, holder: lease?.holder },
      "the serving process is silent: ending its database sessions",
    );
  }

  takingOver(verdict: Verdict, lease: LeaseRow | undefined): void {
    if (this.#last === "") return; // nobody else was there
    const reason = verdict === "silent" ? "the serving process is silent" : "the serving process has ended";
    this.#log?.warn({ database: this.#database, holder: lease?.holder, reason }, "taking over");
  }

  fault(text: string): void {
    this.#once(text, () => this.#log?.error(`${text}; Verona waits for it`));
  }

  #once(what: string, log: () => void): void {
    if (what === this.#last) return;
    this.#last = what;
    log();
  }
}
