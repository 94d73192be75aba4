// The records as the rules read them: what the store has, and who is in the rooms now.
import type { JournalEntry } from "../muc/model/journal.ts";
import type { Awaitable, ListedRoom, ListQuery, PublicRoom, Records } from "../muc/model/records.ts";
import { StorageError, type Store } from "./store.ts";

/** The rooms in memory, which include all with occupants soon after a start. */
export interface RoomsInMemory {
  /** Counts the occupants of a room; undefined if it is not in memory. */
  users(node: string): number | undefined;
  /** Returns the public rooms that have occupants. */
  listed(): ListedRoom[];
}

/** The rooms of a store that several processes use at once. */
export interface SharedRooms {
  /** Returns true for rooms that this process serves. */
  owns(node: string): boolean;
  /** Reads the public rooms of all processes that have occupants. */
  occupiedListed(): Promise<ListedRoom[]>;
}

/** Commits to a store and reads from it. Counts the occupants of rooms in memory there. */
export class StoreRecords implements Records, Pick<Store, "commit"> {
  readonly #store: Store;
  readonly #memory: RoomsInMemory;
  readonly #shared: SharedRooms | undefined;

  constructor(store: Store, memory: RoomsInMemory, shared?: SharedRooms) {
    this.#store = store;
    this.#memory = memory;
    this.#shared = shared;
  }

  /** Throws `StorageError` for a change of a room that another process serves: it comes from a fault of this one. */
  commit(entries: readonly JournalEntry[]): Awaitable<void> {
    const isForeign = (node: string): boolean => node !== "" && this.#shared?.owns(node) === false;
    const foreign = entries.map(nodeOf).find(isForeign);
    if (foreign !== undefined)
      throw new StorageError(`a change of the room ${foreign}, which another node serves`);
    return this.#store.commit(entries);
  }

  readArchive: Records["readArchive"] = (node, query) => this.#store.readArchive(node, query);
  countArchive: Records["countArchive"] = (node, query, most) => this.#store.countArchive(node, query, most);
  allRooms: Records["allRooms"] = (after, max) => this.#store.allRooms(after, max);
  readActs: Records["readActs"] = (query) => this.#store.readActs(query);
  countListed: Records["countListed"] = (before) => this.#store.countListed(before);

  /** Answers in a later task, so that a client that pages through all rooms does not hold up others. */
  async listRooms(query: ListQuery): Promise<ListedRoom[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.#counted(await this.#store.listRooms(query));
  }

  async publicRoom(node: string): Promise<PublicRoom | undefined> {
    const room = await this.#store.publicRoom(node);
    return room && { ...room, users: this.#memory.users(node) ?? room.users };
  }

  async findRooms(words: readonly string[], most: number): Promise<ListedRoom[] | undefined> {
    const rooms = await this.#store.findRooms(words, most);
    return rooms && this.#counted(rooms);
  }

  occupiedListed(): Awaitable<ListedRoom[]> {
    return this.#shared?.occupiedListed() ?? this.#memory.listed();
  }

  #counted(rooms: readonly ListedRoom[]): ListedRoom[] {
    return rooms.map((room) => ({ ...room, users: this.#memory.users(room.node) ?? room.users }));
  }
}

/** Returns the node of the room that an entry concerns; empty for none. */
function nodeOf(entry: JournalEntry): string {
  switch (entry.kind) {
    case "room-stored":
      return entry.room.node;
    case "room-destroyed":
      return entry.destroyed.node;
    case "webhook-stored":
    case "webhook-removed":
    case "event-queued":
      return "";
    default:
      return entry.node;
  }
}
