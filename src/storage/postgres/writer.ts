// The one session that writes. It holds the lock, runs one action after the other, and reconnects when it is lost.
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Logger } from "pino";
import { type BackoffOptions, backoffDelay } from "../../backoff.ts";
import { StorageError } from "../store.ts";
import { connectToPrimary, endOf } from "./connect.ts";
import { describeFault, type Fault, isConnectionFault, isRollback } from "./faults.ts";
import { nameOf, type SessionName, takeLock } from "./lock.ts";
import { migrate } from "./migrate.ts";
import { waitForNodes } from "./rivals.ts";

const BACKOFF: BackoffOptions = { firstDelay: 200, longestDelay: 10_000 };
const CONNECT_TIMEOUT = 10_000;
/** The time after which the log reports a database that does not answer; milliseconds. */
const SILENCE = 5_000;
const ANSWER_TIMEOUT = 60_000;
/** Times that an action is repeated at once after other transactions had precedence. */
const MOST_ROLLBACKS = 5;

export interface WriterOptions {
  /** The connection string. */
  readonly url: string;
  /** Names the database to the operator, without a password. */
  readonly target: string;
  /** With a log, the writer waits for a server that is away. Without one, as in a command, it fails. */
  readonly log: Logger | undefined;
  /** Milliseconds after which a session that has not answered is closed. */
  readonly answerTimeout?: number;
  /** True if another session of this process has the lock. Otherwise the writer takes it, and waits for the end of nodes. */
  readonly hasLock: boolean;
  /** True if the schema is this version's, and was before the writer connects: nodes do not change it while others live. */
  readonly hasSchema?: boolean;
  /** The name of the sessions in PostgreSQL. */
  readonly applicationName?: string;
  /** Called at each connection with the address of the server, if there are several. */
  found?(address: string): void;
  /** The session is lost for good: another process has the lock, or the database refuses a new session. */
  onLost?(error: StorageError): void;
}

/** Runs actions in order, and repeats each until its outcome is known. */
export class PostgresWriter {
  readonly #options: WriterOptions;
  readonly #stopping = new AbortController();
  #client: pg.Client | undefined;
  /** The present session, and earlier ones that may still exist. */
  #sessions: readonly SessionName[] = [];
  #queue: Promise<unknown> = Promise.resolve();
  #isOpen = false;
  /** A session was lost, and the next one has not run an action yet. */
  #isLost = false;
  /** The log has a line that says that the database is away. */
  #isReported = false;

  private constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** Connects, takes the lock and migrates the schema; rejects with `StorageError`. */
  static async open(options: WriterOptions): Promise<PostgresWriter> {
    const writer = new PostgresWriter(options);
    await writer.run(async () => {});
    writer.#isOpen = true;
    return writer;
  }

  /**
   * Runs an action in the database. Repeats it if its outcome is unknown, in a new session that begins when the earlier
   * one is over. With a log, it waits until temporary errors end. Rejects with `StorageError` for lasting errors, and
   * without a log for all errors but a lost session that can be replaced.
   */
  run<T>(action: (client: pg.Client) => Promise<T>): Promise<T> {
    const done = this.#queue.then(() => this.#repeat(action));
    this.#queue = done.catch(() => {});
    return done;
  }

