// Applies journal entries to the tables of an SQLite database, in a transaction of the caller.
import {
  type ArchivedMessage,
  isExtra,
  type JournalEntry,
  type RoomRecord,
} from "../../muc/model/journal.ts";
import { roomTerms } from "../room-terms.ts";
import * as rows from "../rows.ts";
import { StorageError } from "../store.ts";
import type { Statements } from "./statements.ts";

/** An entry that changes a stored room. */
type RoomChange = Exclude<
  JournalEntry,
  {
    kind:
      | "room-stored"
      | "room-removed"
      | "room-renamed"
      | "room-destroyed"
      | "destroyed-room-forgotten"
      | "act-recorded"
      | "webhook-stored"
      | "webhook-removed"
      | "event-queued";
  }
>;

/** Number of messages whose words are indexed together, and length of a text whose words are indexed at once. */
const INDEXED_TOGETHER = 200;
const LONG_TEXT = 4_000;

/** Numbers of rooms that are remembered. */
const MAX_NUMBERS = 50_000;

/** The numbers of stored rooms, which do not change while a room is stored. */
export class RoomNumbers {
  readonly #statements: Statements;
  readonly #numbers = new Map<string, number>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Returns the number of a room; undefined if it is not stored. */
  of(node: string): number | undefined {
    const known = this.#numbers.get(node);
    if (known !== undefined) return known;
    const found = this.#statements.findNumber.get(node);
    if (!found) return undefined;
    this.set(node, Number(found.id));
    return Number(found.id);
  }

  set(node: string, number: number): void {
    if (this.#numbers.size >= MAX_NUMBERS) this.#numbers.clear();
    this.#numbers.set(node, number);
  }

  delete(node: string): void {
    this.#numbers.delete(node);
  }

  /** Forgets all, as after a transaction that was rolled back. */
  clear(): void {
    this.#numbers.clear();
  }
}

/** Applies entries in order, in one transaction; `finish` writes what was collected. */
export class Application {
  readonly #statements: Statements;
  readonly #numbers: RoomNumbers;
  readonly #sizes = new Map<number, { messages: number; extras: number }>();
  readonly #latest = new Map<number, { at: number; run: number }>();
  /** Messages since words were indexed. */
  #unindexed = 0;

  constructor(statements: Statements, numbers: RoomNumbers) {
    this.#statements = statements;
    this.#numbers = numbers;
  }

  /** Applies an entry. Throws `StorageError` for a change of a room that is not stored, and SQLite's errors. */
  apply(entry: JournalEntry): void {
    switch (entry.kind) {
      case "room-stored":
        this.#storeRoom(entry.room);
        break;
      case "room-removed":
        this.#removeRoom(entry.node);
        break;
      case "room-renamed":
        this.#renameRoom(this.#numberOf(entry.node), entry);
        break;
      case "room-destroyed":
        this.#statements.setDestroyedRoom.run(...rows.writeDestroyedRoom(entry.destroyed));
        break;
      case "destroyed-room-forgotten":
        this.#statements.removeDestroyedRoom.run(entry.node);
        break;
      case "act-recorded":
        this.#statements.addAct.run(...rows.writeAct(entry.node, entry.act));
        break;
      case "webhook-stored":
        this.#statements.setWebhook.run(entry.id, entry.settings);
        break;
      case "webhook-removed":
        this.#statements.removeWebhook.run(entry.id);
        break;
      case "event-queued":
        this.#statements.addDelivery.run(entry.hook, entry.event, entry.at, entry.body);
        break;
      default:
        this.#changeRoom(this.#numberOf(entry.node), entry);
    }
  }

  /** Indexes words if there are many. Throws SQLite's errors. */
  indexIfDue(): void {
    if (this.#unindexed < INDEXED_TOGETHER) return;
    this.#statements.indexTexts.run();
    this.#unindexed = 0;
  }

  /** Counts the messages, and indexes words if many transactions have left some. Throws SQLite's errors. */
  finish(): void {
    const { countArchived, indexDueTexts } = this.#statements;
    for (const [room, { messages, extras }] of this.#sizes) countArchived.run(room, messages, extras);
    if (this.#sizes.size > 0) indexDueTexts.run(INDEXED_TOGETHER);
  }

  /** Updates the terms by which a public room is found. */
  #indexRoom(room: number, { node, config, locked }: Pick<RoomRecord, "node" | "config" | "locked">): void {
    this.#statements.removeTerms.run(room);
    const terms = roomTerms(node, config, locked);
    if (terms) this.#statements.addTerms.run(room, terms.join(" "));
  }

  #storeRoom(record: RoomRecord): void {
    const { node, config, locked, subject, affiliations, notes, sessions } = record;
    this.#removeRoom(node);
    const { lastInsertRowid } = this.#statements.storeRoom.run(
      node,
      JSON.stringify(config),
      Number(locked),
      rows.writeSubject(subject),
    );
    const room = Number(lastInsertRowid);
    this.#numbers.set(node, room);
    this.#indexRoom(room, record);
    for (const each of affiliations)
      this.#changeRoom(room, { kind: "affiliation-changed", node, record: each });
    for (const [name, text] of notes) this.#changeRoom(room, { kind: "note-changed", node, name, text });
    for (const session of sessions) this.#changeRoom(room, { kind: "session-stored", node, session });
  }

