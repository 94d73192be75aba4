// The records as the rules read them: what the store has, and who is in the rooms now.
import type { JournalEntry } from "../muc/model/journal.ts";
import type { Awaitable, ListedRoom, ListQuery, Records } from "../muc/model/records.ts";
import type { Store } from "./store.ts";

/** The rooms in memory, which include all with occupants soon after a start. */
export interface RoomsInMemory {
  /** Counts the occupants of a room; undefined if it is not in memory. */
  users(node: string): number | undefined;
  /** Returns the public rooms that have occupants. */
  listed(): ListedRoom[];
}

/** Commits to a store and reads from it. Counts the occupants of rooms in memory there. */
export class StoreRecords implements Records, Pick<Store, "commit"> {
  readonly #store: Store;
  readonly #memory: RoomsInMemory;

  constructor(store: Store, memory: RoomsInMemory) {
    this.#store = store;
    this.#memory = memory;
  }

  commit = (entries: readonly JournalEntry[]): Awaitable<void> => this.#store.commit(entries);
  readArchive: Records["readArchive"] = (node, query) => this.#store.readArchive(node, query);
  countArchive: Records["countArchive"] = (node, query, most) => this.#store.countArchive(node, query, most);
  allRooms: Records["allRooms"] = (after, max) => this.#store.allRooms(after, max);
  countListed: Records["countListed"] = (before) => this.#store.countListed(before);

  /** Answers in a later task, so that a client that pages through all rooms does not hold up others. */
  async listRooms(query: ListQuery): Promise<ListedRoom[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.#counted(await this.#store.listRooms(query));
  }

  async findRooms(words: readonly string[], most: number): Promise<ListedRoom[] | undefined> {
    const rooms = await this.#store.findRooms(words, most);
    return rooms && this.#counted(rooms);
  }

  occupiedListed(): ListedRoom[] {
    return this.#memory.listed();
  }

  #counted(rooms: readonly ListedRoom[]): ListedRoom[] {
    return rooms.map((room) => ({ ...room, users: this.#memory.users(room.node) ?? room.users }));
  }
}
