// What became of each stanza, and what must never have.
import type { NodeId } from "../../../src/cluster/cluster-tables.ts";
import { SLOTS } from "../../../src/cluster/slots.ts";

/** A stanza that a node gets from its server. */
export interface Stanza {
  readonly id: number;
  /** The process that received it. */
  readonly origin: NodeId;
  readonly slot: number;
  readonly at: number;
}

/** A stanza is "excused" if it was lost together with a node or a link; it may be handled nevertheless. */
type State = "waiting" | "handled" | "refused" | "excused";

/** A rule of the protocol that was broken. */
export class Violation extends Error {}

export class Ledger {
  readonly #states: State[] = [];
  readonly #stanzas: Stanza[] = [];
  /** The newest stanza that was handled, by slot, then by the process that received it. */
  readonly #newest = Array.from({ length: SLOTS }, () => new Map<NodeId, number>());
  #waiting = 0;
  /** True once a node has ended, or a link broken: stanzas may be lost with it. */
  hadLoss = false;
  /** True once a node has left: a stanza that waits there, or comes back from there too late, may be refused. */
  mayRefuse = false;
  /** The first rule that was broken. */
  violation: Violation | undefined;
  refused = 0;
  handled = 0;

  /** Number of stanzas that nodes have got from their servers. */
  get received(): number {
    return this.#states.length;
  }

  /** Number of stanzas that are neither handled nor refused nor excused. */
  get waiting(): number {
    return this.#waiting;
  }

  get firstWaiting(): Stanza | undefined {
    return this.#waiting > 0 ? this.#stanzas[this.#states.indexOf("waiting")] : undefined;
  }

  receive(origin: NodeId, slot: number, at: number): Stanza {
    this.#states.push("waiting");
    this.#waiting += 1;
    const stanza = { id: this.#states.length - 1, origin, slot, at };
    this.#stanzas.push(stanza);
    return stanza;
  }

  handle({ id, slot, origin }: Stanza): void {
    const state = this.#states[id];
    if (state === "handled" || state === "refused")
      this.fail(`stanza ${id} is handled, and was ${state} before`);
    this.#become(id, "handled");
    this.handled += 1;
    const newest = this.#newest[slot]?.get(origin) ?? -1;
    if (newest > id) this.fail(`stanza ${id} of slot ${slot} from node ${origin} is handled after ${newest}`);
    this.#newest[slot]?.set(origin, id);
  }

  refuse({ id }: Stanza): void {
    if (!this.hadLoss && !this.mayRefuse) this.fail(`stanza ${id} is refused without a fault`);
    if (this.#states[id] === "handled") this.fail(`stanza ${id} is refused, and was handled`);
    this.refused += 1;
    this.#become(id, "refused");
  }

  excuse({ id }: Stanza): void {
    this.hadLoss = true;
    if (this.#states[id] === "waiting") this.#become(id, "excused");
  }

  /** Excuses what a process has received that has ended. */
  excuseAllOf(origin: NodeId): void {
    for (const stanza of this.#stanzas) if (stanza.origin === origin) this.excuse(stanza);
  }

  fail(message: string): void {
    this.violation ??= new Violation(message);
  }

  #become(id: number, state: State): void {
    if (this.#states[id] === "waiting") this.#waiting -= 1;
    this.#states[id] = state;
  }
}
