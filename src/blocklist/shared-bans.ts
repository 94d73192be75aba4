// Bans that hold in all rooms of a group (docs/moderation.md), which the operator's configuration or an owner has named. The table of
// blocklists has an entry for each ban of a room, so that rooms of other nodes, and rooms that are not loaded, know it.
import type { JournalEntry } from "../muc/model/journal.ts";
import type { SharedBans } from "../muc/model/shared-bans.ts";
import { hashesOf, hashOfAddress } from "./list-items.ts";
import { OwnerGroups, type OwnerGroupsParts } from "./owner-groups.ts";
import { StoredList } from "./stored-list.ts";

/** Milliseconds between two looks at what other nodes have stored. */
const TICK_MS = 5_000;

export interface SharedBansParts extends Omit<OwnerGroupsParts, "changed"> {
  /** The nodes of the rooms of each group that is configured now, by its name. */
  groups(): Readonly<Record<string, readonly string[]>>;
  /** Returns true if this process compares the groups with the stored rooms, for all nodes. */
  isFirst(): boolean;
  /** True if other processes change the table too. */
  readonly isShared: boolean;
  /** Called after each change of the bans of a group of the configuration. */
  changed(): void;
  /** The same for groups that owners have named. */
  ownersChanged(): void;
}

interface Group {
  readonly nodes: ReadonlySet<string>;
  readonly list: StoredList;
}

/** The entry of a ban by a room. */
const entryOf = (hash: string, node: string): string => `${hash} ${node}`;

export class GroupBans implements SharedBans {
  readonly #parts: SharedBansParts;
  readonly #groupOf = new Map<string, Group>();
  #groups: readonly Group[] = [];
  readonly #owners: OwnerGroups;
  #timer: NodeJS.Timeout | undefined;
  #wasFirst = false;

  constructor(parts: SharedBansParts) {
    this.#parts = parts;
    this.#owners = new OwnerGroups({ ...parts, changed: () => parts.ownersChanged() });
  }

  /** The groups' lists in the table. */
  get lists(): readonly StoredList[] {
    return [this.#owners.list, ...this.#groups.map(({ list }) => list)];
  }

  /** Reads the groups that are configured now. Never rejects. */
  async load(): Promise<void> {
    const { groups, table, changed } = this.#parts;
    const next = Object.entries(groups()).map(([name, nodes]) => ({
      nodes: new Set(nodes),
      list: new StoredList(`group ${name}`, table, changed),
    }));
    await this.#attempt(this.#owners, () => this.#owners.list.read());
    // The earlier groups hold until the next ones are read.
    for (const group of next) await this.#attempt(group, () => group.list.read());
    this.#groups = next;
    this.#groupOf.clear();
    for (const group of next) for (const node of group.nodes) this.#groupOf.set(node, group);
    changed();
  }

  start(): void {
    if (this.#parts.isShared) this.#timer = setInterval(() => void this.#tick(), TICK_MS);
    void this.#tick();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Reads what other nodes have stored, and compares the lists with the rooms when this process has become the first one. */
  async #tick(): Promise<void> {
    if (this.#parts.isShared) for (const list of this.lists) await this.#attempt({ list }, () => list.read());
    const isNewFirst = this.#parts.isFirst() && !this.#wasFirst;
    this.#wasFirst = this.#parts.isFirst();
    if (isNewFirst) await this.compare();
  }

  /** Makes the groups' lists what the stored rooms say: rooms come into a group and leave it. Never rejects. */
  async compare(): Promise<void> {
    if (!this.#parts.isFirst()) return;
    await this.#attempt(this.#owners, () => this.#owners.compare());
    await this.#forEach(async ({ nodes, list }) => {
      const banned = new Set<string>();
      for (const node of nodes) {
        const room = await this.#parts.loadRoom(node);
        for (const { jid, affiliation } of room?.affiliations ?? [])
          if (affiliation === "outcast") banned.add(entryOf(hashOfAddress(jid), node));
      }
      await list.change(
        banned,
        [...list.all()].filter((entry) => !banned.has(entry)),
      );
    });
  }

  /** Takes changes of rooms that are about to be committed. */
  note(journal: readonly JournalEntry[]): void {
    this.#owners.note(journal);
    if (this.#groupOf.size === 0) return;
    for (const entry of journal) {
      const isEnd = entry.kind === "room-removed" || entry.kind === "room-renamed";
      if (entry.kind !== "affiliation-changed" && !isEnd) continue;
      const group = this.#groupOf.get(entry.node);
      if (!group) continue;
      if (entry.kind !== "affiliation-changed") {
        const ofRoom = [...group.list.all()].filter((each) => each.endsWith(` ${entry.node}`));
        void this.#change(group, [], ofRoom);
        continue;
      }
      const { jid, affiliation } = entry.record;
      const ban = [entryOf(hashOfAddress(jid), entry.node)];
      void this.#change(group, affiliation === "outcast" ? ban : [], affiliation === "outcast" ? [] : ban);
    }
  }

  bans(node: string, bareJid: string, named?: string): boolean {
    if (named !== undefined && this.#owners.bans(node, bareJid, named)) return true;
    const group = this.#groupOf.get(node);
    if (!group || group.list.size === 0) return false;
    const hashes = hashesOf(bareJid);
    for (const other of group.nodes)
      if (other !== node && hashes.some((hash) => group.list.has(entryOf(hash, other)))) return true;
    return false;
  }

  versionOf(group: string | undefined): number {
    return group === undefined ? 0 : this.#owners.versionOf(group);
  }

  #change(group: Group, added: readonly string[], removed: readonly string[]): Promise<void> {
    return this.#attempt(group, async () => void (await group.list.change(added, removed)));
  }

  async #forEach(act: (group: Group) => Promise<void>): Promise<void> {
    for (const group of this.#groups) await this.#attempt(group, () => act(group));
  }

  #attempt({ list }: Pick<Group, "list">, act: () => Promise<void>): Promise<void> {
    return act().catch((error) => {
      this.#parts.log.error({ list: list.name, err: error }, "cannot share the bans of a group of rooms");
    });
  }
}
