// Keeps commits in a log, and applies them to the tables later. An append to the log costs little and takes as long as the
// disk needs; an index costs little where many messages share its pages.
import type { DatabaseSync } from "node:sqlite";
import type { JournalEntry } from "../../muc/model/journal.ts";
import type { OnDamage } from "../row-schemas.ts";
import { StorageError } from "../store.ts";
import { Application, notStored, RoomNumbers } from "./apply.ts";
import { type Applied, CommitLog, readLog } from "./commit-log.ts";
import { codeOf } from "./faults.ts";
import { parseOwnEntries, readEntries, writeEntries } from "./journal-text.ts";
import type { Statements } from "./statements.ts";

/** Entries from which the transaction that applies them ends. */
const DUE_ENTRIES = 1_000;
/** Length of the log in bytes from which a transaction is made durable, so that the log begins again. */
const DUE_LENGTH = 1_000_000;
/** Entries that are applied at a time, while commits may wait: about a millisecond. */
const SLICE = 40;

/** SQLite's result code for a row that breaks a constraint. */
const CONSTRAINT = 19;

interface Connection {
  readonly database: DatabaseSync;
  readonly statements: Statements;
  /** The path of the log; undefined for a database in memory. */
  readonly logPath: string | undefined;
  readonly onDamage: OnDamage;
}

/** The commits that are kept and not in the tables yet. It is not used any more after an error of `applySome` or `write`. */
export class Journal {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #onDamage: OnDamage;
  readonly #numbers: RoomNumbers;
  readonly #log: CommitLog | undefined;
  /** Kept entries, of which the first `#applied` are applied in the open transaction. */
  #entries: JournalEntry[] = [];
  #applied = 0;
  /** Nodes of rooms with entries; true if the room is stored after the last one. */
  #rooms = new Map<string, boolean>();
  /** The open transaction, and whether it is on disk when it ends. */
  #transaction: { readonly application: Application; readonly isDurable: boolean } | undefined;

  /** Takes over the commits that an earlier process has left. Throws `StorageError`, errors of SQLite and of files. */
  constructor({ database, statements, logPath, onDamage }: Connection) {
    this.#database = database;
    this.#statements = statements;
    this.#onDamage = onDamage;
    this.#numbers = new RoomNumbers(statements);
    if (logPath === undefined) return;
    const row = statements.appliedCommit.get();
    const applied: Applied = { database: String(row?.database), number: Number(row?.number) };
    const left = readLog(logPath, applied);
    const number = applied.number + left.length;
    this.#entries = left.flatMap((text) => readEntries(text, onDamage));
    if (left.length > 0) {
      this.#begin(true);
      this.#end(number);
    }
    this.#log = new CommitLog(logPath, { ...applied, number });
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** True if entries wait to be applied. */
  get hasWork(): boolean {
    return this.#applied < this.#entries.length;
  }

  /** True if so much waits that a transaction should end. */
  get isDue(): boolean {
    return this.#entries.length >= DUE_ENTRIES || this.#log === undefined;
  }

  /** Returns true if a room has entries that are not in the tables for all to see. */
  concerns(node: string): boolean {
    return this.#rooms.has(node);
  }

  /** Keeps entries. Throws `StorageError` for a change of a room that is not stored, and errors of files. */
  keep(entries: readonly JournalEntry[]): void {
    if (entries.length > 0) this.#keep(entries, writeEntries(entries));
  }

  /** Keeps entries that `writeEntries` has written. Throws as `keep` does. */
  keepWritten(json: string): void {
    this.#keep(parseOwnEntries(json), json);
  }

  /** Applies some entries in a transaction that stays open until it is due. Throws SQLite's errors. */
  applySome(): void {
    if (!this.hasWork) return;
    this.#begin();
    this.#apply(this.#applied + SLICE);
    if (this.#applied >= DUE_ENTRIES) this.write();
  }

  /** Applies all entries and ends the transaction. Throws SQLite's errors. */
  write(): void {
    if (this.isEmpty) return;
    this.#begin();
    this.#end(this.#log?.number);
  }

  /** Overwrites commits that are in the tables and on disk. */
  wipe(): void {
    if (this.isEmpty) this.#log?.wipe();
  }

  /** Closes the log. */
  close(): void {
    this.#log?.close();
  }

  /** Removes the log, as everything is in the database and on disk. */
  remove(): void {
    this.#log?.remove();
  }

  #begin(isDurable = (this.#log?.length ?? 0) >= DUE_LENGTH): void {
    if (this.#transaction) return;
    // Without a sync the log still has what a crash of the machine takes from the end of SQLite's log.
    this.#database.exec(`PRAGMA synchronous = ${isDurable ? "FULL" : "NORMAL"}; BEGIN IMMEDIATE`);
    this.#transaction = { application: new Application(this.#statements, this.#numbers), isDurable };
  }

  /** Ends the transaction, with all entries up to the commit with this number. */
  #end(number: number | undefined): void {
    this.#apply(this.#entries.length);
    this.#transaction?.application.finish();
    if (number !== undefined) this.#statements.setAppliedCommit.run(number);
    this.#database.exec("COMMIT");
    if (this.#transaction?.isDurable) this.#log?.reset();
    this.#transaction = undefined;
    this.#entries = [];
    this.#applied = 0;
    this.#rooms = new Map();
  }

  #apply(end: number): void {
    const application = this.#transaction?.application;
    for (const entry of this.#entries.slice(this.#applied, end)) {
      try {
        application?.apply(entry);
      } catch (error) {
        if (!isOfEntry(error)) throw error;
        this.#onDamage(`an entry of the journal (${entry.kind}) cannot be applied: ${error.message}`);
      }
    }
    application?.indexIfDue();
    this.#applied = Math.min(end, this.#entries.length);
  }

  #keep(entries: readonly JournalEntry[], json: string): void {
    const rooms = this.#roomsAfter(entries);
    this.#log?.append(json);
    for (const entry of entries) this.#entries.push(entry);
    for (const [node, isStored] of rooms) this.#rooms.set(node, isStored);
  }

  /** Returns the nodes of rooms in entries, and whether they are stored after them. */
  #roomsAfter(entries: readonly JournalEntry[]): Map<string, boolean> {
    const rooms = new Map<string, boolean>();
    for (const entry of entries) {
      switch (entry.kind) {
        case "room-stored":
          rooms.set(entry.room.node, true);
          break;
        case "room-removed":
          rooms.set(entry.node, false);
          break;
        case "room-renamed":
          if (!(rooms.get(entry.node) ?? this.#isStored(entry.node))) throw notStored(entry.node);
          rooms.set(entry.node, false);
          rooms.set(entry.to, true);
          break;
        case "room-destroyed":
        case "destroyed-room-forgotten":
        case "act-recorded":
        case "webhook-stored":
        case "webhook-removed":
        case "event-queued":
          break;
        default:
          if (!(rooms.get(entry.node) ?? this.#isStored(entry.node))) throw notStored(entry.node);
          rooms.set(entry.node, true);
      }
    }
    return rooms;
  }

  #isStored(node: string): boolean {
    return this.#rooms.get(node) ?? this.#numbers.of(node) !== undefined;
  }
}

/** Returns true for an error of one entry, which would occur again: the database is not at fault. */
function isOfEntry(error: unknown): error is Error {
  return error instanceof StorageError || codeOf(error) === CONSTRAINT;
}
