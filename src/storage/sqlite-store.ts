import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Affiliation, parseAffiliation } from "../muc/affiliation.ts";
import type { AffiliationRecord, JournalEntry, MovedRoom, RoomRecord } from "../muc/journal.ts";
import { DEFAULT_ROOM_CONFIG, type RoomConfig } from "../muc/room-config.ts";
import type { Subject } from "../muc/subject.ts";
import { migrate } from "./sqlite-migrations.ts";
import { StorageError, type Store } from "./store.ts";

/** Marks the file as ours ("Vero"), so that another program's database is not migrated by mistake. */
const APPLICATION_ID = 0x5665726f;

/** Milliseconds to wait for a process that is about to let go of the file, as at a restart. */
const BUSY_TIMEOUT = 1_000;

/** Keeps rooms in an SQLite file: WAL, and every commit on disk before it returns (synchronous FULL). */
export class SqliteStore implements Store {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepare>;

  /** Opens or makes the file and brings its layout up to date; throws `StorageError`. */
  constructor(path: string) {
    this.#path = path;
    const database = this.#attempt("open", () => new DatabaseSync(path, { timeout: BUSY_TIMEOUT }));
    try {
      this.#attempt("open", () => configure(database));
      this.#attempt("write", () => migrate(database, path));
      this.#statements = prepare(database);
    } catch (error) {
      database.close();
      throw error;
    }
    this.#database = database;
  }

  loadRooms(): RoomRecord[] {
    return this.#attempt("read", () => {
      const affiliations = new Map<string, AffiliationRecord[]>();
      for (const row of this.#statements.loadAffiliations.all()) {
        const node = String(row.node);
        const records = affiliations.get(node) ?? [];
        records.push(readAffiliation(row));
        affiliations.set(node, records);
      }
      const notes = new Map<string, Map<string, string>>();
      for (const row of this.#statements.loadNotes.all()) {
        const node = String(row.node);
        const ofRoom = notes.get(node) ?? new Map<string, string>();
        notes.set(node, ofRoom.set(String(row.name), String(row.text)));
      }
      return this.#statements.loadRooms.all().map((row) => {
        const node = String(row.node);
        const affiliated = affiliations.get(node) ?? [];
        return { ...readRoom(row), node, affiliations: affiliated, notes: notes.get(node) ?? new Map() };
      });
    });
  }

  loadMovedRooms(): MovedRoom[] {
    return this.#attempt("read", () => this.#statements.loadMovedRooms.all().map(readMovedRoom));
  }

  commit(entries: readonly JournalEntry[]): void {
    this.#attempt("write", () => {
      this.#database.exec("BEGIN IMMEDIATE");
      try {
        for (const entry of entries) this.#apply(entry);
        this.#database.exec("COMMIT");
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
    });
  }

  close(): void {
    this.#database.close();
  }

  #apply(entry: JournalEntry): void {
    const { removeRoom, storeRoom, setConfig, setSubject, setMovedRoom, removeMovedRoom } = this.#statements;
    switch (entry.kind) {
      case "room-stored": {
        const { node, config, subject, affiliations, notes } = entry.room;
        removeRoom.run(node);
        storeRoom.run(node, JSON.stringify(config), writeSubject(subject));
        for (const record of affiliations) this.#setAffiliation(node, record);
        for (const [name, text] of notes) this.#setNote(node, name, text);
        break;
      }
      case "room-removed":
        removeRoom.run(entry.node);
        break;
      case "config-changed":
        expectRoom(entry.node, setConfig.run(JSON.stringify(entry.config), entry.node).changes);
        break;
      case "subject-changed":
        expectRoom(entry.node, setSubject.run(writeSubject(entry.subject), entry.node).changes);
        break;
      case "affiliation-changed":
        this.#setAffiliation(entry.node, entry.record);
        break;
      case "note-changed":
        this.#setNote(entry.node, entry.name, entry.text);
        break;
      case "room-moved": {
        const { node, venue, reason, members, until } = entry.moved;
        setMovedRoom.run(node, venue, reason ?? null, members ? JSON.stringify(members) : null, until);
        break;
      }
      case "move-forgotten":
        removeMovedRoom.run(entry.node);
    }
  }

  #setNote(node: string, name: string, text: string | undefined): void {
    const { hasRoom, removeNote, setNote } = this.#statements;
    expectRoom(node, hasRoom.get(node) ? 1 : 0);
    if (text === undefined) removeNote.run(node, name);
    else setNote.run(node, name, text);
  }

  #setAffiliation(node: string, { jid, affiliation, reason, nick }: AffiliationRecord): void {
    const { hasRoom, removeAffiliation, setAffiliation } = this.#statements;
    expectRoom(node, hasRoom.get(node) ? 1 : 0);
    if (affiliation === "none") removeAffiliation.run(node, jid);
    else setAffiliation.run(node, jid, affiliation, reason ?? null, nick ?? null);
  }

  /** Any fault in words that name the file. */
  #attempt<T>(what: "open" | "read" | "write", action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (error instanceof StorageError) throw error;
      // A file that may not be written shows as a fault of the disk when its lock is taken.
      const isClosed = what === "open" && codeOf(error) === IO_ERROR && !isWritable(this.#path);
      const advice = isClosed ? ADVICE[READ_ONLY] : adviseOn(error);
      throw new StorageError(`cannot ${what} the database ${this.#path}: ${advice}`, { cause: error });
    }
  }
}

