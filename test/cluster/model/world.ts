// Nodes, their servers and their database, in virtual time; and what must always hold.
import type { ClusterNode } from "../../../src/cluster/cluster-tables.ts";
import { heirOf } from "../../../src/cluster/slots.ts";
import { Random } from "../../crash/random.ts";
import { Clock } from "./clock.ts";
import { Database, type Entry } from "./database.ts";
import { Ledger } from "./ledger.ts";
import { Network } from "./network.ts";
import { Node } from "./node.ts";
import type { Conditions } from "./session.ts";

/** Milliseconds until a process tries again to register, while another one has its name. */
const REGISTER_MS = 200;

export class World {
  readonly clock = new Clock();
  readonly random: Random;
  readonly ledger = new Ledger();
  readonly database = new Database(this.ledger);
  readonly network: Network;
  readonly conditions: Conditions = { latencyMs: 4, loss: 0 };
  /** The processes that run and are registered, or think so. */
  readonly nodes: Node[] = [];
  /** Names of processes that run and are not registered yet. */
  readonly starting = new Set<string>();
  /** The newest output that users were shown, by slot. */
  readonly #shown = new Map<number, number>();
  /** Number of processes that are going to start. */
  #due = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.network = new Network(this.clock, this.random, this.ledger);
  }

  /** Where the users of a slot are. */
  readonly audienceOf = (slot: number): string => `n${slot % 3}`;

  readonly shown = ({ stanza: { slot }, base }: Entry): void => {
    const newest = this.#shown.get(slot) ?? -1;
    if (base < newest && !this.ledger.hadLoss && !this.ledger.mayRefuse)
      this.ledger.fail(`users see change ${base} of slot ${slot} after change ${newest}`);
    this.#shown.set(slot, base);
  };

  /** Starts a process. */
  start(name: string): void {
    this.starting.add(name);
    this.clock.after(this.random.next() * this.conditions.latencyMs, () => {
      const self = this.database.register(name);
      if (self) this.#registered(self);
      else this.clock.after(REGISTER_MS, () => this.start(name));
    });
  }

  /** Starts a process after some milliseconds, unless one of its name runs then. */
  startAgain(name: string, ms: number): void {
    this.#due += 1;
    this.clock.after(ms, () => {
      this.#due -= 1;
      if (!this.starting.has(name) && !this.nodes.some(({ self }) => self.name === name)) this.start(name);
    });
  }

  nodeEnded(node: Node): void {
    this.nodes.splice(this.nodes.indexOf(node), 1);
    // The session of a machine that has lost its power is there for a while.
    const lingerMs = this.random.chance(0.3) ? this.random.below(5000) : this.random.below(50);
    this.clock.after(lingerMs, () => this.database.endSession(node.self.id));
  }

  /** Runs for some milliseconds, and throws if a rule is broken. */
  async run(ms: number): Promise<void> {
    await this.clock.runUntil(this.clock.now + ms, () => {
      if (this.ledger.violation) throw this.ledger.violation;
    });
  }

  /** Says what is not yet as it shall be once no faults happen any more; undefined if all is well. */
  unrest(): string | undefined {
    const imbalance = this.imbalance();
    if (imbalance) return imbalance;
    const waiting = this.ledger.firstWaiting;
    if (waiting)
      return `stanza ${waiting.id} of slot ${waiting.slot} from node ${waiting.origin} is not handled`;
    const full = this.nodes.find(({ member }) => member.waitingBytes > 0);
    return full && `stanzas wait at node ${full.self.id}`;
  }

  /** Says why not every node serves exactly the slots that it is the heir of; undefined if all do. */
  imbalance(): string | undefined {
    if (this.#due > 0) return "a node is about to start";
    if (this.starting.size > 0) return `nodes ${[...this.starting]} are not registered`;
    const { nodes, slots } = this.database.peek();
    const idle = this.nodes.find((node) => node.isLeaving || node.process.isPaused || !node.link.isOnline);
    if (idle) return `node ${idle.self.id} is leaving, or does not run, or has no link`;
    const ids = this.nodes.map(({ self }) => self.id).toSorted();
    if (
      ids.join() !==
      nodes
        .map(({ id }) => id)
        .toSorted()
        .join()
    )
      return `nodes ${ids} run, others are registered`;
    const notReady = nodes.find(({ isReady }) => !isReady);
    if (notReady) return `node ${notReady.id} is not ready`;
    if (nodes.length === 0) return "no node runs";
    for (const [slot, { owner }] of slots.entries()) {
      const heir = heirOf(slot, nodes)?.id;
      if (owner !== heir) return `slot ${slot} is of node ${owner}, not of ${heir}`;
      const serving = this.nodes.filter(({ member }) => member.serves(slot)).map(({ self }) => self.id);
      if (serving.join() !== owner) return `slot ${slot} is served by node ${serving}, not by ${owner}`;
    }
    return undefined;
  }

  #registered(self: ClusterNode): void {
    this.starting.delete(self.name);
    const node = new Node(this, self);
    this.nodes.push(node);
    node.start();
  }
}
