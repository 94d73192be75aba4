// Applies journal entries to an SQLite database, in a transaction of the caller.
import {
  type ArchivedMessage,
  isExtra,
  type JournalEntry,
  type RoomRecord,
} from "../../muc/model/journal.ts";
import * as rows from "../rows.ts";
import { StorageError } from "../store.ts";
import type { Statements } from "./statements.ts";

/** Applies an entry. Throws `StorageError` for a change of a room that is not stored, and SQLite's errors. */
export function applyEntry(statements: Statements, entry: JournalEntry): void {
  switch (entry.kind) {
    case "room-stored":
      storeRoom(statements, entry.room);
      break;
    case "room-removed":
      statements.removeRoom.run(entry.node);
      break;
    case "room-destroyed":
      statements.setDestroyedRoom.run(...rows.writeDestroyedRoom(entry.destroyed));
      break;
    case "destroyed-room-forgotten":
      statements.removeDestroyedRoom.run(entry.node);
      break;
    default:
      changeRoom(statements, numberOf(statements, entry.node), entry);
  }
}

/** An entry that changes a stored room. */
type RoomChange = Exclude<
  JournalEntry,
  { kind: "room-stored" | "room-removed" | "room-destroyed" | "destroyed-room-forgotten" }
>;

function storeRoom(statements: Statements, record: RoomRecord): void {
  const { node, config, locked, subject, affiliations, notes, sessions } = record;
  statements.removeRoom.run(node);
  const { lastInsertRowid } = statements.storeRoom.run(
    node,
    JSON.stringify(config),
    Number(locked),
    rows.writeSubject(subject),
  );
  const change = (entry: RoomChange): void => changeRoom(statements, Number(lastInsertRowid), entry);
  for (const each of affiliations) change({ kind: "affiliation-changed", node, record: each });
  for (const [name, text] of notes) change({ kind: "note-changed", node, name, text });
  for (const session of sessions) change({ kind: "session-stored", node, session });
}

function changeRoom(statements: Statements, room: number, entry: RoomChange): void {
  switch (entry.kind) {
    case "config-changed":
      statements.setConfig.run(JSON.stringify(entry.config), Number(entry.locked), room);
      break;
    case "subject-changed":
      statements.setSubject.run(rows.writeSubject(entry.subject), room);
      break;
    case "affiliation-changed": {
      const { jid, affiliation, reason, nick } = entry.record;
      if (affiliation === "none") statements.removeAffiliation.run(room, jid);
      else statements.setAffiliation.run(room, jid, affiliation, reason ?? null, nick ?? null);
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
      addMessage(statements, room, entry.message);
      break;
    case "private-retracted":
      statements.retractPrivate.run(entry.payload, room, entry.to, entry.author, entry.id);
      break;
    case "message-retracted":
      statements.retractMessage.run(entry.payload, room, entry.stanzaId);
  }
}

function addMessage(
  { addMessage, addExtra, nextPosition }: Statements,
  room: number,
  message: ArchivedMessage,
): void {
  if (isExtra(message)) addExtra.run(Number(nextPosition.get()?.position), room, ...rows.writeExtra(message));
  else addMessage.run(room, ...rows.writeMessage(message));
}

/** Throws for a room that is not stored: the change would be lost, which is a fault of the program. */
function numberOf({ findNumber }: Statements, node: string): number {
  const room = findNumber.get(node);
  if (!room) throw new StorageError(`a change of the room ${JSON.stringify(node)}, which is not stored`);
  return Number(room.id);
}
