// Bans that rooms share whose owners have named a group (docs/moderation.md). One list in the table of blocklists has an entry for
// each of these bans: hashes of the address, of the group (`Room.banGroup`) and of the room.
import type { Logger } from "pino";
import { banGroupNote, banGroupOf, isOwnership } from "../muc/model/ban-group.ts";
import type { AffiliationRecord, JournalEntry, RoomRecord } from "../muc/model/journal.ts";
import type { Awaitable } from "../muc/model/records.ts";
import type { BlocklistTable } from "../storage/blocklist-table.ts";
import { hashesOf, hashOfAddress } from "./list-items.ts";
import { MOST_HASHES, StoredList } from "./stored-list.ts";

/** Maximum number of bans that one room shares. */
export const MOST_OF_ROOM = 5_000;
/** Rooms whose names are read at a time. */
const PAGE = 500;
/** Characters of a hash. Entries have the same length whatever the names are. */
const HASH = 32;

/** What a room in memory shares. */
interface SharingRoom {
  readonly banGroup: string | undefined;
  readonly affiliations: ReadonlyMap<string, AffiliationRecord>;
}

export interface OwnerGroupsParts {
  readonly table: BlocklistTable;
  /** Returns a room that this process serves and has in memory. */
  roomOf(node: string): SharingRoom | undefined;
  isServiceAdmin(bareJid: string): boolean;
  loadRoom(node: string): Awaitable<RoomRecord | undefined>;
  roomsInBanGroups(after: string, count: number): Awaitable<string[]>;
  /** Called after each change of a group's bans. */
  changed(): void;
  readonly log: Logger;
}

const short = (hash: string): string => hash.slice(0, HASH);
const keyOf = (node: string): string => short(hashOfAddress(node));

/** The part of an entry that names the address and the group. */
const banOf = (hash: string, group: string): string => `${short(hash)} ${group}`;

const read = (entry: string) => ({
  ban: entry.slice(0, 2 * HASH + 1),
  group: entry.slice(HASH + 1, 2 * HASH + 1),
  room: entry.slice(2 * HASH + 2),
});

interface Group {
  bans: number;
  version: number;
}

