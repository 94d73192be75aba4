import type { ArchivedMessage, JournalEntry, MovedRoom, RoomRecord } from "../muc/journal.ts";
import type { Awaitable, Records } from "../muc/records.ts";

/**
 * Where rooms are kept. A commit is all or nothing, and durable when it is done; commits are done in the order
 * in which they were asked for, and what is read afterwards shows them. Everything throws, or rejects with,
 * `StorageError`.
 */
export interface Store extends Records {
  commit(entries: readonly JournalEntry[]): Awaitable<void>;
  /** A room, complete but for its archive; undefined where none is stored under that node. */
  loadRoom(node: string): Awaitable<RoomRecord | undefined>;
  /** Where destroyed rooms moved to, for the start. */
  loadMovedRooms(): Awaitable<MovedRoom[]>;
  /** The latest messages of a room's discussion, oldest first. */
  latestDiscussion(node: string, count: number): Awaitable<ArchivedMessage[]>;
  /** The nodes of rooms with somebody in them. */
  occupiedRooms(): Awaitable<string[]>;
  /** The nodes of all rooms in their order, from after that node on. */
  nodes(after: string | undefined, count: number): Awaitable<string[]>;
  countRooms(): Awaitable<number>;
  /** The number of all messages in the archives of rooms; takes time where they are many. */
  countMessages(): Awaitable<number>;
  /**
   * Removes at most `count` messages that nobody may ask for any more: of rooms that are no more, and of every
   * room those beyond its number of messages or from before `oldest` (milliseconds since 1970). Returns how many.
   */
  removeMessages(limits: RetentionLimits, count: number): Awaitable<number>;
  /**
   * Writes a copy with everything that is committed now, and perhaps with what is committed meanwhile, into an empty
   * file; where the store has no such thing, its database has its own tools.
   */
  backup?(path: string): Promise<void>;
  close(): Awaitable<void>;
}

export interface RetentionLimits {
  /** Most messages kept of a room. */
  readonly messages: number;
  /** Milliseconds since 1970. */
  readonly oldest: number;
}

/** A storage fault in words an operator can act on. */
export class StorageError extends Error {
  override name = "StorageError";
}