  #removeRoom(node: string): void {
    this.#statements.removeRoom.run(node);
    this.#numbers.delete(node);
  }

  #renameRoom(room: number, { node, to, config }: Extract<JournalEntry, { kind: "room-renamed" }>): void {
    const { setLocked, setNode, removeSessions, moveActs } = this.#statements;
    // The public list counts rooms by their names, without locked ones.
    setLocked.run(1, room);
    setNode.run(to, room);
    setLocked.run(0, room);
    this.#indexRoom(room, { node: to, config, locked: false });
    removeSessions.run(room);
    moveActs.run(node, to);
    this.#numbers.delete(node);
    this.#numbers.set(to, room);
  }

  #changeRoom(room: number, entry: RoomChange): void {
    const statements = this.#statements;
    switch (entry.kind) {
      case "config-changed":
        statements.setConfig.run(JSON.stringify(entry.config), Number(entry.locked), room);
        this.#indexRoom(room, entry);
        break;
      case "subject-changed":
        statements.setSubject.run(rows.writeSubject(entry.subject), room);
        break;
      case "affiliation-changed": {
        const { jid, affiliation, reason, nick, until } = entry.record;
        if (affiliation === "none") statements.removeAffiliation.run(room, jid);
        else
          statements.setAffiliation.run(room, jid, affiliation, reason ?? null, nick ?? null, until ?? null);
        break;
      }
      case "note-changed":
        if (entry.text === undefined) statements.removeNote.run(room, entry.name);
        else statements.setNote.run(room, entry.name, entry.text);
        break;
      case "session-stored": {
        const { jid, nick, role, payload, language } = entry.session;
        statements.setSession.run(room, jid, nick, role, payload, language ?? null);
        break;
      }
      case "session-removed":
        statements.removeSession.run(room, entry.jid);
        break;
      case "message-archived":
        this.#addMessage(room, entry.message);
        break;
      case "private-retracted":
        statements.retractPrivate.run(entry.payload, room, entry.to, entry.author, entry.id);
        break;
      case "message-retracted":
        statements.retractMessage.run(entry.payload, room, entry.stanzaId);
    }
  }

  #addMessage(room: number, message: ArchivedMessage): void {
    const { addMessage, addExtra, nextPosition } = this.#statements;
    const size = this.#sizes.get(room) ?? { messages: 0, extras: 0 };
    if (isExtra(message)) {
      addExtra.run(Number(nextPosition.get()?.position), room, ...rows.writeExtra(message));
      size.extras += 1;
    } else {
      const run = this.#timeRunOf(room, message.at);
      addMessage.run(room, ...rows.writeMessage(message), run);
      this.#latest.set(room, { at: message.at, run });
      size.messages += 1;
      this.#unindexed += (message.text?.length ?? 0) > LONG_TEXT ? INDEXED_TOGETHER : 1;
    }
    this.#sizes.set(room, size);
  }

  /** Returns the number of a room's time run to which a message belongs: another begins where the clock was set back. */
  #timeRunOf(room: number, at: number): number {
    let latest = this.#latest.get(room);
    if (!latest) {
      const row = this.#statements.latestTime.get(room);
      latest = row ? { at: Number(row.at), run: Number(row.time_run) } : { at: 0, run: 1 };
    }
    return latest.run + Number(latest.at > at);
  }

  /** Throws for a room that is not stored: the change would be lost, which is a fault of the program. */
  #numberOf(node: string): number {
    const number = this.#numbers.of(node);
    if (number === undefined) throw notStored(node);
    return number;
  }
}

export const notStored = (node: string): StorageError =>
  new StorageError(`a change of the room ${JSON.stringify(node)}, which is not stored`);
