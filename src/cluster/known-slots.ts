// What a node has read of the tables, and what shall change. Pure.
import type { ClusterNode, ClusterView, NodeId, OwnedSlot, SlotShare } from "./cluster-tables.ts";
import { heirOf } from "./slots.ts";

/** Number of other nodes that each node watches: the next ones in the order of names. */
const WATCHED = 2;
/** Number of slots that move at once. The fewer, the shorter is each slot's pause. */
const MOVED_AT_ONCE = 16;

export class KnownSlots {
  readonly #self: ClusterNode;
  #view: ClusterView = { version: -1, nodes: [], slots: [] };

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

  /** Takes what was read. Returns the nodes that are gone; undefined if something newer was read before. */
  read(view: ClusterView): NodeId[] | undefined {
    if (view.version < this.#view.version) return undefined;
    const present = new Set(view.nodes.map(({ id }) => id));
    const gone = this.#view.nodes.filter(({ id }) => !present.has(id)).map(({ id }) => id);
    this.#view = view;
    return gone;
  }

  node(id: NodeId): ClusterNode | undefined {
    return this.#view.nodes.find((node) => node.id === id);
  }

  /** Returns the slots by owner; those of nobody under undefined. */
  byOwner(): Map<NodeId | undefined, OwnedSlot[]> {
    const owned = new Map<NodeId | undefined, OwnedSlot[]>();
    for (const [slot, { owner, epoch }] of this.#view.slots.entries()) {
      const slots = owned.get(owner);
      if (slots) slots.push({ slot, epoch });
      else owned.set(owner, [{ slot, epoch }]);
    }
    return owned;
  }

  /** Returns the slots that nobody owns and this node shall take. */
  claims(): number[] {
    const ready = this.#ready();
    const free = this.byOwner().get(undefined) ?? [];
    return free.map(({ slot }) => slot).filter((slot) => heirOf(slot, ready)?.id === this.#self.id);
  }

  /** Returns slots of this node that shall move to another one. `isLeaving`: all of them shall. */
  nextMove(isLeaving: boolean): SlotShare | undefined {
    const ready = this.#ready().filter(({ id }) => !(isLeaving && id === this.#self.id));
    const own = (this.byOwner().get(this.#self.id) ?? []).map(({ slot }) => slot);
    const [share] = sharesOf(own, ready).filter(({ to }) => to !== this.#self.id);
    return share && { ...share, slots: share.slots.slice(0, MOVED_AT_ONCE) };
  }

  /** Returns who shall own the slots of a node that is dead. */
  heirsOf(dead: NodeId): SlotShare[] {
    const own = (this.byOwner().get(dead) ?? []).map(({ slot }) => slot);
    return sharesOf(
      own,
      this.#ready().filter(({ id }) => id !== dead),
    );
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

function sharesOf(slots: readonly number[], nodes: readonly ClusterNode[]): SlotShare[] {
  const shares = new Map<NodeId, number[]>();
  for (const slot of slots) {
    const heir = heirOf(slot, nodes);
    if (heir) shares.set(heir.id, [...(shares.get(heir.id) ?? []), slot]);
  }
  return [...shares].map(([to, share]) => ({ to, slots: share }));
}
