// How long nobody serves a slot.
import type { NodeId } from "../../src/cluster/cluster-tables.ts";
import { SLOTS } from "../../src/cluster/slots.ts";
import type { World } from "./model/world.ts";

/** Milliseconds between two looks. */
const LOOK_MS = 2;

export class Pauses {
  readonly #world: World;
  /** Since when each slot is served by nobody. */
  readonly #since = new Map<number, number>();
  readonly #servers = new Map<number, NodeId>();
  readonly #killed = new Set<NodeId>();
  /** Milliseconds of each pause of a slot that moved from node to node. */
  readonly moved: number[] = [];
  /** Milliseconds of each pause of a slot whose node was killed. */
  readonly killed: number[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Notes that a node is being killed. */
  noteKill(node: NodeId): void {
    this.#killed.add(node);
  }

  /** Begins to look, when all slots are served. */
  watch(): void {
    const { clock, database, nodes } = this.#world;
    const members = new Map(nodes.map(({ self, member }) => [self.id, member]));
    const { slots } = database.peek();
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const owner = slots[slot]?.owner;
      if (owner !== undefined && members.get(owner)?.serves(slot)) this.#served(slot, owner);
      else if (!this.#since.has(slot)) this.#since.set(slot, clock.now);
    }
    clock.after(LOOK_MS, () => this.watch());
  }

  #served(slot: number, owner: NodeId): void {
    const since = this.#since.get(slot);
    const before = this.#servers.get(slot);
    this.#servers.set(slot, owner);
    if (since === undefined) return;
    this.#since.delete(slot);
    const isKilled = before !== undefined && this.#killed.has(before);
    (isKilled ? this.killed : this.moved).push(this.#world.clock.now - since);
  }
}
