import type { ArchiveLimits } from "../muc/archive/archive-limits.ts";
import type { ArchivedMessage, JournalEntry, MovedRoom, RoomRecord } from "../muc/model/journal.ts";
import type { Awaitable, ListedRoom, Records } from "../muc/model/records.ts";

/**
 * Where rooms are kept. A commit is all or nothing, and durable when it is done; commits are done in the order
 * in which they were asked for, and what is read afterwards shows them. Everything throws, or rejects with,
 * `StorageError`.
 */
export interface Store extends Omit<Records, "listRooms" | "countListed"> {
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
  /** Public rooms that are configured, in the order of nodes from after that node on ("" for the first). */
  publicRooms(after: string, max: number): Awaitable<ListedRoom[]>;
  countRooms(): Awaitable<number>;
  /** How many rooms users of each domain have made, as far as that is noted with the rooms. */
  countRoomsByDomain(): Awaitable<ReadonlyMap<string, number>>;
  /** The number of all messages in the archives of rooms; takes time where they are many. */
  countMessages(): Awaitable<number>;
  /**
   * One step through the archives: removes messages of rooms that are no more, and of every other room the oldest,
   * beyond its own limits or those given. Where it cannot remove something at once, the next round does.
   */
  removeMessages(limits: RetentionLimits, work: RetentionWork): Awaitable<RetentionStep>;
  /**
   * Writes a copy with everything that is committed now, and perhaps with what is committed meanwhile, into an empty
   * file; where the store has no such thing, its database has its own tools.
   */
  backup?(path: string): Promise<void>;
  close(): Awaitable<void>;
}

/** The limits of the service. */
export interface RetentionLimits extends ArchiveLimits {
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** How much is done in a step. */
export interface RetentionWork {
  /** The number of the archive after which it begins; 0 for the first one. */
  readonly after: number;
  /** The most that are looked at, and the most messages that are removed. */
  readonly archives: number;
  readonly messages: number;
}

export interface RetentionStep {
  readonly removed: number;
  /** Where the next step begins; undefined where all archives have been looked at. */
  readonly after: number | undefined;
}

/** A storage fault in words an operator can act on. */
export class StorageError extends Error {
  override name = "StorageError";
}
