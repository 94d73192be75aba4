import type { ArchiveLimits } from "../muc/archive/archive-limits.ts";
import type { StoredAct } from "../muc/model/act.ts";
import type { ArchivedMessage, DestroyedRoom, JournalEntry, RoomRecord } from "../muc/model/journal.ts";
import type { Awaitable, Records } from "../muc/model/records.ts";
import type { AccountTable } from "./account-table.ts";
import type { ApiTable } from "./api-table.ts";
import type { BlocklistTable } from "./blocklist-table.ts";
import type { WebhookTable } from "./webhook-table.ts";

/**
 * Keeps rooms. A commit is atomic, and durable when it is done. Commits are done in order, and later reads see them. All
 * methods throw, or reject with, `StorageError`.
 */
export interface Store
  extends Omit<Records, "occupiedListed">,
    AccountTable,
    ApiTable,
    BlocklistTable,
    WebhookTable {
  commit(entries: readonly JournalEntry[]): Awaitable<void>;
  /** Reads a room without its archive; undefined if no room is stored under that node. */
  loadRoom(node: string): Awaitable<RoomRecord | undefined>;
  /** Reads records of acts with a higher id, in the order of ids; of one room, if `node` is given. */
  actsAfter(id: number, max: number, node?: string): Awaitable<StoredAct[]>;
  /** Removes some of the oldest acts, up to `most`, that are older than `before` (milliseconds since 1970). Returns their number. */
  removeActs(before: number, most: number): Awaitable<number>;
  /** Reads the destroyed rooms whose names are reserved. */
  loadDestroyedRooms(): Awaitable<DestroyedRoom[]>;
  /** Reads the latest messages of a room's discussion, oldest first. */
  latestDiscussion(node: string, count: number): Awaitable<ArchivedMessage[]>;
  /** Reads the nodes of rooms that have occupants. */
  occupiedRooms(): Awaitable<string[]>;
  /** Reads nodes of rooms in order, beginning after a node. */
  nodes(after: string | undefined, count: number): Awaitable<string[]>;
  /** Reads nodes of rooms in which reports or held messages wait for a moderator, in order, beginning after a node. */
  waitingRooms(after: string, count: number): Awaitable<string[]>;
  /** Reads nodes of rooms whose configuration names a group that shares bans, in order, beginning after a node. */
  roomsInBanGroups(after: string, count: number): Awaitable<string[]>;
  countRooms(): Awaitable<number>;
  /** Counts the rooms that users of each domain have created, as far as their creators are known. */
  countRoomsByDomain(): Awaitable<ReadonlyMap<string, number>>;
  /** Counts all messages in the archives of rooms. */
  countMessages(): Awaitable<number>;
  /**
   * Takes one step through the archives: removes messages of rooms that no longer exist, and of every other room the
   * oldest beyond its limits or those of the service. The next round removes messages that are locked now.
   */
  removeMessages(limits: RetentionLimits, work: RetentionWork): Awaitable<RetentionStep>;
  /**
   * Copies all that is committed now, and possibly later commits, into an empty file. PostgreSQL has its own tools
   * instead.
   */
  backup?(path: string): Promise<void>;
  close(): Awaitable<void>;
}

/** The limits of the service. */
export interface RetentionLimits extends ArchiveLimits {
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The limits of a step. */
export interface RetentionWork {
  /** The number of the archive after which the step begins; 0 for the first one. */
  readonly after: number;
  /** Maximum number of archives to read, and of messages to remove. */
  readonly archives: number;
  readonly messages: number;
  /** Time after which the step ends. It has looked at an archive, or removed some messages, by then. */
  readonly milliseconds: number;
}

export interface RetentionStep {
  readonly removed: number;
  /** The `after` of the next step; undefined after the last archive. */
  readonly after: number | undefined;
}

/** An error of the storage, in words that an operator can act on. */
export class StorageError extends Error {
  override name = "StorageError";
}
