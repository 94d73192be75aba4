import type { ActQuery, StoredAct } from "./act.ts";
import type { ArchivePage, ArchiveQuery } from "./archive-query.ts";
import type { RoomConfig } from "./room-config.ts";
import type { Subject } from "./subject.ts";

/** A value, or a promise of it: a local store answers at once, a remote one later. */
export type Awaitable<T> = T | Promise<T>;

/** Passes a value to `next`: at once if it is available, else when its promise resolves. */
export function whenReady<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** A room in the public list. */
export interface ListedRoom {
  readonly node: string;
  readonly config: Pick<
    RoomConfig,
    "name" | "description" | "language" | "membersOnly" | "passwordProtected" | "whois"
  >;
  /** Number of occupants. */
  readonly users: number;
}

/** A public room as strangers see it. */
export interface PublicRoom extends ListedRoom {
  readonly config: RoomConfig;
  readonly subject: Subject | undefined;
  /** Text of its note on the public log (archive/public-log.ts), if there is one. */
  readonly logNote: string | undefined;
}

/** A room in the list of all rooms. */
export interface StoredRoom extends ListedRoom {
  readonly config: RoomConfig;
  /** True until the creator has configured the room. */
  readonly locked: boolean;
  /** Number of the occupants' clients. */
  readonly sessions: number;
  /** Day on which the room became empty, in milliseconds since 1970, if it is known. */
  readonly lastUse?: number | undefined;
}

/**
 * A page of the public list, in the order of nodes: the rooms after a node, the nearest ones before a node, or those
 * from an index on.
 */
export interface ListQuery {
  readonly after?: string;
  readonly before?: string;
  readonly index?: number;
  readonly max: number;
}

/** Reads the stored rooms and archives. */
export interface Records {
  /** Reads one page of a room's archive; undefined if an id in the query is not in the archive. */
  readArchive(node: string, query: ArchiveQuery): Awaitable<ArchivePage | undefined>;
  /**
   * Returns the number of all messages that match, regardless of pages. Returns undefined if an id in the query is not
   * in the archive, or if the number is not known and counting would pass `max`.
   */
  countArchive(node: string, query: ArchiveQuery, max: number): Awaitable<number | undefined>;
  /** Reads a page of the public rooms, without locked ones. */
  listRooms(query: ListQuery): Awaitable<ListedRoom[]>;
  /** Returns the number of public rooms, or of those before a node. */
  countListed(before?: string): Awaitable<number>;
  /**
   * Reads the public rooms that have each of the words (`comparedText`) in name, description or node, in the order of
   * nodes. Undefined if they are more than `most`, or too many may be.
   */
  findRooms(words: readonly string[], most: number): Awaitable<ListedRoom[] | undefined>;
  /** Reads a public room; undefined if there is none of that node, or if it is hidden, locked or damaged. */
  publicRoom(node: string): Awaitable<PublicRoom | undefined>;
  /** Reads the public rooms that have occupants. */
  occupiedListed(): Awaitable<ListedRoom[]>;
  /** Reads the rooms after a node ("" for the first page), in the order of nodes; includes hidden and locked rooms. */
  allRooms(after: string, max: number): Awaitable<StoredRoom[]>;
  /** Reads a page of the records of acts, newest first. */
  readActs(query: ActQuery): Awaitable<StoredAct[]>;
}
