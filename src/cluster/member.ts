// One node among those that serve a domain: takes, serves and gives away slots. Decision 0058.
import type { Logger } from "pino";
import type { ClusterTables, NodeId, OwnedSlot, SlotShare } from "./cluster-tables.ts";
import { KnownSlots } from "./known-slots.ts";
import type { NodeMessage } from "./node-message.ts";
import { StanzaFront } from "./stanza-front.ts";
import { StreamReceiver } from "./stream-receiver.ts";

/** The rooms of this node. */
export interface OwnRooms<T> {
  /** Hands over a stanza for a slot that this node serves. */
  deliver(slot: number, stanza: T): void;
  /** Reads what the rooms of slots need before the first stanza. */
  prepare(slots: readonly number[]): Promise<void>;
  /** Resolves when all stanzas of slots are handled, and what they have brought about is committed and written. */
  settle(slots: readonly number[]): Promise<void>;
  /** Forgets the rooms of slots: another node has them. */
  release(slots: readonly number[]): void;
  /** Answers a stanza with an error of type wait. */
  refuse(stanza: T): void;
}

/** The messages to other nodes. */
export interface NodeLink<T> {
  /** Sends a message. Returns false without a link. */
  send(name: string, message: NodeMessage<T>): boolean;
  /** Resolves when the other nodes' servers have delivered all that this node has written to its server. */
  confirm(names: readonly string[]): Promise<void>;
}

export interface MemberOptions<T> {
  readonly tables: ClusterTables;
  readonly rooms: OwnRooms<T>;
  readonly link: NodeLink<T>;
  readonly log: Pick<Logger, "info" | "warn" | "error" | "debug">;
  /** Bytes that stanzas may take while they wait for owners. */
  readonly mostBytes: number;
  sizeOf(stanza: T): number;
}

/** Milliseconds after which a node believes the tables about a new owner that has not said that it serves. */
const BELIEF_MS = 200;

/** A slot of another node, and the instant from which the tables are believed about it. */
interface Unheard {
  readonly owner: NodeId;
  readonly owned: OwnedSlot;
  readonly believedAt: number;
}

/** A slot of this node: being read, served, or on its way to another node. */
type OwnState = "arriving" | "serving" | "leaving";

export class ClusterMember<T> {
  readonly #options: MemberOptions<T>;
  readonly #known: KnownSlots;
  readonly #front: StanzaFront<T>;
  readonly #receiver: StreamReceiver<T>;
  readonly #own = new Map<number, OwnState>();
  /** Slots of other nodes that have not said yet that they serve them, by number. */
  readonly #unheard = new Map<number, Unheard>();
  /** Names of nodes that have sent messages, also of those that the tables did not have when they were read. */
  readonly #names = new Map<NodeId, string>();
  #reading: Promise<void> | undefined;
  #isReadAgain = false;
  #moving: Promise<void> | undefined;
  #isLeaving = false;
  #isFirstRead = true;
  #now = 0;

