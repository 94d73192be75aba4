import type { JournalEntry, MovedRoom, RoomRecord } from "../muc/journal.ts";

/** Where persistent rooms are kept. `commit` is all or nothing, and durable when it returns. */
export interface Store {
  /** Every stored room, complete with affiliations, for the start of the service. */
  loadRooms(): RoomRecord[];
  /** Where destroyed rooms moved to, also for the start. */
  loadMovedRooms(): MovedRoom[];
  /** Writes all entries in one transaction; throws `StorageError` where that is impossible (nothing is written then). */
  commit(entries: readonly JournalEntry[]): void;
  close(): void;
}

/** A storage fault in words an operator can act on. */
export class StorageError extends Error {
  override name = "StorageError";
}
