// The lease of a process that serves: a row that it renews. Decisions 0056 and 0058.
import { setImmediate as immediate } from "node:timers/promises";
import type pg from "pg";
import type { Logger } from "pino";
import type { Lease } from "../lease.ts";
import { StorageError } from "../store.ts";
import { endOf } from "./connect.ts";
import { type Instant, isWithin, presentInstant } from "./lease-clock.ts";

/** Milliseconds for which the lease lasts after a renewal was sent. */
export const LEASE_MS = 3_000;
/** Milliseconds between two renewals. */
export const RENEWAL_MS = LEASE_MS / 4;
/** Milliseconds for the return of the lease at a stop. */
const RETURN_PATIENCE_MS = 1_000;

/** The row that a lease renews. */
export interface LeaseRecord {
  /** Takes the lock that goes with the row, if that is possible now. */
  tryLock(client: pg.ClientBase): Promise<boolean>;
  /** Renews the lease. Resolves with undefined if it belongs to this process no more. `isLinkUp` is undefined until it is known. */
  renew(client: pg.ClientBase, isLinkUp: boolean | undefined): Promise<Renewal | undefined>;
  /** Returns the lease at a stop. */
  release(client: pg.ClientBase): Promise<void>;
  /** Says that the lease belongs to this process no more. */
  explainLoss(): StorageError;
}

export interface Renewal {
  /** True if another process is ready that can reach the XMPP server. */
  readonly hasReadyStandby: boolean;
}

export interface LeaseOptions {
  /** Identifies this process. Its sessions are named after it. */
  readonly id: string;
  /** The identifier that the last commit gets when this process takes over. */
  readonly lastCommit: string;
  /** Names the database to the operator, without a password. */
  readonly target: string;
  readonly log: Logger | undefined;
  /** Opens a session that is named after this process. */
  connect(): Promise<pg.Client>;
}

/** Renews the lease on a session of its own, which also has the lock, and notices when another process has taken over. */
export class PostgresLease implements Lease {
  readonly #options: LeaseOptions;
  readonly #lost = Promise.withResolvers<StorageError>();
  #client: pg.Client | undefined;
  #hasLock = true;
  #record: LeaseRecord | undefined;
  /** The instant before the latest renewal was sent; undefined while the lease may belong to another process. */
  #renewed: Instant | undefined;
  #hasReadyStandby = false;
  #isLinkUp: boolean | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Reports that the lease has run out. */
  #expiry: NodeJS.Timeout | undefined;
  #renewing: Promise<void> | undefined;
  #waiting: (() => void)[] = [];
  #listeners: (() => void)[] = [];
  /** The log says that the lease has run out. */
  #isExpired = false;
  #isClosed = false;

  /** `client` is a session that has the lock. */
  constructor(client: pg.Client, options: LeaseOptions) {
    this.#options = options;
    this.#use(client);
  }

  get isHeld(): boolean {
    return this.#renewed !== undefined && isWithin(this.#renewed, LEASE_MS);
  }

  get hasReadyStandby(): boolean {
    return this.#hasReadyStandby;
  }

  get lost(): Promise<StorageError> {
    return this.#lost.promise;
  }

  /** True if the lease is being renewed. */
  get hasBegun(): boolean {
    return this.#record !== undefined;
  }

  /** Begins to renew a lease that this process has taken. */
  begin(record: LeaseRecord): void {
    this.#record = record;
    this.#watchExpiry();
    this.#renewSoon();
  }

  /** Resolves when the lease is held. Rejects with `StorageError` if another process has taken over. */
  async whenHeldOrLost(): Promise<void> {
    const fault = await Promise.race([this.whenHeld(), this.lost]);
    if (fault) throw fault;
  }

  async whenHeld(): Promise<void> {
    while (!this.isHeld) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  onRenewed(listener: () => void): void {
    this.#listeners.push(listener);
  }

  reportLink(isUp: boolean): void {
    this.#isLinkUp = isUp;
  }

  /** Returns the lease and ends the session, so that a standby takes over at once. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#expiry);
    const client = this.#client;
    this.#forget();
    if (!client) return;
    const late = setTimeout(() => endOf(client), RETURN_PATIENCE_MS).unref();
    await this.#record?.release(client).catch(() => {});
    clearTimeout(late);
    await client.end().catch(() => {});
  }

  #use(client: pg.Client): void {
    this.#client = client;
    client.once("end", () => {
      if (this.#client !== client) return;
      // Whoever has the lock now may take over at once.
      this.#forget();
      this.#renewSoon();
    });
  }

  #forget(): void {
    this.#client = undefined;
    this.#renewed = undefined;
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => this.#renewSoon(), RENEWAL_MS).unref();
  }

  #renewSoon(): void {
    if (this.#renewing || this.#isClosed || !this.#record) return;
    clearTimeout(this.#timer);
    this.#renewing = this.#renew(this.#record)
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#renewing = undefined;
        this.#schedule();
      });
  }

  async #renew(record: LeaseRecord): Promise<void> {
    // After a sleep, the end of the session is read before anything is written to it.
    if (!this.isHeld) await immediate();
    const client = this.#client ?? (await this.#reconnect());
    if (!this.#hasLock) this.#hasLock = await record.tryLock(client);
    const sent = presentInstant();
    const renewal = await record.renew(client, this.#isLinkUp);
    if (!renewal) throw record.explainLoss();
    if (this.#client !== client) return; // the session has ended meanwhile
    this.#hasReadyStandby = renewal.hasReadyStandby;
    this.#renewed = sent;
    this.#watchExpiry();
    if (this.isHeld) this.#announce();
  }

  async #reconnect(): Promise<pg.Client> {
    const client = await this.#options.connect();
    if (this.#isClosed) {
      endOf(client);
      throw new Error("the lease was returned meanwhile");
    }
    this.#hasLock = false;
    this.#use(client);
    return client;
  }

  #watchExpiry(): void {
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.#reportExpiry(), LEASE_MS).unref();
  }

  #reportExpiry(): void {
    if (this.#isClosed) return;
    this.#isExpired = true;
    const { log, target: database } = this.#options;
    log?.warn({ database }, "the lease has run out: nothing is written until the database renews it");
  }

  #announce(): void {
    const { log, target: database } = this.#options;
    if (this.#isExpired) log?.info({ database }, "the lease is renewed");
    this.#isExpired = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
    for (const listener of this.#listeners) listener();
  }

  /** Another process has the lease, or the renewal failed, which is tried again. The writer reports the database's faults. */
  #fail(error: unknown): void {
    const client = this.#client;
    this.#forget();
    if (client) endOf(client);
    if (!(error instanceof StorageError)) {
      this.#options.log?.debug({ err: error }, "the lease was not renewed");
      return;
    }
    this.#isClosed = true;
    clearTimeout(this.#expiry);
    this.#lost.resolve(error);
  }
}
