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

/** Writes entries as JSON. Replaces characters that PostgreSQL refuses by U+FFFD. */
export function writeEntries(entries: readonly JournalEntry[]): string {
  const written = entries.map(writeEntry);
  const text = JSON.stringify(written);
  return REFUSED.test(text) ? JSON.stringify(written, replaceRefused) : text;
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
    case "room-destroyed":
      return { ...entry, destroyed: named(rows.DESTROYED_COLUMNS, rows.writeDestroyedRoom(entry.destroyed)) };
    case "message-archived":
      return isExtra(entry.message)
        ? {
            ...entry,
            kind: "extra-archived",
            message: named(rows.EXTRA_COLUMNS, rows.writeExtra(entry.message)),
          }
        : { ...entry, message: writeMessage(entry.message) };
    default:
      return entry;
  }
}

/** Adds the terms of a public room (room-terms.ts). */
function indexed<T extends Pick<RoomRecord, "node" | "config" | "locked">>(room: T): T & { terms?: string } {
  const terms = roomTerms(room.node, room.config, room.locked);
  return terms ? { ...room, terms: terms.join(" ") } : room;
}

function writeMessage(message: ArchivedMessage): object {
  const columns = named(rows.MESSAGE_COLUMNS, rows.writeMessage(message));
  return message.text === undefined ? columns : { ...columns, search_terms: searchTerms(message.text) };
}

function named(columns: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(columns.map((column, index) => [column, values[index]]));
}