export class OwnerGroups {
  readonly #parts: OwnerGroupsParts;
  readonly list: StoredList;
  /** Entries by room. */
  readonly #ofRoom = new Map<string, Set<string>>();
  /** Numbers of rooms by address and group. */
  readonly #rooms = new Map<string, number>();
  readonly #groups = new Map<string, Group>();
  /** The groups of rooms, by node, as this process has told the list. */
  readonly #told = new Map<string, string>();
  /** Rooms with more bans than they share, as the log says. */
  readonly #cut = new Set<string>();
  #changes = 0;
  #isFull = false;
  /** What is told to the list is written in order. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: OwnerGroupsParts) {
    this.#parts = parts;
    this.list = new StoredList("groups of owners", parts.table, parts.changed, (entry, isRemoved) =>
      this.#count(entry, isRemoved ? -1 : 1),
    );
  }

  /** Returns true if another room of a group bans an account or its domain. */
  bans(node: string, bareJid: string, group: string): boolean {
    if (!this.#groups.has(group)) return false;
    const own = keyOf(node);
    return hashesOf(bareJid).some((hash) => {
      const ban = banOf(hash, group);
      const isOwn = this.list.has(`${ban} ${own}`);
      return (this.#rooms.get(ban) ?? 0) > (isOwn ? 1 : 0);
    });
  }

  versionOf(group: string): number {
    return this.#groups.get(group)?.version ?? 0;
  }

  /** Takes changes of rooms that are about to be committed. */
  note(journal: readonly JournalEntry[]): void {
    const changed = new Map<string, Set<string>>();
    for (const entry of journal) {
      switch (entry.kind) {
        case "room-removed":
          this.#end(entry.node);
          break;
        case "room-renamed":
          this.#end(entry.node, entry.to);
          break;
        case "room-stored":
          this.#follow(entry.room.node);
          break;
        case "config-changed":
          this.#follow(entry.node);
          break;
        case "note-changed":
          if (entry.name === banGroupNote.name) this.#follow(entry.node);
          break;
        case "affiliation-changed":
          if (!this.#follow(entry.node)) break;
          changed.set(entry.node, (changed.get(entry.node) ?? new Set()).add(entry.record.jid));
          break;
      }
    }
    for (const [node, jids] of changed) this.#tellBans(node, jids);
  }

  /** Makes the list what the rooms say. Rejects with `StorageError`. */
  async compare(): Promise<void> {
    const before = new Set(this.#ofRoom.keys());
    for (let after: string | undefined = ""; after !== undefined; ) {
      const nodes: string[] = await this.#parts.roomsInBanGroups(after, PAGE);
      for (const node of nodes) {
        before.delete(keyOf(node));
        await this.#compareRoom(node);
      }
      after = nodes.length < PAGE ? undefined : nodes.at(-1);
    }
    for (const node of this.#told.keys()) before.delete(keyOf(node));
    for (const room of before) await this.#do(() => this.list.change([], this.#ofRoom.get(room) ?? []));
  }

  async #compareRoom(node: string): Promise<void> {
    if (this.#parts.roomOf(node)) return this.#tellAll(node);
    const known = [...(this.#ofRoom.get(keyOf(node)) ?? [])];
    const record = await this.#parts.loadRoom(node);
    // It has come into memory meanwhile.
    if (this.#parts.roomOf(node)) return this.#tellAll(node);
    if (!record) return;
    const affiliations = new Map(record.affiliations.map((each) => [each.jid, each]));
    const { isServiceAdmin } = this.#parts;
    const isOwner = (jid: string) => isServiceAdmin(jid) || isOwnership(affiliations.get(jid), Date.now());
    const entries = this.#entriesOf(node, { banGroup: banGroupOf(record, isOwner), affiliations });
    await this.#do(() =>
      this.list.change(
        entries,
        known.filter((entry) => !entries.has(entry)),
      ),
    );
  }

  /** Tells the list all bans of a room if its group is another one. Returns true if the list knows the group already. */
  #follow(node: string): boolean {
    const group = this.#parts.roomOf(node)?.banGroup;
    if (group === this.#told.get(node)) return group !== undefined;
    void this.#tellAll(node);
    // The room has other bans now, also if the list stays the same.
    this.#parts.changed();
    return false;
  }

  #tellAll(node: string): Promise<void> {
    const room = this.#parts.roomOf(node);
    if (room?.banGroup === undefined) this.#told.delete(node);
    else this.#told.set(node, room.banGroup);
    const entries = room ? this.#entriesOf(node, room) : new Set<string>();
    return this.#do(async () => {
      // Another process may have served the room before.
      await this.list.read();
      const present = this.#ofRoom.get(keyOf(node)) ?? [];
      const gone = [...present].filter((entry) => !entries.has(entry));
      return this.list.change(entries, gone);
    });
  }

  /** Tells the list which of some accounts a room bans now. */
  #tellBans(node: string, jids: Iterable<string>): void {
    const [group, affiliations] = [this.#told.get(node), this.#parts.roomOf(node)?.affiliations];
    if (group === undefined) return;
    const room = keyOf(node);
    const added: string[] = [];
    const removed: string[] = [];
    for (const jid of jids) {
      const isBanned = affiliations?.get(jid)?.affiliation === "outcast";
      (isBanned ? added : removed).push(`${banOf(hashOfAddress(jid), group)} ${room}`);
    }
    void this.#do(async () => {
      // Another process may have added them.
      if (removed.some((entry) => !this.list.has(entry))) await this.list.read();
      await this.list.change([], removed);
      const left = MOST_OF_ROOM - (this.#ofRoom.get(room)?.size ?? 0);
      const fresh = added.filter((entry) => !this.list.has(entry));
      if (fresh.length > left) this.#noteCut(node);
      return this.list.change(fresh.slice(0, Math.max(0, left)), []);
    });
  }

  #noteCut(node: string): void {
    if (!this.#cut.has(node)) this.#parts.log.warn({ room: node }, "a room has more bans than it shares");
    this.#cut.add(node);
  }

  /** Removes the bans of a room that ends, or gives them another name (`to`). */
  #end(node: string, to?: string): void {
    const group = this.#told.get(node);
    this.#told.delete(node);
    this.#cut.delete(node);
    if (to !== undefined && group !== undefined) this.#told.set(to, group);
    if (group === undefined && this.list.size === 0) return;
    const room = keyOf(node);
    if (group === undefined && !this.#ofRoom.has(room)) return;
    void this.#do(async () => {
      const entries = [...(this.#ofRoom.get(room) ?? [])];
      const moved = to === undefined ? [] : entries.map((entry) => `${read(entry).ban} ${keyOf(to)}`);
      return this.list.change(moved, entries);
    });
  }

  /** Returns the entries of a room's bans, as many as it shares. */
  #entriesOf(node: string, { banGroup, affiliations }: SharingRoom): Set<string> {
    const entries = new Set<string>();
    if (banGroup === undefined) return entries;
    const room = keyOf(node);
    for (const { jid, affiliation } of affiliations.values()) {
      if (affiliation !== "outcast") continue;
      if (entries.size === MOST_OF_ROOM) {
        this.#noteCut(node);
        break;
      }
      entries.add(`${banOf(hashOfAddress(jid), banGroup)} ${room}`);
    }
    return entries;
  }

  #count(entry: string, by: 1 | -1): void {
    const { ban, group, room } = read(entry);
    const entries = this.#ofRoom.get(room) ?? new Set();
    if (by === 1) this.#ofRoom.set(room, entries.add(entry));
    else if (entries.delete(entry) && entries.size === 0) this.#ofRoom.delete(room);
    const rooms = (this.#rooms.get(ban) ?? 0) + by;
    if (rooms > 0) this.#rooms.set(ban, rooms);
    else this.#rooms.delete(ban);
    const bans = (this.#groups.get(group)?.bans ?? 0) + by;
    this.#changes += 1;
    if (bans > 0) this.#groups.set(group, { bans, version: this.#changes });
    else this.#groups.delete(group);
  }

  /** Does what changes the list, in turn. Never rejects. `act` resolves with the number of bans for which there is no room. */
  #do(act: () => Promise<number>): Promise<void> {
    const { log } = this.#parts;
    const done = this.#queue.then(act).then(
      (ignored) => {
        if (ignored > 0 && !this.#isFull) log.warn({ list: this.list.name }, "too many bans are shared");
        this.#isFull = ignored > 0 || (this.#isFull && this.list.size > 0.9 * MOST_HASHES);
      },
      (error) => log.error({ list: this.list.name, err: error }, "cannot share the bans of a room"),
    );
    this.#queue = done;
    return done;
  }
}
