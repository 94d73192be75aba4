// Waits until this process may serve: the holder of the lease has ended, has returned it, or has gone silent.
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Logger } from "pino";
import { type BackoffOptions, backoffDelay } from "../../backoff.ts";
import type { StandbyOptions } from "../lease.ts";
import { StorageError } from "../store.ts";
import { endOf } from "./connect.ts";
import { beginEpoch } from "./epoch-record.ts";
import { describeFault, isMissingTable } from "./faults.ts";
import { HolderWatch, type LeaseRow, type Verdict } from "./holder-watch.ts";
import { LEASE_MS, type LeaseOptions, RENEWAL_MS } from "./lease.ts";
import { END_LOCK, END_SESSIONS, FORGET_STANDBY, LOOK, NOTE_STANDBY, UNLOCK } from "./lease-queries.ts";
import { tryLock } from "./lock.ts";
import { Rivals } from "./rivals.ts";
import { timedAnswer } from "./timed-answer.ts";

/** Milliseconds between two looks. */
const POLL_MS = 50;
const BACKOFF: BackoffOptions = { firstDelay: 100, longestDelay: 1_000 };

/** What a standby sees in one look. */
interface Look {
  readonly taken: boolean;
  readonly lease: LeaseRow | undefined;
  readonly isLinkUp: boolean;
}

/** The right to serve, when a standby gets it. */
interface Takeover {
  /** A session that has the lock. */
  readonly client: pg.Client;
  /** The epoch that has begun; undefined if the database has no lease yet. */
  readonly epoch: string | undefined;
}

/**
 * Waits until this process may take over, and takes over. Waits also for a database that is away. Rejects with
 * `StorageError` for lasting faults.
 */
export async function waitAsStandby(options: LeaseOptions, standby: StandbyOptions): Promise<Takeover> {
  const report = new Report(options.log, options.target);
  for (let failures = 1; ; failures++) {
    let client: pg.Client | undefined;
    try {
      client = await options.connect();
      failures = 1;
      const waiting = new Waiting(client, options, standby, report);
      return { client, epoch: await waiting.untilTakeover() };
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
  readonly #watch = new HolderWatch(LEASE_MS);
  /** Nodes of a cluster that may have leases of their own. */
  readonly #rivals: Rivals;
  /** Instants of the latest look and note, and of the first look that found the holder silent. */
  #lookedAt = Number.POSITIVE_INFINITY;
  #notedAt: number | undefined;
  #silentSince: number | undefined;
  /** This process has reached the XMPP server at the last attempt. */
  #reachesServer = false;
  #probing: Promise<void> | undefined;

  constructor(client: pg.Client, options: LeaseOptions, standby: StandbyOptions, report: Report) {
    this.#client = client;
    this.#rivals = new Rivals(client);
    this.#options = options;
    this.#standby = standby;
    this.#report = report;
  }

  /** Resolves with the epoch that has begun; with undefined if there is no lease yet, and nobody has the lock. */
  async untilTakeover(): Promise<string | undefined> {
    for (;;) {
      const { taken, lease, isLinkUp } = await timedAnswer(this.#watch, this.#look(), this.#lookedAt);
      this.#lookedAt = performance.now();
      if (taken && !lease) return undefined;
      const verdict = lease ? this.#judge(lease) : "alive";
      if (verdict !== "silent") this.#silentSince = undefined;
      else if (lease && (lease.hasSession || !taken)) await this.#endSessions(lease, taken);
      if (lease && taken && verdict !== "alive" && !(await this.#rivals.removeNodes())) {
        const epoch = await this.#begin(lease, verdict);
        if (epoch !== undefined) return epoch;
      }
      if (taken) await this.#client.query(UNLOCK);
      if (verdict !== "silent") this.#report.waiting(lease);
      if (lease) await this.#note(isLinkUp);
      await delay(POLL_MS);
    }
  }

  #judge(lease: LeaseRow): Verdict {
    // Its own epoch: the answer to its beginning was lost with an earlier session.
    if (lease.holder === this.#options.id) return "gone";
    return this.#watch.see(lease, performance.now());
  }

  /** Begins an epoch; resolves with undefined if the lease has changed since the look. */
  async #begin(lease: LeaseRow, verdict: Verdict): Promise<string | undefined> {
    const { id, lastCommit } = this.#options;
    const epoch = await beginEpoch(this.#client, { lastCommit, id, epoch: lease.epoch, beat: lease.beat });
    if (epoch === undefined) return undefined;
    this.#report.takingOver(verdict, lease);
    await this.#client.query(FORGET_STANDBY, [id]);
    return epoch;
  }

  /**
   * Ends the sessions of a silent holder. If that does not help, another standby may have the lock and hang: ends the
   * session that has it.
   */
  async #endSessions(lease: LeaseRow, hasLock: boolean): Promise<void> {
    const now = performance.now();
    this.#silentSince ??= now;
    this.#report.silent(lease);
    await this.#client.query(END_SESSIONS, [lease.holder]);
    const isLate = now - this.#silentSince >= RENEWAL_MS;
    if (isLate && !hasLock) await this.#client.query(END_LOCK);
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
      if (!isMissingTable(error)) throw error;
      return { taken: await tryLock(this.#client), lease: undefined, isLinkUp: true };
    }
  }

  /** Tells the holder of this standby, now and then. The write also shows that the database commits. */
  async #note(isLinkUp: boolean): Promise<void> {
    const { id } = this.#options;
    if (this.#notedAt === undefined) await this.#client.query(FORGET_STANDBY, [id]);
    else if (performance.now() - this.#notedAt < RENEWAL_MS) return;
    if (!isLinkUp) this.#probe();
    const reaches = !isLinkUp && this.#reachesServer;
    await timedAnswer(this.#watch, this.#client.query(NOTE_STANDBY, [id, reaches]));
    this.#notedAt = performance.now();
  }

  /** Tries to reach the server, while the looks go on. */
  #probe(): void {
    this.#probing ??= this.#standby.reachesServer().then((reaches) => {
      this.#reachesServer = reaches;
      this.#probing = undefined;
    });
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

  silent({ holder }: LeaseRow): void {
    this.#once(`silent ${holder}`, () =>
      this.#log?.warn(
        { database: this.#database, holder },
        "the serving process is silent: ending its database sessions",
      ),
    );
  }

  takingOver(verdict: Verdict, { holder }: LeaseRow): void {
    if (this.#last === "") return; // nobody else was there
    const reason = verdict === "silent" ? "the serving process is silent" : "the serving process has ended";
    this.#log?.warn({ database: this.#database, holder, reason }, "taking over");
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