  constructor(options: MemberOptions<T>) {
    const { tables, rooms, mostBytes, sizeOf } = options;
    const self = tables.self.id;
    this.#options = options;
    this.#known = new KnownSlots(tables.self);
    this.#receiver = new StreamReceiver<T>({
      serves: (slot) => this.#own.get(slot) === "serving",
      deliver: (slot, stanza) => rooms.deliver(slot, stanza),
      send: (to, message) => this.#send(to, message),
    });
    this.#front = new StanzaFront<T>(
      { self, mostBytes, sizeOf },
      {
        deliver: (slot, stanza) => rooms.deliver(slot, stanza),
        send: (to, message) => this.#send(to, message),
        refresh: () => this.#refresh(),
        refuse: (stanza) => rooms.refuse(stanza),
        lost: () => options.log.warn("a stanza came back from another node too late and is lost"),
      },
    );
    tables.onVersion((version) => {
      if (version > this.#known.version) this.#refresh();
    });
    tables.onSilence({
      heirs: (dead) => this.#known.heirsOf(dead),
      buried: (dead) => this.#buried(dead),
    });
  }

  /** Number of slots that this node serves. */
  get served(): number {
    return [...this.#own.values()].filter((state) => state === "serving").length;
  }

  /** Bytes of the stanzas that wait for an owner. */
  get waitingBytes(): number {
    return this.#front.waitingBytes;
  }

  /** The names of the other nodes. */
  get others(): string[] {
    return this.#known.others.map(({ name }) => name);
  }

  /** Returns true while this node serves a slot. */
  serves(slot: number): boolean {
    return this.#own.get(slot) === "serving";
  }

  /** Joins the nodes: this one has its links, and can serve. */
  async join(): Promise<void> {
    await this.#options.tables.announceReady();
    this.#refresh();
  }

  /** Gives all slots away, as far as there are other nodes. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    await this.#options.tables.announceLeaving();
    this.#refresh();
    do {
      await this.#reading;
      await this.#moving;
    } while (this.#reading || this.#moving);
  }

  /** Takes a stanza from this node's server. */
  take(slot: number, stanza: T): void {
    this.#front.take(slot, stanza);
  }

  /** Takes a message from the node `from`, which has that name. */
  receive(from: NodeId, name: string, message: NodeMessage<T>): void {
    this.#names.set(from, name);
    if (!this.#known.node(from)) this.#refresh();
    switch (message.kind) {
      case "forward":
        this.#receiver.forwarded(from, message);
        return;
      case "returned":
        this.#front.returned(from, message);
        return;
      case "sync":
        this.#receiver.sync(from, message);
        return;
      case "synced":
        this.#front.synced(from, message);
        return;
      case "serving":
        this.#front.learn(from, message.slots);
        return;
      case "changed":
        this.#refresh();
    }
  }

  /** Takes back a message that the server could not deliver. */
  undelivered(name: string, message: NodeMessage<T>): void {
    for (const { id } of this.#known.others.filter((node) => node.name === name)) {
      if (message.kind === "forward") this.#front.returned(id, message);
      if (message.kind === "sync") this.#front.synced(id, message);
    }
  }

  online(): void {
    this.#front.online();
  }

  offline(): void {
    this.#front.offline();
  }

  /** Lets time pass; call it every few milliseconds. `now`: milliseconds of a monotonic clock. */
  tick(now: number): void {
    this.#now = now;
    for (const [number, { owner, owned, believedAt }] of this.#unheard) {
      if (believedAt > now) continue;
      this.#unheard.delete(number);
      this.#front.learn(owner, [owned]);
    }
    this.#front.tick(now);
  }

  #send(to: NodeId, message: NodeMessage<T>): boolean {
    const name = this.#known.node(to)?.name ?? this.#names.get(to);
    return name !== undefined && this.#options.link.send(name, message);
  }

  /** Reads the tables, and again if something asks for it meanwhile. */
  #refresh(): void {
    this.#isReadAgain = true;
    this.#reading ??= this.#readTables().finally(() => {
      this.#reading = undefined;
    });
  }

  async #readTables(): Promise<void> {
    const { tables, log } = this.#options;
    while (this.#isReadAgain) {
      this.#isReadAgain = false;
      try {
        const gone = this.#known.read(await tables.read());
        if (gone) this.#apply(gone);
        const claims = this.#isLeaving ? [] : this.#known.claims();
        if (claims.length === 0) continue;
        await tables.claim(claims);
        this.#isReadAgain = true;
      } catch (error) {
        // The next renewal brings the version again.
        log.debug({ err: error }, "failed to read the nodes' tables");
      }
    }
  }

  #apply(gone: readonly NodeId[]): void {
    for (const node of gone) {
      this.#front.forget(node);
      this.#receiver.forget(node);
      this.#names.delete(node);
    }
    for (const [owner, slots] of this.#known.byOwner()) {
      if (owner === this.#options.tables.self.id) this.#gain(slots);
      else this.#learn(owner, slots);
    }
    this.#isFirstRead = false;
    this.#options.tables.watch(this.#known.watched());
    this.#moveSoon();
  }

  /** Holds stanzas for slots that other nodes have got, until these say that they serve. */
  #learn(owner: NodeId | undefined, slots: readonly OwnedSlot[]): void {
    const lost = slots.filter(({ slot }) => this.#own.has(slot)).map(({ slot }) => slot);
    if (lost.length > 0) {
      for (const slot of lost) this.#own.delete(slot);
      this.#options.rooms.release(lost);
    }
    if (owner === undefined || this.#isFirstRead) {
      this.#front.learn(owner, slots);
      return;
    }
    for (const owned of slots) {
      if (this.#front.knows(owned) || this.#unheard.get(owned.slot)?.owned.epoch === owned.epoch) continue;
      this.#front.learn(undefined, [owned]);
      this.#unheard.set(owned.slot, { owner, owned, believedAt: this.#now + BELIEF_MS });
    }
  }

  /** Prepares slots that this node has got, then serves them. */
  #gain(slots: readonly OwnedSlot[]): void {
    const { rooms, log } = this.#options;
    const gained = slots.filter(({ slot }) => {
      const state = this.#own.get(slot);
      return state === undefined || (state === "leaving" && !this.#moving);
    });
    if (gained.length === 0) return;
    for (const { slot } of gained) this.#own.set(slot, "arriving");
    this.#front.learn(undefined, gained);
    rooms.prepare(gained.map(({ slot }) => slot)).then(
      () => this.#serve(gained),
      (error) => {
        log.error({ err: error }, "failed to read what the rooms of another node need");
        for (const { slot } of gained) this.#own.delete(slot);
      },
    );
  }

  #serve(gained: readonly OwnedSlot[]): void {
    const arrived = gained.filter(({ slot }) => this.#own.get(slot) === "arriving");
    for (const { slot } of arrived) this.#own.set(slot, "serving");
    for (const { name } of this.#known.others)
      this.#options.link.send(name, { kind: "serving", slots: arrived });
    this.#front.learn(this.#options.tables.self.id, arrived);
    this.#moveSoon();
  }

  #buried(dead: NodeId): void {
    const { link, log } = this.#options;
    log.warn({ node: this.#known.node(dead)?.name }, "a node has ended: other nodes take its rooms");
    for (const { to } of this.#known.heirsOf(dead)) {
      const heir = this.#known.node(to);
      if (heir && to !== this.#options.tables.self.id) link.send(heir.name, { kind: "changed" });
    }
    this.#refresh();
  }

  #moveSoon(): void {
    if (this.#moving) return;
    const share = this.#known.nextMove(this.#isLeaving);
    const isServed = share?.slots.every((slot) => this.#own.get(slot) === "serving");
    if (!share || !isServed) return;
    this.#moving = this.#move(share)
      .catch((error) => this.#options.log.error({ err: error }, "failed to give rooms to another node"))
      .finally(() => {
        this.#moving = undefined;
        this.#refresh();
      });
  }

  /** Gives slots to another node: nothing of them is under way then. */
  async #move({ to, slots }: SlotShare): Promise<void> {
    const { tables, rooms, link, log } = this.#options;
    const own = this.#known.byOwner().get(tables.self.id) ?? [];
    const owned = own.filter(({ slot }) => slots.includes(slot));
    for (const { slot } of owned) this.#own.set(slot, "leaving");
    this.#front.learn(undefined, owned);
    await rooms.settle(slots);
    await link.confirm(this.others);
    // If it fails, the tables are read again, and the slots are served again or released then.
    if (!(await tables.give(to, owned))) return;
    for (const slot of slots) this.#own.delete(slot);
    rooms.release(slots);
    const node = this.#known.node(to);
    log.info({ slots: slots.length, to: node?.name }, "gave rooms to another node");
    if (node) link.send(node.name, { kind: "changed" });
  }
}
