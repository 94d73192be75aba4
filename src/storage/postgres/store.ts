import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Logger } from "pino";
import { backoffDelay } from "../../backoff.ts";
import { addressesOf } from "../../config/postgres-hosts.ts";
import { HISTORY_BYTES } from "../../muc/archive/history.ts";
import type { ActQuery, StoredAct } from "../../muc/model/act.ts";
import type { ArchivePage, ArchiveQuery } from "../../muc/model/archive-query.ts";
import type { ArchivedMessage, DestroyedRoom, JournalEntry, RoomRecord } from "../../muc/model/journal.ts";
import type { ListedRoom, ListQuery, PublicRoom, StoredRoom } from "../../muc/model/records.ts";
import { type ErasePlace, readBan, type ServiceBan, writeBan } from "../account-table.ts";
import { actStatementFor } from "../act-queries.ts";
import { readRequest, readTokens, writeToken } from "../api-rows.ts";
import type { ApiAnswer, ApiRequest, ApiRequestKey, ApiToken } from "../api-table.ts";
import type { Plan } from "../archive/dialect.ts";
import { planCount, planPage } from "../archive/plan.ts";
import { type ListedHash, readListedHash } from "../blocklist-table.ts";
import type { Lease, StandbyOptions } from "../lease.ts";
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
import {
  type Delivery,
  type QueueSize,
  readDelivery,
  readQueueSize,
  readWebhook,
  type StoredWebhook,
} from "../webhook-table.ts";
import { carryOut, DIALECT } from "./archive.ts";
import { PostgresClusterTables } from "./cluster-tables.ts";
import { connectToPrimary, targetOf } from "./connect.ts";
import { beginEpoch, EpochRecord, takenOver } from "./epoch-record.ts";
import { eraseTexts } from "./erase.ts";
import { describeFault } from "./faults.ts";
import { type ClusterOptions, joinCluster } from "./join-cluster.ts";
import { writeEntries } from "./journal.ts";
import type { PostgresLease } from "./lease.ts";
import { sessionName } from "./lease-queries.ts";
import { schemaVersionOf } from "./migrate.ts";
import { COMMIT, COMMIT_AS_NODE, QUERIES } from "./queries.ts";
import { CONNECT_TIMEOUT, READ_TIMEOUT, READERS, ReadPool } from "./read-pool.ts";
import { removeMessages } from "./retention.ts";
import { takeLease } from "./take-lease.ts";
import { PostgresWriter, type WriterOptions } from "./writer.ts";

/** The time that a read waits for a database that cannot be reached; milliseconds. */
const READ_PATIENCE = 5_000;
const READ_BACKOFF = { firstDelay: 100, longestDelay: 1_000 };

export interface OpenOptions extends Pick<WriterOptions, "answerTimeout"> {
  /** Waits until this process may take over from another one. Without it, another process that has the database is an error. */
  readonly standby?: StandbyOptions | undefined;
  /** Serves as one node of several. Then `standby` has no effect. */
  readonly cluster?: ClusterOptions | undefined;
  /** Gets a description of each damaged row, which is left out. */
  readonly onDamage?: OnDamage | undefined;
}

interface StoreParts {
  readonly target: string;
  readonly writer: PostgresWriter;
  readonly pool: ReadPool;
  readonly lastCommit: string;
  readonly lease: PostgresLease | undefined;
  readonly cluster: PostgresClusterTables | undefined;
  readonly lost: Promise<StorageError>;
  readonly onDamage: OnDamage;
}

/**
 * Keeps rooms in a PostgreSQL database, in its schema "verona". A commit is one call of a function and is repeated until
 * its outcome is known. Reads use other connections and see what is committed.
 */
export class PostgresStore implements Store {
  readonly #target: string;
  readonly #writer: PostgresWriter;
  readonly #pool: ReadPool;
  /** Leaves one connection to retention. */
  readonly #semaphore = new Semaphore(READERS - 1, READ_TIMEOUT);
  readonly #onDamage: OnDamage;
  readonly #lease: PostgresLease | undefined;
  readonly #cluster: PostgresClusterTables | undefined;
  readonly lost: Promise<StorageError>;
  #lastCommit: string;

