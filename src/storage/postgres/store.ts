import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Logger } from "pino";
import { backoffDelay } from "../../backoff.ts";
import { HISTORY_BYTES } from "../../muc/archive/history.ts";
import type { ArchivePage, ArchiveQuery } from "../../muc/model/archive-query.ts";
import type { ArchivedMessage, DestroyedRoom, JournalEntry, RoomRecord } from "../../muc/model/journal.ts";
import type { ListedRoom, ListQuery, StoredRoom } from "../../muc/model/records.ts";
import type { Plan } from "../archive/dialect.ts";
import { planCount, planPage } from "../archive/plan.ts";
import { inOrder, statementFor } from "../room-list.ts";
import { hasWords, MOST_CANDIDATES, termsOf } from "../room-terms.ts";
import { type OnDamage, readable } from "../row-schemas.ts";
import * as rows from "../rows.ts";
import { Semaphore } from "../semaphore.ts";
import {
  type RetentionLimits,
  type RetentionStep,
  type RetentionWork,
  StorageError,
  type Store,
} from "../store.ts";
import { carryOut, DIALECT } from "./archive.ts";
import { describeFault } from "./faults.ts";
import { writeEntries } from "./journal.ts";
import { schemaVersionOf } from "./migrations.ts";
import { COMMIT, QUERIES } from "./queries.ts";
import { removeMessages } from "./retention.ts";
import { endOf, KEEP_ALIVE, PostgresWriter, type WriterOptions } from "./writer.ts";

/** Connections for reading; one more writes. */
const READERS = 5;
const CONNECT_TIMEOUT = 5_000;
/** Closes a connection that has not answered a read for this time; milliseconds. */
const READ_TIMEOUT = 30_000;
/** The database cancels a read after this time; milliseconds. */
const STATEMENT_TIMEOUT = 25_000;
/** The time that running reads have when the store is closed; milliseconds. */
const CLOSE_PATIENCE = 1_000;
/** The time that a read waits for a database that cannot be reached; milliseconds. */
const READ_PATIENCE = 5_000;
const READ_BACKOFF = { firstDelay: 100, longestDelay: 1_000 };

/**
 * Keeps rooms in a PostgreSQL database, in its schema "verona". A commit is one call of a function and is repeated until
 * its outcome is known. Reads use other connections and see what is committed.
 */
export class PostgresStore implements Store {
  readonly #target: string;
  readonly #writer: PostgresWriter;
  readonly #pool: pg.Pool;
  /** Leaves one connection to retention. */
  readonly #semaphore = new Semaphore(READERS - 1, READ_TIMEOUT);
  readonly #readers = new Set<pg.PoolClient>();
  readonly #onDamage: OnDamage;
  #lastCommit: string;

  private constructor(
    target: string,
    writer: PostgresWriter,
    pool: pg.Pool,
    lastCommit: string,
    onDamage: OnDamage,
  ) {
    this.#target = target;
    this.#onDamage = onDamage;
    this.#writer = writer;
    this.#pool = pool;
    this.#lastCommit = lastCommit;
    pool.on("connect", (reader) => this.#readers.add(reader));
    pool.on("remove", (reader) => this.#readers.delete(reader));
  }

  /**
   * Connects and migrates the schema; rejects with `StorageError`. With a log, it waits for a server that cannot be
   * reached, and logs when the server goes and comes. `onDamage` gets a description of each damaged row.
   */
  static async open(
    url: string,
    log?: Logger,
    timeouts: Pick<WriterOptions, "answerTimeout"> = {},
    onDamage: OnDamage = () => {},
  ): Promise<PostgresStore> {
    const target = targetOf(url);
    const writer = await PostgresWriter.open({ url, target, log, ...timeouts });
    const pool = new pg.Pool({
      connectionString: url,
      max: READERS,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      query_timeout: READ_TIMEOUT,
      statement_timeout: STATEMENT_TIMEOUT,
      ...KEEP_ALIVE,
    });
    // The pool replaces idle connections that are lost.
    pool.on("error", () => {});
    try {
      const last = await writer.run((client) => client.query(QUERIES.lastCommit));
      return new PostgresStore(target, writer, pool, String(last.rows[0]?.id), onDamage);
    } catch (error) {
      await Promise.all([pool.end(), writer.close()]);
      throw error;
    }
  }

  /** Checks whether the database has the schema; rejects with `StorageError` if it cannot be reached. */
  static async exists(url: string): Promise<boolean> {
    const target = targetOf(url);
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT });
    client.on("error", () => {});
    try {
      await client.connect();
      return (await schemaVersionOf(client, target)) > 0;
    } catch (error) {
      throw new StorageError(describeFault(error, "open", target).text, { cause: error });
    } finally {
      await client.end().catch(() => {});
    }
  }

