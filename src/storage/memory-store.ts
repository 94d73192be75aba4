import type { AffiliationRecord, JournalEntry, MovedRoom, RoomRecord } from "../muc/journal.ts";
import { StorageError, type Store } from "./store.ts";

/** Keeps rooms as long as the process runs, by the same rules as a database. */
export class MemoryStore implements Store {
  #rooms = new Map<string, RoomRecord>();
  #moved = new Map<string, MovedRoom>();

  loadRooms(): RoomRecord[] {
    return [...this.#rooms.values()];
  }

  loadMovedRooms(): MovedRoom[] {
    return [...this.#moved.values()];
  }

  commit(entries: readonly JournalEntry[]): void {
    const rooms = new Map(this.#rooms);
    const moved = new Map(this.#moved);
    for (const entry of entries) {
      if (entry.kind === "room-moved") moved.set(entry.moved.node, entry.moved);
      else if (entry.kind === "move-forgotten") moved.delete(entry.node);
      else apply(rooms, entry);
    }
    this.#rooms = rooms;
    this.#moved = moved;
  }

  close(): void {}
}

type RoomEntry = Exclude<JournalEntry, { kind: "room-moved" | "move-forgotten" }>;

function apply(rooms: Map<string, RoomRecord>, entry: RoomEntry): void {
  if (entry.kind === "room-stored") {
    const affiliations = entry.room.affiliations.filter(({ affiliation }) => affiliation !== "none");
    rooms.set(entry.room.node, { ...entry.room, affiliations });
    return;
  }
  if (entry.kind === "room-removed") {
    rooms.delete(entry.node);
    return;
  }
  const room = rooms.get(entry.node);
  if (!room)
    throw new StorageError(`a change of the room ${JSON.stringify(entry.node)}, which is not stored`);
  switch (entry.kind) {
    case "config-changed":
      rooms.set(entry.node, { ...room, config: entry.config });
      break;
    case "subject-changed":
      rooms.set(entry.node, { ...room, subject: entry.subject });
      break;
    case "affiliation-changed":
      rooms.set(entry.node, { ...room, affiliations: withRecord(room.affiliations, entry.record) });
      break;
    case "note-changed":
      rooms.set(entry.node, { ...room, notes: withNote(room.notes, entry.name, entry.text) });
  }
}

function withRecord(records: readonly AffiliationRecord[], record: AffiliationRecord): AffiliationRecord[] {
  const others = records.filter(({ jid }) => jid !== record.jid);
  return record.affiliation === "none" ? others : [...others, record];
}

function withNote(
  notes: ReadonlyMap<string, string>,
  name: string,
  text: string | undefined,
): ReadonlyMap<string, string> {
  const changed = new Map(notes);
  if (text === undefined) changed.delete(name);
  else changed.set(name, text);
  return changed;
}
