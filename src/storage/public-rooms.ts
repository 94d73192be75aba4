// The public list in memory, kept up by what is committed, so that no search reads the store.
import type { JournalEntry } from "../muc/model/journal.ts";
import {
  type Awaitable,
  type ListedRoom,
  type ListQuery,
  type Records,
  whenReady,
} from "../muc/model/records.ts";
import type { Store } from "./store.ts";

/** Rooms that are read at a time when the list is made. */
const PORTION = 500;
/** Longer names and descriptions are cut; in UTF-16 units. */
const LONGEST_NAME = 2_000;
const LONGEST_DESCRIPTION = 1_000;

/** How many occupants a room has that is in memory; undefined where it is not, and so nobody has entered it. */
type CountOccupants = (node: string) => number | undefined;

/** One of the rooms; `users` is what is so when it is read. */
class PublicRoom implements ListedRoom {
  readonly node: string;
  config: ListedRoom["config"];
  /** What was stored when the list was made, until anybody enters or leaves. */
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

/** Public rooms that are configured, in the order of their nodes. */
export class PublicRooms implements Pick<Records, "listRooms" | "countListed"> {
  readonly #count: CountOccupants;
  readonly #rooms = new Map<string, PublicRoom>();
  readonly #nodes: string[] = [];

  constructor(count: CountOccupants) {
    this.#count = count;
  }

  /** Takes rooms in; one that is listed already is replaced. */
  add(rooms: readonly ListedRoom[]): void {
    for (const { node, config, users } of rooms) {
      if (!this.#rooms.has(node)) this.#nodes.splice(this.#placeOf(node), 0, node);
      this.#rooms.set(node, new PublicRoom({ node, config: briefly(config), users }, this.#count));
    }
  }

  /** Takes notice of what is kept now. */
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
          // The room is in memory, and will not be let go of before it is empty.
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

  /** How many nodes are before this one. */
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

/** What the list says of a room, so that nothing else of its configuration is held. */
function briefly(config: ListedRoom["config"]): ListedRoom["config"] {
  const { language, membersOnly, passwordProtected, whois } = config;
  const name = cut(config.name, LONGEST_NAME);
  const description = cut(config.description, LONGEST_DESCRIPTION);
  return { name, description, language, membersOnly, passwordProtected, whois };
}

/** A text that is cut is copied, as a slice would hold all of it. */
const cut = (text: string, length: number): string =>
  text.length <= length ? text : Buffer.from(text.slice(0, length).toWellFormed()).toString();

/** The public rooms of a store; `count` as above. */
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

/** What is committed to a store, and what rules read from it, with the public list from memory. */
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

  /** Comes later, so that others have their turn while all rooms are gone through in portions. */
  async listRooms(query: ListQuery): Promise<ListedRoom[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.#rooms.listRooms(query);
  }

  countListed(before?: string): number {
    return this.#rooms.countListed(before);
  }
}