  async commit(entries: readonly JournalEntry[]): Promise<void> {
    const id = randomUUID();
    const written = writeEntries(entries);
    await this.#writer.run(async (client) => {
      await client.query({ name: "commit", text: COMMIT, values: [this.#lastCommit, id, ...written] });
      this.#lastCommit = id;
    });
  }

  async loadRoom(node: string): Promise<RoomRecord | undefined> {
    const [row] = await this.#read("findRoom", node);
    if (!row) return undefined;
    const { config, subject } = row;
    const [affiliations, notes, sessions] = [row.affiliations, row.notes, row.sessions] as rows.Row[][];
    const lists = { affiliations: affiliations ?? [], notes: notes ?? [], sessions: sessions ?? [] };
    return rows.readRoom(node, { config, subject, locked: row.locked !== false, ...lists }, this.#onDamage);
  }

  async loadDestroyedRooms(): Promise<DestroyedRoom[]> {
    return readable(await this.#read("destroyedRooms"), rows.readDestroyedRoom, this.#onDamage);
  }

  async latestDiscussion(node: string, count: number): Promise<ArchivedMessage[]> {
    const latest = await this.#read("latestDiscussion", node, count, HISTORY_BYTES);
    return latest.map((row) => rows.readMessage(row, this.#onDamage)).reverse();
  }

  readArchive(node: string, query: ArchiveQuery): Promise<ArchivePage | undefined> {
    return this.#carryOut(planPage(DIALECT, node, query, this.#onDamage));
  }

  countArchive(node: string, query: ArchiveQuery, most: number): Promise<number | undefined> {
    return this.#carryOut(planCount(DIALECT, node, query, most));
  }

  async occupiedRooms(): Promise<string[]> {
    return (await this.#read("occupiedRooms")).map(({ node }) => String(node));
  }

  async listRooms(query: ListQuery): Promise<ListedRoom[]> {
    const [name, place] = statementFor(query);
    const found = await this.#read(name, place, query.max);
    return inOrder(
      found.map((row) => rows.readListed(row, this.#onDamage)),
      query,
    );
  }

  async countListed(before?: string): Promise<number> {
    const [row] =
      before === undefined ? await this.#read("countListed") : await this.#read("countListedBefore", before);
    return Number(row?.n);
  }

  async findRooms(words: readonly string[], most: number): Promise<ListedRoom[] | undefined> {
    const terms = termsOf(words).map(({ term, isStart }) => `'${term}'${isStart ? ":*" : ""}`);
    const query = terms.join(" & ");
    const found = await this.#read("candidates", query, MOST_CANDIDATES + 1);
    if (found.length > MOST_CANDIDATES) return undefined;
    const nodes = found.filter((row) => hasWords(row, words)).map(({ node }) => node);
    if (nodes.length > most) return undefined;
    return (await this.#read("listedRooms", nodes)).map((row) => rows.readListed(row, this.#onDamage));
  }

  async allRooms(after: string, max: number): Promise<StoredRoom[]> {
    return (await this.#read("allRooms", after, max)).map((row) => rows.readKept(row, this.#onDamage));
  }

  async nodes(after: string | undefined, count: number): Promise<string[]> {
    return (await this.#read("nodes", after ?? "", count)).map(({ node }) => String(node));
  }

  async countRoomsByDomain(): Promise<ReadonlyMap<string, number>> {
    const found = await this.#read("countRoomsByDomain");
    return new Map(found.map(({ domain, n }) => [String(domain), Number(n)]));
  }

  async countRooms(): Promise<number> {
    return Number((await this.#read("countRooms"))[0]?.n);
  }

  async countMessages(): Promise<number> {
    return Number((await this.#read("countMessages"))[0]?.n);
  }

  async removeMessages(limits: RetentionLimits, work: RetentionWork): Promise<RetentionStep> {
    try {
      return await removeMessages(
        async (text, values) => (await this.#pool.query({ text, values })).rows,
        limits,
        work,
      );
    } catch (error) {
      throw new StorageError(describeFault(error, "write", this.#target).text, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#writer.close();
    const ended = this.#pool.end();
    const isLate = delay(CLOSE_PATIENCE, true, { ref: false });
    if (!(await Promise.race([ended, isLate]))) return;
    // The database does not answer. Connection attempts end soon by their timeout.
    for (const reader of this.#readers) endOf(reader);
  }

  #carryOut<T>(plan: Plan<T>): Promise<T> {
    return carryOut((text, values) => this.#query({ text, values }), plan);
  }

  #read(name: keyof typeof QUERIES, ...values: unknown[]): Promise<rows.Row[]> {
    return this.#query({ name, text: QUERIES[name], values });
  }

  /** Waits for a free connection: the pool would report the wait as a database that does not answer. */
  #query(query: pg.QueryConfig): Promise<rows.Row[]> {
    return this.#semaphore.run(
      () => this.#queryNow(query),
      () => new StorageError(`cannot read the database ${this.#target}: too many requests are waiting`),
    );
  }

  async #queryNow(query: pg.QueryConfig): Promise<rows.Row[]> {
    const deadline = performance.now() + READ_PATIENCE;
    for (let failures = 1; ; failures++) {
      try {
        return (await this.#pool.query(query)).rows;
      } catch (error) {
        const { text, lasts } = describeFault(error, "read", this.#target);
        if (lasts || performance.now() > deadline) throw new StorageError(text, { cause: error });
        await delay(backoffDelay(failures, READ_BACKOFF));
      }
    }
  }
}

/** Names a database by host, port and name. Throws `StorageError` if a file in the address cannot be read. */
function targetOf(url: string): string {
  try {
    const { host, port, database } = new pg.Client({ connectionString: url });
    return `${host}:${port}/${database}`;
  } catch (error) {
    throw new StorageError(
      `the storage setting cannot be used: ${error instanceof Error ? error.message : "it is not an address"}`,
    );
  }
}
