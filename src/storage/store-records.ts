// The records as the rules read them: what the store has, and who is in the rooms now.
import type { JournalEntry } from "../muc/model/journal.ts";
import type { Awaitable, ListedRoom, ListQuery, Records } from "../muc/model/records.ts";
import type { Store } from "./store.ts";

/** Counts the occupants of a room that is in memory; undefined if it is not in memory. */
type CountOccupants = (node: string) => number | undefined;

/** Commits to a store and reads from it. Counts the occupants of rooms in memory there. */
export class StoreRecords implements Records, Pick<Store, "commit"> {
  readonly #store: Store;
  readonly #count: CountOccupants;

  constructor(store: Store, count: CountOccupants) {
    this.#store = store;
    this.#count = count;
  }

  commit = (entries: readonly JournalEntry[]): Awaitable<void> => this.#store.commit(entries);
  readArchive: Records["readArchive"] = (node, query) => this.#store.readArchive(node, query);
  countArchive: Records["countArchive"] = (node, query, most) => this.#store.countArchive(node, query, most);
  allRooms: Records["allRooms"] = (after, max) => this.#store.allRooms(after, max);
  countListed: Records["countListed"] = (before) => this.#store.countListed(before);

  /** Answers in a later task, so that a client that pages through all rooms does not hold up others. */
  async listRooms(query: ListQuery): Promise<ListedRoom[]> {
    await new Promise((resolve) => setImmediate(resolve));
    const rooms = await this.#store.listRooms(query);
    return rooms.map((room) => ({ ...room, users: this.#count(room.node) ?? room.users }));
  }
}