  /** Ends the session, and abandons actions that wait or run. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#queue;
    this.#discard();
  }

  async #repeat<T>(action: (client: pg.Client) => Promise<T>): Promise<T> {
    const { signal } = this.#stopping;
    const { target, log } = this.#options;
    for (let failures = 1; ; failures++) {
      if (signal.aborted) throw new StorageError(`the database ${target} was closed`);
      const hadSession = this.#client !== undefined;
      const silence = setTimeout(() => this.#reportSilence(), SILENCE);
      try {
        const result = await this.#unlessStopped(this.#attempt(action));
        this.#reportHealth();
        return result;
      } catch (error) {
        if (isRollback(error) && failures <= MOST_ROLLBACKS) continue;
        const fault = describeFault(error, this.#isOpen ? "write" : "open", target);
        if (isConnectionFault(error) || !this.#isOpen) this.#discard();
        if (isConnectionFault(error) && hadSession) {
          // Tries again at once; the next error tells more of the reason.
          this.#isLost = true;
          continue;
        }
        if (fault.lasts || log === undefined)
          throw error instanceof StorageError ? error : new StorageError(fault.text, { cause: error });
        this.#report(fault);
        await delay(backoffDelay(failures, BACKOFF), undefined, { signal }).catch(() => {});
      } finally {
        clearTimeout(silence);
      }
    }
  }

  /** Rejects at once when the writer is closed, even if the database does not answer. */
  #unlessStopped<T>(attempt: Promise<T>): Promise<T> {
    const { signal } = this.#stopping;
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(new Error("it is closed"));
      signal.addEventListener("abort", stop, { once: true });
      attempt.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
    });
  }

  async #attempt<T>(action: (client: pg.Client) => Promise<T>): Promise<T> {
    this.#client ??= await this.#connect();
    return action(this.#client);
  }

  async #connect(): Promise<pg.Client> {
    const { url, target, log, hasLock, hasSchema } = this.#options;
    const { applicationName, answerTimeout = ANSWER_TIMEOUT } = this.#options;
    const client = await connectToPrimary(url, {
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      query_timeout: answerTimeout,
      application_name: applicationName,
      log,
      found: (address) => this.#options.found?.(address),
    });
    try {
      await checkServer(client, target);
      if (!hasLock) await this.#takeLock(client);
      if (!hasLock && !this.#isOpen) await waitForNodes(client, target);
      if (!hasSchema) await migrate(client, target);
      if (this.#stopping.signal.aborted) throw new Error("it was closed meanwhile");
    } catch (error) {
      endOf(client);
      throw error;
    }
    client.once("end", () => this.#lost(client));
    return client;
  }

  async #takeLock(client: pg.Client): Promise<void> {
    const session = await nameOf(client);
    this.#sessions = [...this.#sessions, session];
    const { target } = this.#options;
    await takeLock(client, { own: this.#sessions, hadLock: this.#isOpen, target });
    this.#sessions = [session];
  }

  /** Replaces a session that was lost at once, as the lock was lost with it. */
  #lost(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#isLost = true;
    this.run(async () => {}).catch((error) => {
      if (!this.#stopping.signal.aborted) this.#options.onLost?.(error);
    });
  }

  #discard(): void {
    const client = this.#client;
    this.#client = undefined;
    if (client) endOf(client);
  }

  /** Logs once that the database is away. Other errors may follow until it is back, as at a restart. */
  #report({ text }: Fault): void {
    if (this.#isReported || this.#stopping.signal.aborted) return;
    this.#isReported = true;
    const meanwhile = this.#isOpen ? "output waits until it is back" : "Verona waits for it";
    this.#options.log?.error(`${text}; ${meanwhile}`);
  }

  /** A migration may take long. */
  #reportSilence(): void {
    const text = `cannot write the database ${this.#options.target}: it does not answer`;
    if (this.#isOpen) this.#report({ text, lasts: false });
  }

  #reportHealth(): void {
    const { log, target: database } = this.#options;
    if (this.#isReported)
      log?.info({ database }, this.#isOpen ? "the database is back" : "the database is available");
    else if (this.#isLost) log?.warn({ database }, "reconnected to the database");
    this.#isReported = false;
    this.#isLost = false;
  }
}

/** Requires UTF-8, and commits that survive a crash of the server. */
export async function checkServer(client: pg.Client, target: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT current_setting('server_encoding') AS encoding, CASE current_setting('synchronous_commit')
      WHEN 'off' THEN set_config('synchronous_commit', 'on', false) END`,
  );
  if (rows[0]?.encoding !== "UTF8")
    throw new StorageError(
      `the database ${target} has the encoding ${rows[0]?.encoding}; create it with ENCODING 'UTF8' TEMPLATE template0`,
    );
}
