import type { ArchivePage, ArchiveQuery } from "./archive-query.ts";
import type { RoomConfig } from "./room-config.ts";

/** What is kept on this machine comes at once, what is kept elsewhere later. */
export type Awaitable<T> = T | Promise<T>;

/** Goes on with a value when it is there: at once, if it is. */
export function whenReady<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** A room of the public list. */
export interface ListedRoom {
  readonly node: string;
  readonly config: Pick<
    RoomConfig,
    "name" | "description" | "language" | "membersOnly" | "passwordProtected" | "whois"
  >;
  /** How many occupants it has. */
  readonly users: number;
}

/** A room of the whole list. */
export interface KeptRoom extends ListedRoom {
  readonly config: RoomConfig;
  /** Until its creator has configured it. */
  readonly locked: boolean;
  /** How many clients its occupants have. */
  readonly sessions: number;
}

/** Which part of the public list, in the order of nodes: after a node, before one (the nearest to it), or from an index on. */
export interface ListQuery {
  readonly after?: string;
  readonly before?: string;
  readonly index?: number;
  readonly max: number;
}

/** What can be read of what is kept. */
export interface Records {
  /** One page of a room's archive; undefined where an id that the query names is not in it. */
  readArchive(node: string, query: ArchiveQuery): Awaitable<ArchivePage | undefined>;
  /**
   * How many messages of a room's archive match, whatever the page is; undefined where they are more than `most` and
   * would have to be counted, or where an id that the query names is not in it.
   */
  countArchive(node: string, query: ArchiveQuery, most: number): Awaitable<number | undefined>;
  /** Public rooms that are configured. */
  listRooms(query: ListQuery): Awaitable<ListedRoom[]>;
  /** The number of public rooms, or of those before a node. */
  countListed(before?: string): Awaitable<number>;
  /** All rooms, hidden and locked ones too, in the order of nodes from after that node on ("" for the first). */
  allRooms(after: string, max: number): Awaitable<KeptRoom[]>;
}