  private constructor(parts: StoreParts) {
    this.#target = parts.target;
    this.#onDamage = parts.onDamage;
    this.#writer = parts.writer;
    this.#pool = parts.pool;
    this.#lastCommit = parts.lastCommit;
    this.#lease = parts.lease;
    this.#cluster = parts.cluster;
    this.lost = parts.lost;
  }

  get lease(): Lease | undefined {
    return this.#lease;
  }

  /** The tables of nodes and slots, if this process is a node. */
  get cluster(): PostgresClusterTables | undefined {
    return this.#cluster;
  }

  /**
   * Connects and migrates the schema; rejects with `StorageError`. With a log, it waits for a server that cannot be
   * reached, and logs when the server goes and comes.
   */
  static async open(
    url: string,
    log?: Logger,
    { standby, cluster, onDamage = () => {}, ...timeouts }: OpenOptions = {},
  ): Promise<PostgresStore> {
    const target = targetOf(url);
    const id = randomUUID();
    const lastCommit = randomUUID();
    const claim = { id, url, target, log, lastCommit };
    const membership = cluster && (await joinCluster(claim, cluster));
    const lease = membership?.lease ?? (standby && (await takeLease(claim, standby)));
    const lost = Promise.withResolvers<StorageError>();
    lease?.lost.then(lost.resolve);
    const [first = url] = addressesOf(url);
    const pool = new ReadPool(first, id);
    let writer: PostgresWriter | undefined;
    let tables: PostgresClusterTables | undefined;
    try {
      writer = await PostgresWriter.open({
        ...{ url, target, log, ...timeouts, onLost: lost.resolve },
        ...{ hasLock: lease !== undefined, hasSchema: membership !== undefined },
        applicationName: sessionName(id),
        found: (address) => pool.follow(address),
      });
      if (!lease?.hasBegun) {
        // A new lease has the epoch 0 and the beat 0.
        const seen = { epoch: "0", beat: "0" };
        const epoch = await writer.run((client) =>
          beginEpoch(client, { lastCommit, id: lease && id, ...seen }),
        );
        if (epoch === undefined) throw takenOver(target);
        lease?.begin(new EpochRecord({ epoch, id, target }));
      }
      await lease?.whenHeldOrLost();
      tables = membership && (await PostgresClusterTables.open({ id, url, target, log, membership }));
      const claimed = { lastCommit, lease, cluster: tables, lost: lost.promise };
      return new PostgresStore({ target, writer, pool, onDamage, ...claimed });
    } catch (error) {
      await Promise.all([pool.close(), writer?.close(), tables?.close(), lease?.close()]);
      throw error;
    }
  }

  /** Checks whether the database has the schema; rejects with `StorageError` if it cannot be reached. */
  static async exists(url: string): Promise<boolean> {
    const target = targetOf(url);
    let client: pg.Client | undefined;
    try {
      client = await connectToPrimary(url, { connectionTimeoutMillis: CONNECT_TIMEOUT });
      return (await schemaVersionOf(client, target)) > 0;
    } catch (error) {
      throw new StorageError(describeFault(error, "open", target).text, { cause: error });
    } finally {
      await client?.end().catch(() => {});
    }
  }

