// The sessions that read, on the server that the writer uses.
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Row } from "../rows.ts";
import { endOf, KEEP_ALIVE, prepareSession } from "./connect.ts";

/** Connections for reading; one more writes. */
export const READERS = 5;
/** Closes a connection that has not answered a read for this time; milliseconds. */
export const READ_TIMEOUT = 30_000;
export const CONNECT_TIMEOUT = 5_000;
/** The database cancels a read after this time; milliseconds. */
const STATEMENT_TIMEOUT = 25_000;
/** The time that running reads have when the pool is closed; milliseconds. */
const CLOSE_PATIENCE = 1_000;

/** A pool of sessions with one server, which may change. */
export class ReadPool {
  readonly #pool: pg.Pool;
  readonly #readers = new Set<pg.PoolClient>();
  #address: string;

  /** Begins with the server at an address, which has one host. `id` identifies the process. */
  constructor(address: string, id: string) {
    this.#address = address;
    const addressNow = (): string => this.#address;
    this.#pool = new pg.Pool({
      application_name: `verona reader ${id}`,
      max: READERS,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      query_timeout: READ_TIMEOUT,
      statement_timeout: STATEMENT_TIMEOUT,
      ...KEEP_ALIVE,
      Client: class extends pg.Client {
        constructor(config?: pg.ClientConfig) {
          super({ ...config, connectionString: addressNow() });
        }
      },
      onConnect: prepareSession,
    });
    // The pool replaces idle connections that are lost.
    this.#pool.on("error", () => {});
    this.#pool.on("connect", (reader) => this.#readers.add(reader));
    this.#pool.on("remove", (reader) => this.#readers.delete(reader));
  }

  /** Opens connections that many reads at once would wait for. Rejects with an error of `pg`. */
  async warmUp(): Promise<void> {
    await Promise.all(Array.from({ length: READERS - 1 }, () => this.#pool.query("SELECT pg_sleep(0.01)")));
  }

  /** Reads from the server at this address from now on. Queries under way at another server fail. */
  follow(address: string): void {
    if (address === this.#address) return;
    this.#address = address;
    this.#endAll();
  }

  /** Rejects with an error of `pg`. */
  async query(query: pg.QueryConfig): Promise<Row[]> {
    return (await this.#pool.query(query)).rows;
  }

  /** Waits briefly for running reads. Never rejects. */
  async close(): Promise<void> {
    const ended = this.#pool.end();
    const isLate = delay(CLOSE_PATIENCE, true, { ref: false });
    // If the database does not answer, connection attempts end soon by their timeout.
    if (await Promise.race([ended, isLate])) this.#endAll();
  }

  #endAll(): void {
    for (const reader of this.#readers) endOf(reader);
  }
}
