import { backup, DatabaseSync } from "node:sqlite";
import { HISTORY_BYTES } from "../../muc/archive/history.ts";
import type { ActQuery, StoredAct } from "../../muc/model/act.ts";
import type { ArchivePage, ArchiveQuery } from "../../muc/model/archive-query.ts";
import type { ArchivedMessage, DestroyedRoom, JournalEntry, RoomRecord } from "../../muc/model/journal.ts";
import type { ListedRoom, ListQuery, PublicRoom, StoredRoom } from "../../muc/model/records.ts";
import { type ErasePlace, readBan, type ServiceBan, writeBan } from "../account-table.ts";
import { readRequest, readTokens, writeToken } from "../api-rows.ts";
import type { ApiAnswer, ApiRequest, ApiRequestKey, ApiToken } from "../api-table.ts";
import { type ListedHash, readListedHash } from "../blocklist-table.ts";
import { type OnDamage, readable } from "../row-schemas.ts";
import * as rows from "../rows.ts";
import type { RetentionLimits, RetentionStep, RetentionWork, Store } from "../store.ts";
import {
  type Delivery,
  type QueueSize,
  readDelivery,
  readQueueSize,
  readWebhook,
  type StoredWebhook,
} from "../webhook-table.ts";
import { check, stateOf } from "./check.ts";
import { logPathOf } from "./commit-log.ts";
import { eraseTexts } from "./erase.ts";
import { attempt } from "./faults.ts";
import { Journal } from "./journal.ts";
import { BUSY_TIMEOUT, lockDatabase } from "./lock.ts";
import { migrate } from "./migrations.ts";
import { SqliteRecords } from "./records.ts";
import { removeMessages } from "./retention.ts";
import { prepare, type Statements } from "./statements.ts";
import { transact, transactWithoutSync } from "./transaction.ts";

/** Marks the file as ours ("Vero"), so that another program's database is not migrated by mistake. */
const APPLICATION_ID = 0x5665726f;

/** Pages of a backup that are copied at a time. A commit waits for one such step at most. */
const BACKUP_PAGES = 200;

/** Memory for pages of the file. With less, each batch of messages reads the ends of all indexes again. */
const CACHE_KIB = 16_384;

/** Length of SQLite's log in pages from which a commit makes a checkpoint, even if another connection usually does. */
const MOST_LOG_PAGES = 8_192;

/** The path of a database in memory. */
export const IN_MEMORY = ":memory:";

/** Keeps rooms in an SQLite file, with a write-ahead log. A commit is on disk when it returns (synchronous FULL). */
export class SqliteStore implements Store {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #records: SqliteRecords;
  readonly #lock: DatabaseSync | undefined;
  readonly #onDamage: OnDamage;
  readonly #journal: Journal;
  /** Backups that are being made. */
  #backups = 0;
  /** The error of applying the journal: the database is not as the rooms are. */
  #fault: { readonly error: unknown } | undefined;

