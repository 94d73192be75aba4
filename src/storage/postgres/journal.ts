// Writes journal entries as the functions of the database read them (functions.ts).
import {
  type ArchivedMessage,
  isExtra,
  type JournalEntry,
  type RoomRecord,
} from "../../muc/model/journal.ts";
import { roomTerms } from "../room-terms.ts";
import * as rows from "../rows.ts";
import { searchTerms } from "../search-terms.ts";

/** Matches characters in JSON that PostgreSQL refuses: U+0000 and halves of surrogate pairs. */
const REFUSED = /\\u(?:0000|d[89a-f])/;

/** Entries that may take effect before or after a message of a room that was stored before. */
const INDEPENDENT: ReadonlySet<JournalEntry["kind"]> = new Set([
  ...["config-changed", "subject-changed", "affiliation-changed", "note-changed"],
  ...["session-stored", "session-removed", "act-recorded"],
  ...["webhook-stored", "webhook-removed", "event-queued"],
] as const);

/**
 * Writes entries as JSON, and lists of messages as JSON that the entries refer to by number, from 1: the database adds many
 * messages at once in a third of the time. Replaces characters that PostgreSQL refuses by U+FFFD.
 */
export function writeEntries(entries: readonly JournalEntry[]): [entries: string, messages: string[]] {
  const written: object[] = [];
  const lists: object[][] = [];
  let messages: object[] = [];
  function endList(): void {
    if (messages.length === 0) return;
    written.push({ kind: "messages-archived", list: lists.push(messages), count: messages.length });
    messages = [];
  }
  for (const entry of entries) {
    if (entry.kind === "message-archived" && !isExtra(entry.message))
      messages.push(writeMessage(entry.node, entry.message));
    else {
      if (!INDEPENDENT.has(entry.kind)) endList();
      written.push(writeEntry(entry));
    }
  }
  endList();
  return [write(written), lists.map(write)];
}

function write(value: object): string {
  const text = JSON.stringify(value);
  return REFUSED.test(text) ? JSON.stringify(value, replaceRefused) : text;
}

function replaceRefused(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.toWellFormed().replaceAll("\0", "\ufffd") : value;
}

function writeEntry(entry: JournalEntry): object {
  switch (entry.kind) {
    case "room-stored":
      return { ...entry, room: { ...indexed(entry.room), notes: Object.fromEntries(entry.room.notes) } };
    case "config-changed":
      return indexed(entry);
    case "room-renamed":
      return {
        kind: entry.kind,
        from: entry.node,
        ...indexed({ node: entry.to, config: entry.config, locked: false }),
      };
    case "room-destroyed":
      return { ...entry, destroyed: named(rows.DESTROYED_COLUMNS, rows.writeDestroyedRoom(entry.destroyed)) };
    case "act-recorded":
      return { kind: entry.kind, act: named(rows.ACT_COLUMNS, rows.writeAct(entry.node, entry.act)) };
    case "message-archived":
      return {
        ...entry,
        kind: "extra-archived",
        message: named(rows.EXTRA_COLUMNS, rows.writeExtra(entry.message)),
      };
    default:
      return entry;
  }
}

/** Adds the terms of a public room (room-terms.ts). */
function indexed<T extends Pick<RoomRecord, "node" | "config" | "locked">>(room: T): T & { terms?: string } {
  const terms = roomTerms(room.node, room.config, room.locked);
  return terms ? { ...room, terms: terms.join(" ") } : room;
}

function writeMessage(node: string, message: ArchivedMessage): object {
  const { text } = message;
  return {
    node,
    ...named(rows.MESSAGE_COLUMNS, rows.writeMessage(message)),
    ...(text !== undefined && { search_words: searchTerms(text).join(" ") }),
  };
}

function named(columns: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(columns.map((column, index) => [column, values[index]]));
}