  async commit(entries: readonly JournalEntry[]): Promise<void> {
    const id = randomUUID();
    const written = writeEntries(entries);
    if (this.#lease?.isHeld === false) await this.#lease.whenHeld();
    await this.#writer.run(async (client) => {
      const values = [this.#lastCommit, id, ...written];
      const node = this.#cluster?.self.id;
      await client.query(
        node === undefined
          ? { name: "commit", text: COMMIT, values }
          : { name: "commit", text: COMMIT_AS_NODE, values: [node, ...values] },
      );
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

  /** Opens the connections that the first rooms would wait for. Never rejects: they are opened later then. */
  warmUp(): Promise<void> {
    return this.#pool.warmUp().catch(() => {});
  }

  /** Reads the public rooms that have occupants. */
  async occupiedListed(): Promise<ListedRoom[]> {
    return (await this.#read("occupiedListed")).map((row) => rows.readListed(row, this.#onDamage));
  }

  async publicRoom(node: string): Promise<PublicRoom | undefined> {
    const [row] = await this.#read("publicRoom", node);
    return row && rows.readPublic(row, this.#onDamage);
  }

  async allRooms(after: string, max: number): Promise<StoredRoom[]> {
    return (await this.#read("allRooms", after, max)).map((row) => rows.readKept(row, this.#onDamage));
  }

  async readActs(query: ActQuery): Promise<StoredAct[]> {
    const [name, values] = actStatementFor(query);
    return readable(await this.#read(name, ...values), rows.readAct, this.#onDamage);
  }

  async actsAfter(id: number, max: number, node?: string): Promise<StoredAct[]> {
    return readable(await this.#read("actsAfter", id, max, node ?? null), rows.readAct, this.#onDamage);
  }

  async removeActs(before: number, most: number): Promise<number> {
    const text = `WITH removed AS (${QUERIES.removeActs} RETURNING 1) SELECT count(*) AS n FROM removed`;
    const [row] = await this.#change({ text, values: [before, most] });
    return Number(row?.n);
  }

  async changeBlocklist(list: string, added: readonly string[], removed: readonly string[]): Promise<void> {
    const flags = [...added.map(() => false), ...removed.map(() => true)];
    await this.#change({ text: QUERIES.changeBlocklist, values: [list, [...added, ...removed], flags] });
  }

  async readBlocklist(list: string, after: number, most: number): Promise<ListedHash[]> {
    return (await this.#read("readBlocklist", list, after, most)).map(readListedHash);
  }

  async trimBlocklists(lists: readonly string[], before: number, most: number): Promise<number> {
    const values = [lists, before, most];
    return Number((await this.#change({ text: QUERIES.trimBlocklists, values }))[0]?.n);
  }

  async serviceBans(): Promise<ServiceBan[]> {
    return (await this.#read("serviceBans")).map(readBan);
  }

  async setServiceBan(ban: ServiceBan): Promise<void> {
    await this.#change({ text: QUERIES.setServiceBan, values: writeBan(ban) });
  }

  async removeServiceBan(account: string): Promise<boolean> {
    return (await this.#change({ text: QUERIES.removeServiceBan, values: [account] })).length === 1;
  }

  async roomsOfAccount(account: string, after: string, upTo: string): Promise<string[]> {
    return (await this.#read("roomsOfAccount", account, after, upTo)).map(({ node }) => String(node));
  }

  async tracesOfAccount(account: string, after: string, upTo: string): Promise<string[]> {
    return (await this.#read("tracesOfAccount", account, after, upTo)).map(({ node }) => String(node));
  }

  async eraseMessages(node: string, account: string, payload: string, most: number): Promise<number> {
    const values = [node, account, payload, most];
    return Number((await this.#change({ text: QUERIES.eraseMessages, values }))[0]?.n);
  }

  eraseTexts(account: string, instead: string, place: ErasePlace): Promise<ErasePlace | undefined> {
    return eraseTexts((text, values) => this.#change({ text, values }), account, instead, place);
  }

  async removeArchive(node: string, before: number, most: number): Promise<number> {
    const values = [node, before, most];
    return Number((await this.#change({ text: QUERIES.removeArchive, values }))[0]?.n);
  }

  async addApiToken(token: ApiToken): Promise<boolean> {
    return (await this.#change({ text: QUERIES.addApiToken, values: writeToken(token) })).length === 1;
  }

  async apiTokens(): Promise<ApiToken[]> {
    return readTokens(await this.#read("apiTokens"), this.#onDamage);
  }

  async removeApiToken(name: string): Promise<boolean> {
    return (await this.#change({ text: QUERIES.removeApiToken, values: [name] })).length === 1;
  }

  async useApiToken(id: string, at: number): Promise<void> {
    await this.#change({ text: QUERIES.useApiToken, values: [at, id] });
  }

  async beginApiRequest(
    { token, key }: ApiRequestKey,
    request: string,
    at: number,
  ): Promise<ApiRequest | undefined> {
    const added = await this.#change({ text: QUERIES.addApiRequest, values: [token, key, request, at] });
    if (added.length === 1) return undefined;
    const [row] = await this.#read("findApiRequest", token, key);
    // It was forgotten meanwhile: as if it were under way.
    return row ? readRequest(row) : { request, answer: undefined };
  }

  async answerApiRequest({ token, key }: ApiRequestKey, { status, body }: ApiAnswer): Promise<void> {
    await this.#change({ text: QUERIES.answerApiRequest, values: [status, body, token, key] });
  }

  async forgetApiRequest({ token, key }: ApiRequestKey): Promise<void> {
    await this.#change({ text: QUERIES.forgetApiRequest, values: [token, key] });
  }

  async trimApiRequests(before: number, most: number): Promise<void> {
    await this.#change({ text: QUERIES.trimApiRequests, values: [before, most] });
  }

  async readWebhooks(): Promise<StoredWebhook[]> {
    return (await this.#read("webhooks")).map(readWebhook);
  }

  async setWebhookStatus(id: string, status: string): Promise<void> {
    await this.#change({ text: QUERIES.setWebhookStatus, values: [id, status] });
  }

  async readDeliveries(hook: string, isDead: boolean, after: number, most: number): Promise<Delivery[]> {
    return (await this.#read("deliveries", hook, isDead, after, most)).map(readDelivery);
  }

  async countDeliveries(hook: string): Promise<QueueSize> {
    return readQueueSize((await this.#read("countDeliveries", hook))[0]);
  }

  async removeDeliveries(ids: readonly number[]): Promise<void> {
    await this.#change({ text: QUERIES.removeDeliveries, values: [ids] });
  }

  async buryDeliveries(hook: string, before: number, most: number, error: string): Promise<number> {
    const values = [hook, before, most, error];
    return Number((await this.#change({ text: QUERIES.buryDeliveries, values }))[0]?.n);
  }

  async reviveDeliveries(hook: string): Promise<number> {
    return Number((await this.#change({ text: QUERIES.reviveDeliveries, values: [hook] }))[0]?.n);
  }

  async trimDeadLetters(hook: string, before: number, keep: number): Promise<number> {
    const values = [hook, before, keep];
    return Number((await this.#change({ text: QUERIES.trimDeadLetters, values }))[0]?.n);
  }

  async nodes(after: string | undefined, count: number): Promise<string[]> {
    return (await this.#read("nodes", after ?? "", count)).map(({ node }) => String(node));
  }

  async waitingRooms(after: string, count: number): Promise<string[]> {
    return (await this.#read("waitingRooms", after, count)).map(({ node }) => String(node));
  }

  async roomsInBanGroups(after: string, count: number): Promise<string[]> {
    return (await this.#read("roomsInBanGroups", after, count)).map(({ node }) => String(node));
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
    return removeMessages((text, values) => this.#change({ text, values }), limits, work);
  }

  /** Changes the database beside the commits, while this process may. */
  async #change(query: pg.QueryConfig): Promise<rows.Row[]> {
    if (this.#lease?.isHeld === false) await this.#lease.whenHeld();
    try {
      return await this.#pool.query(query);
    } catch (error) {
      throw new StorageError(describeFault(error, "write", this.#target).text, { cause: error });
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#writer.close(), this.#cluster?.close()]);
    await this.#lease?.close();
    await this.#pool.close();
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
    if (this.#lease?.isHeld === false)
      await Promise.race([this.#lease.whenHeld(), delay(READ_PATIENCE, undefined, { ref: false })]);
    for (let failures = 1; ; failures++) {
      try {
        return await this.#pool.query(query);
      } catch (error) {
        const { text, lasts } = describeFault(error, "read", this.#target);
        if (lasts || performance.now() > deadline) throw new StorageError(text, { cause: error });
        await delay(backoffDelay(failures, READ_BACKOFF));
      }
    }
  }
}