  /**
   * Opens or creates the file, locks it, and migrates its schema; throws `StorageError`. `onDamage` gets a description of
   * each damaged row.
   */
  constructor(path: string, onDamage: OnDamage = () => {}) {
    this.#path = path;
    this.#onDamage = onDamage;
    using stack = new DisposableStack();
    this.#lock = path === IN_MEMORY ? undefined : stack.use(lockDatabase(path));
    const state = path === IN_MEMORY ? "closed" : stateOf(path);
    const database = attempt("open", path, () => new DatabaseSync(path, { timeout: BUSY_TIMEOUT }));
    stack.use(database);
    attempt("open", path, () => configure(database, path));
    if (state === "left") attempt("open", path, () => check(database, path));
    attempt("write", path, () => migrate(database, path));
    this.#statements = prepare(database);
    this.#records = new SqliteRecords({ path, database, statements: this.#statements, onDamage });
    this.#database = database;
    const logPath = path === IN_MEMORY ? undefined : logPathOf(path);
    const connection = { database, statements: this.#statements, logPath, onDamage };
    this.#journal = attempt("write", path, () => new Journal(connection));
    stack.move();
  }

  commit(entries: readonly JournalEntry[]): void {
    this.#write(() => this.#journal.keep(entries));
    if (this.#journal.isDue) this.writeJournal();
  }

  /** Commits entries that `writeEntries` has written. The caller calls `applySome` afterwards. */
  commitWritten(json: string): void {
    this.#write(() => this.#journal.keepWritten(json));
  }

  /** Leaves checkpoints to another connection, unless SQLite's log grows beyond 32 MiB. */
  leaveCheckpoints(): void {
    this.#write(() => this.#database.exec(`PRAGMA wal_autocheckpoint = ${MOST_LOG_PAGES}`));
  }

  /** True if commits are due to be applied by `applySome`. */
  get hasWork(): boolean {
    return this.#journal.hasWork && (this.#backups === 0 || this.#journal.isDue);
  }

  /** True if commits are not written to the tables yet. */
  get hasJournal(): boolean {
    return !this.#journal.isEmpty;
  }

  /** Applies some commits to the tables. After an error no method works any more. */
  applySome(): void {
    // A transaction that stays open would hold up a backup.
    if (this.#backups > 0) this.writeJournal();
    else this.#change(() => this.#journal.applySome());
  }

  /** Writes all commits to the tables, so that every connection sees them. After an error no method works any more. */
  writeJournal(): void {
    this.#change(() => this.#journal.write());
  }

  /**
   * Prepares a read by another connection: of one room, or of all. `words`: the index of words must have the latest
   * messages.
   */
  prepareRead(node: string | undefined, words: boolean): void {
    if (words || node === undefined || this.#journal.concerns(node)) this.writeJournal();
    if (words) this.#write(() => this.#statements.indexTexts.run());
  }

  loadRoom(node: string): RoomRecord | undefined {
    return this.#read(node, ({ findRoom, affiliations, notes, sessions }) => {
      const row = findRoom.get(node);
      if (!row) return undefined;
      const id = Number(row.id);
      const { config, subject } = row;
      const lists = { affiliations: affiliations.all(id), notes: notes.all(id), sessions: sessions.all(id) };
      return rows.readRoom(node, { config, subject, locked: row.locked !== 0, ...lists }, this.#onDamage);
    });
  }

  loadDestroyedRooms(): DestroyedRoom[] {
    return this.#read(undefined, ({ destroyedRooms }) =>
      readable(destroyedRooms.all(), rows.readDestroyedRoom, this.#onDamage),
    );
  }

  latestDiscussion(node: string, count: number): ArchivedMessage[] {
    return this.#read(node, ({ latestDiscussion }) => {
      const latest: ArchivedMessage[] = [];
      let bytes = 0;
      for (const row of latestDiscussion.iterate(node, count)) {
        const message = rows.readMessage(row, this.#onDamage);
        bytes += Buffer.byteLength(message.payload);
        if (bytes > HISTORY_BYTES) break;
        latest.push(message);
      }
      return latest.reverse();
    });
  }

  readArchive(node: string, query: ArchiveQuery): ArchivePage | undefined {
    this.prepareRead(node, query.words !== undefined);
    return this.#records.readArchive(node, query);
  }

  countArchive(node: string, query: ArchiveQuery, most: number): number | undefined {
    this.prepareRead(node, query.words !== undefined);
    return this.#records.countArchive(node, query, most);
  }

  occupiedRooms(): string[] {
    return this.#read(undefined, ({ occupiedRooms }) => occupiedRooms.all().map(({ node }) => String(node)));
  }

  listRooms(query: ListQuery): ListedRoom[] {
    this.writeJournal();
    return this.#records.listRooms(query);
  }

  countListed(before?: string): number {
    this.writeJournal();
    return this.#records.countListed(before);
  }

  findRooms(words: readonly string[], most: number): ListedRoom[] | undefined {
    this.writeJournal();
    return this.#records.findRooms(words, most);
  }

  publicRoom(node: string): PublicRoom | undefined {
    this.prepareRead(node, false);
    return this.#records.publicRoom(node);
  }

  allRooms(after: string, max: number): StoredRoom[] {
    this.writeJournal();
    return this.#records.allRooms(after, max);
  }

  readActs(query: ActQuery): StoredAct[] {
    this.writeJournal();
    return this.#records.readActs(query);
  }

  actsAfter(id: number, max: number, node?: string): StoredAct[] {
    return this.#read(undefined, ({ actsAfter }) =>
      readable(actsAfter.all(id, max, node ?? null), rows.readAct, this.#onDamage),
    );
  }

  removeActs(before: number, most: number): number {
    return this.#changeBeside(({ removeActs }) => Number(removeActs.run(before, most).changes));
  }

  changeBlocklist(list: string, added: readonly string[], removed: readonly string[]): void {
    this.#changeBeside(({ setListedHash }) => {
      for (const hash of added) setListedHash.run(list, hash, 0);
      for (const hash of removed) setListedHash.run(list, hash, 1);
    });
  }

  readBlocklist(list: string, after: number, most: number): ListedHash[] {
    return attempt("read", this.#path, () =>
      this.#statements.listedHashes.all(list, after, most).map(readListedHash),
    );
  }

