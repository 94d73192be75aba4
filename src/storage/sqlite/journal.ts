// Keeps commits in a journal, and applies them to the tables many at a time. A commit writes one row, so it costs little and
// takes about as long as the disk needs; an index costs little where many messages share its pages.
import type { DatabaseSync } from "node:sqlite";
import type { JournalEntry } from "../../muc/model/journal.ts";
import type { OnDamage } from "../row-schemas.ts";
import { StorageError } from "../store.ts";
import { Application, notStored, RoomNumbers } from "./apply.ts";
import { codeOf } from "./faults.ts";
import { parseOwnEntries, readEntries, writeEntries } from "./journal-text.ts";
import type { Statements } from "./statements.ts";
import { transact } from "./transaction.ts";

/** Entries, and characters of JSON, from which the journal is due to be applied. */
const DUE_ENTRIES = 500;
const DUE_LENGTH = 1_000_000;

/** SQLite's result code for a row that breaks a constraint. */
const CONSTRAINT = 19;

interface Connection {
  readonly database: DatabaseSync;
  readonly statements: Statements;
  /** False for a database in memory, which loses the tables with the journal. */
  readonly isDurable: boolean;
  readonly onDamage: OnDamage;
}

/** The commits that are kept and not applied yet. */
export class Journal {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #isDurable: boolean;
  readonly #onDamage: OnDamage;
  readonly #numbers: RoomNumbers;
  #entries: JournalEntry[] = [];
  #length = 0;
  /** Nodes of rooms with entries; true if the room is stored after the last one. */
  #rooms = new Map<string, boolean>();

  constructor({ database, statements, isDurable, onDamage }: Connection) {
    this.#database = database;
    this.#statements = statements;
    this.#isDurable = isDurable;
    this.#onDamage = onDamage;
    this.#numbers = new RoomNumbers(statements);
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** True if so much waits that it should be applied, even if nobody reads it. */
  get isDue(): boolean {
    return this.#entries.length >= DUE_ENTRIES || this.#length >= DUE_LENGTH;
  }

  /** Returns true if a room has entries that are not applied. */
  concerns(node: string): boolean {
    return this.#rooms.has(node);
  }

  /** Keeps entries. Throws `StorageError` for a change of a room that is not stored, and SQLite's errors. */
  keep(entries: readonly JournalEntry[]): void {
    this.#keep(entries, writeEntries(entries));
  }

  /** Keeps entries that `writeEntries` has written. Throws as `keep` does. */
  keepWritten(json: string): void {
    this.#keep(parseOwnEntries(json), json);
  }

  /** Takes over what an earlier process kept, and applies it. Throws SQLite's errors. */
  recover(): void {
    for (const { entries } of this.#statements.keptEntries.all())
      for (const entry of readEntries(String(entries), this.#onDamage)) this.#entries.push(entry);
    this.apply();
  }

  /**
   * Applies everything that is kept, in one transaction. It need not be on disk at once, as the journal is. Throws SQLite's
   * errors; then everything is still kept.
   */
  apply(): void {
    if (this.isEmpty) return;
    this.#database.exec("PRAGMA synchronous = NORMAL");
    try {
      transact(this.#database, () => this.#applyAll());
    } catch (error) {
      this.#numbers.clear();
      throw error;
    } finally {
      this.#database.exec("PRAGMA synchronous = FULL");
    }
    this.#entries = [];
    this.#length = 0;
    this.#rooms = new Map();
  }

  #applyAll(): void {
    const application = new Application(this.#statements, this.#numbers);
    for (const entry of this.#entries) {
      try {
        application.apply(entry);
      } catch (error) {
        if (!isOfEntry(error)) throw error;
        this.#onDamage(`an entry of the journal (${entry.kind}) cannot be applied: ${error.message}`);
      }
    }
    application.finish();
    this.#statements.forgetEntries.run();
  }

  #keep(entries: readonly JournalEntry[], json: string): void {
    const rooms = this.#roomsAfter(entries);
    if (this.#isDurable) transact(this.#database, () => this.#statements.keepEntries.run(json));
    for (const entry of entries) this.#entries.push(entry);
    for (const [node, isStored] of rooms) this.#rooms.set(node, isStored);
    this.#length += json.length;
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
        case "room-destroyed":
        case "destroyed-room-forgotten":
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
