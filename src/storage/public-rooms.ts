// The list of public rooms in memory. Commits update it, so that no search reads the store.
import type { JournalEntry } from "../muc/model/journal.ts";
import {
  type Awaitable,
  type ListedRoom,
  type ListQuery,
  type Records,
  whenReady,
} from "../muc/model/records.ts";
import type { Store } from "./store.ts";

/** Rooms that are read at a time when the list is loaded. */
const PORTION = 500;
/** The longest name and description in the list, in UTF-16 units. Longer ones are cut. */
const LONGEST_NAME = 2_000;
const LONGEST_DESCRIPTION = 1_000;

/** Counts the occupants of a room that is in memory; undefined if it is not in memory. */
type CountOccupants = (node: string) => number | undefined;

/** A listed room. `users` is counted when it is read. */
class PublicRoom implements ListedRoom {
  readonly node: string;
  config: ListedRoom["config"];
  /** The number of occupants in the store when the list was loaded; 0 after the first entry or departure. */
  storedUsers: number;
  readonly #count: CountOccupants;

  constructor({ node, config, users }: ListedRoom, count: CountOccupants) {
    this.node = node;
    this.config = config;
    this.storedUsers = users;
    this.#count = count;
  }

  get users(): number {
    return this.#count(this.node) ?? this.storedUsers;
  }
}

/** Public rooms that are not locked, in the order of their nodes. */
export class PublicRooms implements Pick<Records, "listRooms" | "countListed"> {
  readonly #count: CountOccupants;
  readonly #rooms = new Map<string, PublicRoom>();
  readonly #nodes: string[] = [];

  constructor(count: CountOccupants) {
    this.#count = count;
  }

  /** Adds rooms, or replaces them. */
  add(rooms: readonly ListedRoom[]): void {
    for (const { node, config, users } of rooms) {
      if (!this.#rooms.has(node)) this.#nodes.splice(this.#placeOf(node), 0, node);
      this.#rooms.set(node, new PublicRoom({ node, config: briefly(config), users }, this.#count));
    }
  }

  /** Updates the list after a commit. */
  apply(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      switch (entry.kind) {
        case "room-stored": {
          const { node, config, locked, sessions } = entry.room;
          this.#change(node, config, locked, new Set(sessions.map(({ nick }) => nick)).size);
          break;
        }
        case "config-changed":
          this.#change(entry.node, entry.config, entry.locked, this.#rooms.get(entry.node)?.storedUsers ?? 0);
          break;
        case "room-removed":
          this.#remove(entry.node);
          break;
        case "session-stored":
        case "session-removed": {
          // The room is in memory, and stays there until it is empty.
          const room = this.#rooms.get(entry.node);
          if (room) room.storedUsers = 0;
        }
      }
    }
  }

  listRooms({ after, before, index, max }: ListQuery): ListedRoom[] {
    if (before !== undefined) {
      const end = this.#placeOf(before);
      return this.#slice(Math.max(0, end - max), end);
    }
    const start = (after === undefined || after === "" ? 0 : this.#placeBehind(after)) + (index ?? 0);
    return this.#slice(start, start + max);
  }

  countListed(before?: string): number {
    return before === undefined ? this.#nodes.length : this.#placeOf(before);
  }

  #slice(start: number, end: number): ListedRoom[] {
    return this.#nodes.slice(start, end).flatMap((node) => this.#rooms.get(node) ?? []);
  }

  #change(node: string, config: FullConfig, locked: boolean, users: number): void {
    if (locked || !config.public) this.#remove(node);
    else this.add([{ node, config, users }]);
  }

  #remove(node: string): void {
    if (this.#rooms.delete(node)) this.#nodes.splice(this.#placeOf(node), 1);
  }

  /** Counts the nodes before this one. */
  #placeOf(node: string): number {
    let [low, high] = [0, this.#nodes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (String(this.#nodes[middle]) < node) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #placeBehind(node: string): number {
    const place = this.#placeOf(node);
    return this.#nodes[place] === node ? place + 1 : place;
  }
}

type FullConfig = ListedRoom["config"] & { readonly public: boolean };

/** Keeps only the fields of a configuration that the list shows. */
function briefly(config: ListedRoom["config"]): ListedRoom["config"] {
  const { language, membersOnly, passwordProtected, whois } = config;
  const name = cut(config.name, LONGEST_NAME);
  const description = cut(config.description, LONGEST_DESCRIPTION);
  return { name, description, language, membersOnly, passwordProtected, whois };
}

/** Cuts a text and copies it: a slice would keep the whole text in memory. */
const cut = (text: string, length: number): string =>
  text.length <= length ? text : Buffer.from(text.slice(0, length).toWellFormed()).toString();

/** Loads the list of public rooms from a store. */
export async function loadPublicRooms(store: Store, count: CountOccupants): Promise<PublicRooms> {
  const rooms = new PublicRooms(count);
  for (let after = ""; ; ) {
    const portion = await store.publicRooms(after, PORTION);
    rooms.add(portion);
    const last = portion.at(-1);
    if (last === undefined || portion.length < PORTION) return rooms;
    after = last.node;
  }
}

/** Commits to a store and reads from it, with the list of public rooms from memory. */
export class StoreRecords implements Records, Pick<Store, "commit"> {
  readonly #store: Store;
  readonly #rooms: PublicRooms;

  constructor(store: Store, rooms: PublicRooms) {
    this.#store = store;
    this.#rooms = rooms;
  }

  commit(entries: readonly JournalEntry[]): Awaitable<void> {
    return whenReady(this.#store.commit(entries), () => this.#rooms.apply(entries));
  }

  readArchive: Records["readArchive"] = (node, query) => this.#store.readArchive(node, query);
  countArchive: Records["countArchive"] = (node, query, most) => this.#store.countArchive(node, query, most);
  allRooms: Records["allRooms"] = (after, max) => this.#store.allRooms(after, max);

  /** Answers in a later task, so that a client that pages through all rooms does not hold up others. */
  async listRooms(query: ListQuery): Promise<ListedRoom[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.#rooms.listRooms(query);
  }

  countListed(before?: string): number {
    return this.#rooms.countListed(before);
  }
}
