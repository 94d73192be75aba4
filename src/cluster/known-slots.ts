// What a node has read of the tables, and what shall change. Pure.
import type { ClusterNode, ClusterView, NodeId, OwnedSlot, SlotShare } from "./cluster-tables.ts";
import { heirOf } from "./slots.ts";

/** Number of other nodes that each node watches: the next ones in the order of names. */
const WATCHED = 2;
/** Number of slots that move at once. The fewer, the shorter is each slot's pause. */
const MOVED_AT_ONCE = 16;

/** Slots that shall move to another node. */
export interface NextMove {
  readonly to: NodeId;
  readonly slots: readonly OwnedSlot[];
}

export class KnownSlots {
  readonly #self: ClusterNode;
  #view: ClusterView = { version: -1, nodes: [], slots: [] };
  #nodes = new Map<NodeId, ClusterNode>();
  #byOwner: ReadonlyMap<NodeId | undefined, readonly OwnedSlot[]> = new Map();
  /** Names of nodes that have sent messages and were not in the tables when they were read. */
  readonly #heard = new Map<NodeId, string>();
  #heardBefore: readonly NodeId[] = [];

  constructor(self: ClusterNode) {
    this.#self = self;
  }

  get version(): number {
    return this.#view.version;
  }

  /** All registered nodes but this one. */
  get others(): readonly ClusterNode[] {
    return this.#view.nodes.filter(({ id }) => id !== this.#self.id);
  }

  /** Returns the other node that owns a slot; undefined if none is known. */
  ownerOf(slot: number): ClusterNode | undefined {
    const owner = this.#view.slots[slot]?.owner;
    return this.others.find(({ id }) => id === owner);
  }

  /** Notes that a node has sent a message. */
  hear(id: NodeId, name: string): void {
    if (!this.#nodes.has(id)) this.#heard.set(id, name);
  }

  nameOf(id: NodeId): string | undefined {
    return this.#nodes.get(id)?.name ?? this.#heard.get(id);
  }

  /** Notes that the tables are going to be read. */
  beginRead(): void {
    this.#heardBefore = [...this.#heard.keys()];
  }

  /** Takes what was read. Returns the nodes that are gone. */
  read(view: ClusterView): NodeId[] {
    const nodes = new Map(view.nodes.map((node) => [node.id, node]));
    // A node is registered before it sends anything. One that was heard only after the reading began may be new.
    const gone = [...this.#nodes.keys(), ...this.#heardBefore].filter((id) => !nodes.has(id));
    for (const id of [...gone, ...nodes.keys()]) this.#heard.delete(id);
    this.#view = view;
    this.#nodes = nodes;
    this.#byOwner = byOwner(view);
    return gone;
  }

  /** The slots by owner; those of nobody under undefined. */
  get byOwner(): ReadonlyMap<NodeId | undefined, readonly OwnedSlot[]> {
    return this.#byOwner;
  }

  /** Returns the slots that nobody owns and this node shall take. */
  claims(): number[] {
    const ready = this.#ready();
    const free = this.#byOwner.get(undefined) ?? [];
    return free.map(({ slot }) => slot).filter((slot) => heirOf(slot, ready)?.id === this.#self.id);
  }

  /** Returns slots of this node that shall move to another one. `isLeaving`: all of them shall. */
  nextMove(isLeaving: boolean): NextMove | undefined {
    const ready = this.#ready().filter(({ id }) => !(isLeaving && id === this.#self.id));
    const shares = sharesOf(this.#byOwner.get(this.#self.id) ?? [], ready);
    const [share] = [...shares].filter(([to]) => to !== this.#self.id);
    return share && { to: share[0], slots: share[1].slice(0, MOVED_AT_ONCE) };
  }

  /** Returns who shall own the slots of a node that is dead. */
  heirsOf(dead: NodeId): SlotShare[] {
    const ready = this.#ready().filter(({ id }) => id !== dead);
    const shares = sharesOf(this.#byOwner.get(dead) ?? [], ready);
    return [...shares].map(([to, owned]) => ({ to, slots: owned.map(({ slot }) => slot) }));
  }

  /** Returns the nodes that this one watches: each node is watched by others, however many end together. */
  watched(): NodeId[] {
    const others = this.others.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const next = others.findIndex(({ name }) => name > this.#self.name);
    const ring = next < 0 ? others : [...others.slice(next), ...others.slice(0, next)];
    return ring.slice(0, WATCHED).map(({ id }) => id);
  }

  #ready(): ClusterNode[] {
    return this.#view.nodes.filter(({ isReady }) => isReady);
  }
}

function byOwner({ slots }: ClusterView): Map<NodeId | undefined, OwnedSlot[]> {
  const owned = new Map<NodeId | undefined, OwnedSlot[]>();
  for (const [slot, { owner, epoch }] of slots.entries()) {
    const own = owned.get(owner);
    if (own) own.push({ slot, epoch });
    else owned.set(owner, [{ slot, epoch }]);
  }
  return owned;
}

function sharesOf(owned: readonly OwnedSlot[], nodes: readonly ClusterNode[]): Map<NodeId, OwnedSlot[]> {
  const shares = new Map<NodeId, OwnedSlot[]>();
  for (const own of owned) {
    const heir = heirOf(own.slot, nodes);
    if (!heir) continue;
    const share = shares.get(heir.id);
    if (share) share.push(own);
    else shares.set(heir.id, [own]);
  }
  return shares;
}
