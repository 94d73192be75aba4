// The tables of the cluster as PostgreSQL keeps them: each method is one transaction.
import type {
  ClusterNode,
  ClusterView,
  NodeId,
  OwnedSlot,
  SlotShare,
} from "../../../src/cluster/cluster-tables.ts";
import { SLOTS } from "../../../src/cluster/slots.ts";
import type { Ledger, Stanza } from "./ledger.ts";

interface NodeRow {
  readonly id: NodeId;
  readonly name: string;
  isReady: boolean;
  beat: number;
  lastCommit: string;
  hasSession: boolean;
}

/** What a watcher sees of a node. */
export interface Look {
  readonly beat: number;
  readonly hasSession: boolean;
}

/** A stanza, and the version of its slot's rooms that it was handled with. */
export interface Entry {
  readonly stanza: Stanza;
  readonly base: number;
}

export class Database {
  readonly #nodes = new Map<NodeId, NodeRow>();
  readonly #slots = Array.from({ length: SLOTS }, () => ({
    ...{ owner: undefined as NodeId | undefined, epoch: 0, version: 0 },
  }));
  readonly #ledger: Ledger;
  #version = 0;
  #ids = 0;
  #view: ClusterView | undefined;
  readonly counts = { reads: 0, writes: 0, renewals: 0, looks: 0, commits: 0 };

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Registers a process; undefined while another one of its name has a session. */
  register(name: string): ClusterNode | undefined {
    const earlier = [...this.#nodes.values()].find((node) => node.name === name);
    if (earlier?.hasSession) return undefined;
    if (earlier) this.#remove(earlier.id, []);
    this.#ids += 1;
    const id = String(this.#ids);
    this.#nodes.set(id, {
      ...{ id, name, isReady: false, beat: 0 },
      lastCommit: `new ${id}`,
      hasSession: true,
    });
    this.#change();
    return { id, name, isReady: false };
  }

  /** Returns the version of the tables; undefined if the node is not registered any more. */
  renew(id: NodeId, hasSession: boolean): number | undefined {
    this.counts.renewals += 1;
    const node = this.#nodes.get(id);
    if (!node) return undefined;
    node.beat += 1;
    node.hasSession ||= hasSession;
    return this.#version;
  }

  read(): ClusterView {
    this.counts.reads += 1;
    return this.peek();
  }

  /** Reads for a check. */
  peek(): ClusterView {
    this.#view ??= {
      version: this.#version,
      nodes: [...this.#nodes.values()].map(({ id, name, isReady }) => ({ id, name, isReady })),
      slots: this.#slots.map(({ owner, epoch }) => ({ owner, epoch })),
    };
    return this.#view;
  }

  announce(id: NodeId, isReady: boolean): void {
    this.counts.writes += 1;
    const node = this.#nodes.get(id);
    if (!node || node.isReady === isReady) return;
    node.isReady = isReady;
    this.#change();
  }

  claim(id: NodeId, slots: readonly number[]): void {
    this.counts.writes += 1;
    if (!this.#nodes.has(id)) return;
    for (const slot of slots) if (this.#slot(slot).owner === undefined) this.#assign(slot, id);
  }

  give(id: NodeId, to: NodeId, owned: readonly OwnedSlot[], confirmed: readonly NodeId[]): boolean {
    this.counts.writes += 1;
    const isOwn = ({ slot, epoch }: OwnedSlot) =>
      this.#slot(slot).owner === id && this.#slot(slot).epoch === epoch;
    if (!this.#nodes.has(id) || !this.#nodes.has(to) || !owned.every(isOwn)) return false;
    if ([...this.#nodes.keys()].some((node) => node !== id && !confirmed.includes(node))) return false;
    for (const { slot } of owned) this.#assign(slot, to);
    return true;
  }

  look(nodes: readonly NodeId[]): Map<NodeId, Look> {
    this.counts.looks += 1;
    const looks = new Map<NodeId, Look>();
    for (const id of nodes) {
      const row = this.#nodes.get(id);
      if (row) looks.set(id, { beat: row.beat, hasSession: row.hasSession });
    }
    return looks;
  }

  /** Removes a node whose beat has not changed. Returns false if another one was faster, or it has renewed its lease. */
  bury(id: NodeId, beat: number, heirs: readonly SlotShare[]): boolean {
    this.counts.writes += 1;
    if (this.#nodes.get(id)?.beat !== beat) return false;
    this.#ledger.hadLoss = true;
    this.#remove(id, heirs);
    return true;
  }

  /** Removes a node that ends. */
  close(id: NodeId): void {
    this.#remove(id, []);
  }

  endSession(id: NodeId): void {
    const node = this.#nodes.get(id);
    if (node) node.hasSession = false;
  }

  /** Commits, unless the node's chain of commits is another one. Succeeds without effect if it is repeated. */
  commit(id: NodeId, previous: string, next: string, entries: readonly Entry[]): boolean {
    this.counts.commits += 1;
    const node = this.#nodes.get(id);
    if (node?.lastCommit === next) return true;
    if (node?.lastCommit !== previous) return false;
    node.lastCommit = next;
    for (const { stanza, base } of entries) {
      const slot = this.#slot(stanza.slot);
      if (slot.owner !== id)
        this.#ledger.fail(`node ${id} commits slot ${stanza.slot} of node ${slot.owner}`);
      if (slot.version !== base) this.#ledger.fail(`node ${id} has old rooms of slot ${stanza.slot}`);
      slot.version += 1;
      this.#ledger.handle(stanza);
    }
    return true;
  }

  /** Returns the version of a slot's rooms: the number of its commits. */
  roomVersion(slot: number): number {
    return this.#slot(slot).version;
  }

  #remove(id: NodeId, heirs: readonly SlotShare[]): void {
    if (!this.#nodes.delete(id)) return;
    this.#change();
    const heirOf = new Map(
      heirs.flatMap(({ to, slots }) => slots.map((slot): [number, NodeId] => [slot, to])),
    );
    for (const [number, { owner }] of this.#slots.entries()) {
      if (owner !== id) continue;
      const heir = heirOf.get(number);
      this.#assign(number, heir !== undefined && this.#nodes.has(heir) ? heir : undefined);
    }
  }

  #assign(number: number, owner: NodeId | undefined): void {
    const slot = this.#slot(number);
    slot.owner = owner;
    slot.epoch += 1;
    this.#change();
  }

  #change(): void {
    this.#version += 1;
    this.#view = undefined;
  }

  #slot(number: number) {
    const slot = this.#slots[number];
    if (!slot) throw new RangeError(`there is no slot ${number}`);
    return slot;
  }
}
