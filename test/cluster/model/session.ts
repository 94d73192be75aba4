// A node's way to the tables: answers take time and may be lost; the lease; the watch over other nodes.
import type {
  BurialHandlers,
  ClusterNode,
  ClusterTables,
  ClusterView,
  NodeId,
  OwnedSlot,
} from "../../../src/cluster/cluster-tables.ts";
import { HolderWatch } from "../../../src/storage/postgres/holder-watch.ts";
import { StorageError } from "../../../src/storage/store.ts";
import type { Random } from "../../crash/random.ts";
import type { Clock } from "./clock.ts";
import type { Database } from "./database.ts";
import type { Process } from "./process.ts";

/** How it is with the database for all nodes. */
export interface Conditions {
  /** Milliseconds of one way, at most. */
  latencyMs: number;
  /** Probability that a call is lost on its way there, or its answer. */
  loss: number;
}

/** What all sessions share. */
export interface SessionWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly database: Database;
  readonly conditions: Conditions;
}

const LEASE_MS = 3000;
const RENEW_MS = 750;
const LOOK_MS = 200;
/** Milliseconds after which a look shows that the database is slow. */
const SLOW_MS = 300;

export class Session implements ClusterTables {
  readonly #clock: Clock;
  readonly #process: Process;
  readonly #database: Database;
  readonly #random: Random;
  readonly #conditions: Conditions;
  readonly #watches = new Map<NodeId, HolderWatch>();
  #version: (version: number) => void = () => {};
  #burials: BurialHandlers = { heirs: () => [], buried: () => {} };
  #leaseUntil = 0;
  /** Called when the lease is there again. */
  onLease = (): void => {};
  /** True while nothing of this node reaches the database. */
  isCut = false;
  readonly secret = "secret";
  readonly self: ClusterNode;

  constructor(world: SessionWorld, process: Process, self: ClusterNode) {
    this.#clock = world.clock;
    this.#database = world.database;
    this.#random = world.random;
    this.#conditions = world.conditions;
    this.#process = process;
    this.self = self;
  }

  get hasLease(): boolean {
    return this.#clock.now < this.#leaseUntil;
  }

  start(): void {
    this.#renew();
    this.#look();
  }

  /** Carries out one transaction, at one instant. If it rejects, that may have been, or come yet. */
  call<R>(transaction: () => R): Promise<R> {
    return new Promise((resolve, reject) => {
      const fail = () =>
        this.#process.after(this.#random.below(300), () => reject(new StorageError("the database is away")));
      if (this.#isLost()) {
        if (this.#random.chance(0.3)) this.#clock.after(this.#random.below(3000), transaction);
        fail();
        return;
      }
      this.#clock.after(this.#flight(), () => {
        const result = transaction();
        if (this.#isLost()) fail();
        else this.#process.after(this.#flight(), () => resolve(result));
      });
    });
  }

  read(): Promise<ClusterView> {
    return this.call(() => this.#database.read());
  }

  onVersion(listener: (version: number) => void): void {
    this.#version = listener;
  }

  announceReady(): Promise<void> {
    return this.call(() => this.#database.announce(this.self.id, true));
  }

  announceLeaving(): Promise<void> {
    return this.call(() => this.#database.announce(this.self.id, false));
  }

  claim(slots: readonly number[]): Promise<void> {
    return this.call(() => this.#database.claim(this.self.id, slots));
  }

  give(to: NodeId, slots: readonly OwnedSlot[], confirmed: readonly NodeId[]): Promise<boolean> {
    return this.call(() => this.#database.give(this.self.id, to, slots, confirmed));
  }

  watch(nodes: readonly NodeId[]): void {
    for (const id of [...this.#watches.keys()]) if (!nodes.includes(id)) this.#watches.delete(id);
    for (const id of nodes) if (!this.#watches.has(id)) this.#watches.set(id, new HolderWatch(LEASE_MS));
  }

  onSilence(handlers: BurialHandlers): void {
    this.#burials = handlers;
  }

  #isLost(): boolean {
    return this.isCut || this.#random.chance(this.#conditions.loss);
  }

  #flight(): number {
    return this.#random.next() * this.#conditions.latencyMs;
  }

  #renew(): void {
    const sentAt = this.#clock.now;
    this.call(() => this.#database.renew(this.self.id, !this.#process.isEnded)).then(
      (version) => {
        if (version === undefined) {
          this.#process.end("it lost the lease");
          return;
        }
        this.#leaseUntil = sentAt + LEASE_MS;
        this.#version(version);
        this.onLease();
        this.#process.after(RENEW_MS, () => this.#renew());
      },
      () => this.#process.after(100, () => this.#renew()),
    );
  }

  #look(): void {
    const sentAt = this.#clock.now;
    const next = () => this.#process.after(LOOK_MS, () => this.#look());
    if (this.#watches.size === 0) {
      next();
      return;
    }
    this.call(() => this.#database.look([...this.#watches.keys()])).then(
      (looks) => {
        const isSlow = this.#clock.now - sentAt > SLOW_MS;
        for (const [id, watch] of this.#watches) {
          const look = looks.get(id);
          if (isSlow) watch.countAnew(this.#clock.now);
          if (look) this.#judge(id, watch, look);
        }
        next();
      },
      () => {
        for (const watch of this.#watches.values()) watch.countAnew(this.#clock.now);
        next();
      },
    );
  }

  #judge(id: NodeId, watch: HolderWatch, { beat, hasSession }: { beat: number; hasSession: boolean }): void {
    const row = { epoch: id, beat: String(beat), holder: id, hasSession };
    if (watch.see(row, this.#clock.now) === "alive" || !this.hasLease) return;
    const heirs = this.#burials.heirs(id);
    this.call(() => this.#database.bury(id, beat, heirs)).then(
      (isBuried) => isBuried && this.#burials.buried(id),
      () => {},
    );
  }
}