function configure(database: DatabaseSync): void {
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  const id = Number(database.prepare("PRAGMA application_id").get()?.application_id);
  const tables = Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n);
  if (id !== APPLICATION_ID && (tables > 0 || id !== 0))
    throw new Error("it belongs to another program; give another path");
  const mode = database.prepare("PRAGMA journal_mode = WAL").get()?.journal_mode;
  if (mode !== "wal") throw new Error("SQLite cannot keep a write-ahead log there; give the path of a file");
  database.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
}

function prepare(database: DatabaseSync): Record<StatementName, StatementSync> {
  const entries = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)]);
  return Object.fromEntries(entries) as Record<StatementName, StatementSync>;
}

type StatementName = keyof typeof SQL;

const SQL = {
  loadRooms: "SELECT node, config, subject FROM room",
  loadAffiliations: "SELECT node, jid, affiliation, reason, nick FROM affiliation",
  loadNotes: "SELECT node, name, text FROM note",
  hasRoom: "SELECT 1 FROM room WHERE node = ?",
  storeRoom: "INSERT INTO room (node, config, subject) VALUES (?, ?, ?)",
  removeRoom: "DELETE FROM room WHERE node = ?",
  setConfig: "UPDATE room SET config = ? WHERE node = ?",
  setSubject: "UPDATE room SET subject = ? WHERE node = ?",
  setAffiliation: `INSERT INTO affiliation (node, jid, affiliation, reason, nick) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (node, jid) DO UPDATE SET affiliation = excluded.affiliation, reason = excluded.reason, nick = excluded.nick`,
  setNote: `INSERT INTO note (node, name, text) VALUES (?, ?, ?)
    ON CONFLICT (node, name) DO UPDATE SET text = excluded.text`,
  removeNote: "DELETE FROM note WHERE node = ? AND name = ?",
  loadMovedRooms: "SELECT node, venue, reason, members, until FROM moved_room",
  setMovedRoom:
    "INSERT OR REPLACE INTO moved_room (node, venue, reason, members, until) VALUES (?, ?, ?, ?, ?)",
  removeMovedRoom: "DELETE FROM moved_room WHERE node = ?",
  removeAffiliation: "DELETE FROM affiliation WHERE node = ? AND jid = ?",
} as const;

/** A change of a room that is not stored would be lost: that is a fault of the program, and must show. */
function expectRoom(node: string, changes: number | bigint): void {
  if (Number(changes) === 0)
    throw new StorageError(`a change of the room ${JSON.stringify(node)}, which is not stored`);
}

type Row = Record<string, unknown>;

function readRoom(row: Row): { config: RoomConfig; subject: Subject | undefined } {
  // Fields that a later version has added get their defaults.
  const config = { ...DEFAULT_ROOM_CONFIG, ...(JSON.parse(String(row.config)) as Partial<RoomConfig>) };
  return { config, subject: row.subject === null ? undefined : (JSON.parse(String(row.subject)) as Subject) };
}

function readMovedRoom({ node, venue, reason, members, until }: Row): MovedRoom {
  const told = members === null ? undefined : (JSON.parse(String(members)) as string[]);
  return {
    node: String(node),
    venue: String(venue),
    reason: optional(reason),
    members: told,
    until: Number(until),
  };
}

function readAffiliation(row: Row): AffiliationRecord {
  const affiliation: Affiliation = parseAffiliation(String(row.affiliation)) ?? "none";
  return { jid: String(row.jid), affiliation, reason: optional(row.reason), nick: optional(row.nick) };
}

const optional = (value: unknown): string | undefined => (value === null ? undefined : String(value));

const writeSubject = (subject: Subject | undefined): string | null =>
  subject ? JSON.stringify(subject) : null;

// SQLite's primary result codes (sqlite.org/rescode.html).
const READ_ONLY = 8;
const IO_ERROR = 10;
const ADVICE: Record<number, string> = {
  5: "another process uses it; stop that one, or give another path",
  [READ_ONLY]: "it may not be written by this user; change its owner or permissions, or give another path",
  [IO_ERROR]: "the disk reports a fault; see the system's log",
  11: "the file is damaged; put back a backup, or move it away",
  13: "the disk is full; make room on it",
  14: "check that its folder exists and may be written by this user",
  26: "the file is not an SQLite database; give another path, or move it away",
};

function codeOf(error: unknown): number {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
}

function adviseOn(error: unknown): string {
  return ADVICE[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}

/** Only for a file that this process has not locked: closing it anywhere ends the process's locks on it. */
function isWritable(path: string): boolean {
  try {
    closeSync(openSync(path, "r+"));
    return true;
  } catch {
    return false;
  }
}
