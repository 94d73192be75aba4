import type { ArchivePage, ArchiveQuery } from "../muc/archive-query.ts";
import type { ArchivedMessage, JournalEntry, MovedRoom, RoomRecord } from "../muc/journal.ts";

/** A store on this machine answers at once, one elsewhere later. */
export type Awaitable<T> = T | Promise<T>;

/** A room of the public list. */
export interface ListedRoom {
  readonly node: string;
  readonly name: string;
}

/**
 * Where rooms are kept. A commit is all or nothing, and durable when it is done; commits are done in the order
 * in which they were asked for, and what is read afterwards shows them. Everything throws, or rejects with,
 * `StorageError`.
 */
export interface Store {
  commit(entries: readonly JournalEntry[]): Awaitable<void>;
  /** A room, complete but for its archive; undefined where none is stored under that node. */
  loadRoom(node: string): Awaitable<RoomRecord | undefined>;
  /** Where destroyed rooms moved to, for the start. */
  loadMovedRooms(): Awaitable<MovedRoom[]>;
  /** The latest messages of a room's discussion, oldest first. */
  latestDiscussion(node: string, count: number): Awaitable<ArchivedMessage[]>;
  /** One page of a room's archive; undefined where an id that the query names is not in it. */
  readArchive(node: string, query: ArchiveQuery): Awaitable<ArchivePage | undefined>;
  /** The nodes of rooms with somebody in them. */
  occupiedRooms(): Awaitable<string[]>;
  /** Public rooms in the order of their nodes, from after that node on. */
  listRooms(after: string | undefined, count: number): Awaitable<ListedRoom[]>;
  /** The nodes of all rooms in their order, from after that node on. */
  nodes(after: string | undefined, count: number): Awaitable<string[]>;
  countRooms(): Awaitable<number>;
  /**
   * Removes at most `count` messages that nobody may ask for any more: of rooms that are no more, and of every
   * room those beyond its number of messages or from before `oldest` (milliseconds since 1970). Returns how many.
   */
  removeMessages(limits: RetentionLimits, count: number): Awaitable<number>;
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