  trimBlocklists(lists: readonly string[], before: number, most: number): number {
    return this.#changeBeside(({ trimListedHashes }) =>
      Number(trimListedHashes.run(JSON.stringify(lists), before, most).changes),
    );
  }

  serviceBans(): ServiceBan[] {
    return attempt("read", this.#path, () => this.#statements.serviceBans.all().map(readBan));
  }

  setServiceBan(ban: ServiceBan): void {
    this.#changeSafely(({ setServiceBan }) => setServiceBan.run(...writeBan(ban)));
  }

  removeServiceBan(account: string): boolean {
    return this.#changeSafely(({ removeServiceBan }) => Number(removeServiceBan.run(account).changes) === 1);
  }

  roomsOfAccount(account: string, after: string, upTo: string): string[] {
    return this.#read(undefined, ({ roomsOfAccount }) =>
      roomsOfAccount.all(account, after, upTo).map(({ node }) => String(node)),
    );
  }

  tracesOfAccount(account: string, after: string, upTo: string): string[] {
    return this.#read(undefined, ({ tracesOfAccount }) =>
      tracesOfAccount.all(account, after, upTo).map(({ node }) => String(node)),
    );
  }

  eraseMessages(node: string, account: string, payload: string, most: number): number {
    return this.#changeBeside(({ findNumber, eraseMessages, eraseExtras }) => {
      const room = findNumber.get(node)?.id;
      if (room === undefined) return 0;
      const { changes } = eraseMessages.run(Number(room), account, payload, most);
      return Number(changes) + Number(eraseExtras.run(Number(room), account, most).changes);
    });
  }

  eraseTexts(account: string, instead: string, place: ErasePlace): ErasePlace | undefined {
    return this.#changeBeside(() => eraseTexts(this.#database, account, instead, place));
  }

  removeArchive(node: string, before: number, most: number): number {
    return this.#changeBeside(({ findNumber, removeBefore, removeExtrasBefore }) => {
      const room = findNumber.get(node)?.id;
      if (room === undefined) return 0;
      const { changes } = removeBefore.run(Number(room), most, before);
      return Number(changes) + Number(removeExtrasBefore.run(Number(room), most, before).changes);
    });
  }

  /** Nothing that was removed or replaced is left in the files then. */
  rewrite(): boolean {
    this.writeJournal();
    return attempt("write", this.#path, () => {
      this.#database.exec("INSERT INTO message_search (message_search) VALUES ('optimize')");
      this.#database.exec("PRAGMA synchronous = FULL; VACUUM");
      const moved = this.#database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
      this.#journal.wipe();
      return moved?.busy !== 1;
    });
  }

  addApiToken(token: ApiToken): boolean {
    return this.#changeSafely(
      ({ addApiToken }) => Number(addApiToken.run(...writeToken(token)).changes) === 1,
    );
  }

  apiTokens(): ApiToken[] {
    return attempt("read", this.#path, () => readTokens(this.#statements.apiTokens.all(), this.#onDamage));
  }

  removeApiToken(name: string): boolean {
    return this.#changeSafely(({ removeApiToken }) => Number(removeApiToken.run(name).changes) === 1);
  }

  useApiToken(id: string, at: number): void {
    this.#changeBeside(({ useApiToken }) => useApiToken.run(at, id));
  }

  beginApiRequest({ token, key }: ApiRequestKey, request: string, at: number): ApiRequest | undefined {
    return this.#changeSafely(({ findApiRequest, addApiRequest }) => {
      const row = findApiRequest.get(token, key);
      if (row) return readRequest(row);
      addApiRequest.run(token, key, request, at);
      return undefined;
    });
  }

  answerApiRequest({ token, key }: ApiRequestKey, { status, body }: ApiAnswer): void {
    this.#changeSafely(({ answerApiRequest }) => answerApiRequest.run(status, body, token, key));
  }

  forgetApiRequest({ token, key }: ApiRequestKey): void {
    this.#changeSafely(({ forgetApiRequest }) => forgetApiRequest.run(token, key));
  }

  trimApiRequests(before: number, most: number): void {
    this.#changeBeside(({ forgetOldApiRequests, apiTokens, trimApiRequests }) => {
      forgetOldApiRequests.run(before);
      for (const { id } of apiTokens.all()) trimApiRequests.run(String(id), most);
    });
  }

  /** Changes the tables beside the commits. It is on disk when this returns. */
  #changeSafely<T>(action: (statements: Statements) => T): T {
    this.writeJournal();
    return attempt("write", this.#path, () => transact(this.#database, () => action(this.#statements)));
  }

  readWebhooks(): StoredWebhook[] {
    return this.#read(undefined, ({ webhooks }) => webhooks.all().map(readWebhook));
  }

  setWebhookStatus(id: string, status: string): void {
    this.#changeBeside(({ setWebhookStatus }) => setWebhookStatus.run(id, status));
  }

  readDeliveries(hook: string, isDead: boolean, after: number, most: number): Delivery[] {
    return this.#read(undefined, ({ deliveries }) =>
      deliveries.all(hook, Number(isDead), after, most).map(readDelivery),
    );
  }

  countDeliveries(hook: string): QueueSize {
    return this.#read(undefined, ({ countDeliveries }) => readQueueSize(countDeliveries.get(hook)));
  }

  removeDeliveries(ids: readonly number[]): void {
    this.#changeBeside(({ removeDeliveries }) => removeDeliveries.run(JSON.stringify(ids)));
  }

  buryDeliveries(hook: string, before: number, most: number, error: string): number {
    return this.#changeBeside(({ buryDeliveries }) =>
      Number(buryDeliveries.run(hook, before, most, error).changes),
    );
  }

  reviveDeliveries(hook: string): number {
    return this.#changeSafely(({ reviveDeliveries }) => Number(reviveDeliveries.run(hook).changes));
  }

  trimDeadLetters(hook: string, before: number, keep: number): number {
    return this.#changeBeside(({ trimDeadLetters }) =>
      Number(trimDeadLetters.run(hook, before, keep).changes),
    );
  }

  /** Changes the tables beside the commits. A crash may undo it: the caller does it again then. */
  #changeBeside<T>(action: (statements: Statements) => T): T {
    this.writeJournal();
    return attempt("write", this.#path, () =>
      transactWithoutSync(this.#database, () => action(this.#statements)),
    );
  }

  nodes(after: string | undefined, count: number): string[] {
    return this.#read(undefined, ({ nodes }) =>
      nodes.all(after ?? "", count).map(({ node }) => String(node)),
    );
  }

  waitingRooms(after: string, count: number): string[] {
    return this.#read(undefined, ({ waitingRooms }) =>
      waitingRooms.all(after, count).map(({ node }) => String(node)),
    );
  }

  roomsInBanGroups(after: string, count: number): string[] {
    return this.#read(undefined, ({ roomsInBanGroups }) =>
      roomsInBanGroups.all(after, count).map(({ node }) => String(node)),
    );
  }

  countRoomsByDomain(): ReadonlyMap<string, number> {
    return this.#read(
      undefined,
      ({ countRoomsByDomain }) =>
        new Map(countRoomsByDomain.all().map(({ domain, n }) => [String(domain), Number(n)])),
    );
  }

  countRooms(): number {
    return this.#read(undefined, ({ countRooms }) => Number(countRooms.get()?.n));
  }

  countMessages(): number {
    return this.#read(undefined, ({ countMessages }) => Number(countMessages.get()?.n));
  }

  removeMessages(limits: RetentionLimits, work: RetentionWork): RetentionStep {
    return this.#changeBeside((statements) => removeMessages(statements, limits, work));
  }

  /** Copies page by page on another thread. The copy includes commits of this store meanwhile. */
  async backup(path: string): Promise<void> {
    this.writeJournal();
    this.#backups += 1;
    try {
      await this.#copyTo(path);
    } finally {
      this.#backups -= 1;
    }
  }

  async #copyTo(path: string): Promise<void> {
    for (;;) {
      try {
        await backup(this.#database, path, { rate: BACKUP_PAGES });
        return;
      } catch (error) {
        // Node fails without an error of SQLite if the first step meets a transaction of this connection.
        if (error instanceof Error && "errcode" in error && error.errcode === 0) continue;
        attempt("write", path, () => {
          throw error;
        });
      }
    }
  }

  close(): void {
    try {
      if (!this.#fault) this.#closeLog();
    } finally {
      this.#journal.close();
      this.#database.close();
      this.#lock?.close();
    }
  }

  /** Moves everything from both logs into the database, and removes the log of commits. */
  #closeLog(): void {
    this.writeJournal();
    const moved = this.#database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get();
    if (moved?.busy === 0) this.#journal.remove();
  }

  /** Reads one room, or all. */
  #read<T>(node: string | undefined, action: (statements: Statements) => T): T {
    this.prepareRead(node, false);
    return attempt("read", this.#path, () => action(this.#statements));
  }

  #change(action: () => void): void {
    this.#write(() => {
      try {
        action();
      } catch (error) {
        this.#fault = { error };
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  #write(action: () => void): void {
    attempt("write", this.#path, () => {
      if (this.#fault) throw this.#fault.error;
      action();
    });
  }
}

function configure(database: DatabaseSync, path: string): void {
  const id = Number(database.prepare("PRAGMA application_id").get()?.application_id);
  const tables = Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n);
  if (id !== APPLICATION_ID && (tables > 0 || id !== 0))
    throw new Error("it belongs to another program; use another path");
  const mode = database.prepare("PRAGMA journal_mode = WAL").get()?.journal_mode;
  if (mode !== "wal" && path !== IN_MEMORY)
    throw new Error("SQLite cannot keep a write-ahead log there; give the path of a file");
  database.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  database.exec(`PRAGMA cache_size = ${-CACHE_KIB}`);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
}
