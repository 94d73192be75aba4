// One node among those that serve a domain. Decision 0058, "Ownership".
import type { NodeId, OwnedSlot } from "./cluster-tables.ts";
import { Departure } from "./departure.ts";
import { KnownSlots } from "./known-slots.ts";
import type { MemberOptions } from "./member-options.ts";
import { NewOwners } from "./new-owners.ts";
import type { NodeMessage, StreamMessage } from "./node-message.ts";
import { OwnSlots } from "./own-slots.ts";
import { StanzaFront } from "./stanza-front.ts";
import { StreamReceiver } from "./stream-receiver.ts";
import { TableTurns } from "./table-turns.ts";

/** Milliseconds until slots are claimed again that the tables have not given. */
const CLAIM_AGAIN_MS = 200;

export class ClusterMember<T> {
  readonly #options: MemberOptions<T>;
  readonly #known: KnownSlots;
  readonly #own: OwnSlots;
  readonly #front: StanzaFront<T>;
  readonly #receiver: StreamReceiver<T>;
  readonly #newOwners = new NewOwners();
  readonly #turns: TableTurns;
  /** Writes to the tables what other nodes shall know of this one. */
  #announce: (() => Promise<void>) | undefined;
  /** Calls of `read` that are under way. */
  readonly #readers: (() => void)[] = [];
  readonly #departure: Departure;
  #isFirstRead = true;
  #claimedAt: number | undefined;
  #watched = "";

  constructor(options: MemberOptions<T>) {
    const { tables, rooms, link, log, mostBytes, sizeOf } = options;
    const self = tables.self.id;
    this.#options = options;
    this.#known = new KnownSlots(tables.self);
    this.#turns = new TableTurns(
      () => this.#turn(),
      (err) => log.debug({ err }, "failed to read or change the nodes' tables"),
    );
    const deliver = (slot: number, stanza: T) => rooms.deliver(slot, stanza);
    this.#own = new OwnSlots(rooms, {
      hold: (slots) => this.#front.learn(undefined, slots),
      serve: (slots) => this.#served(slots),
      confirm: async () => {
        const asked = this.#known.others;
        await link.confirm(asked.map(({ name }) => name));
        return asked.map(({ id }) => id);
      },
      turn: (ms) => this.#turns.ask(ms),
      failed: (err, message) => log.error({ err }, message),
    });
    this.#receiver = new StreamReceiver<T>({
      ...{ serves: (slot) => this.#own.serves(slot), deliver },
      ...{ send: (message) => this.#send(message), refuse: (stanza) => rooms.refuse(stanza) },
    });
    this.#front = new StanzaFront<T>(
      { self, mostBytes, sizeOf },
      {
        ...{ deliver, send: (message) => this.#send(message), refuse: (stanza) => rooms.refuse(stanza) },
        late: (stanza) => {
          log.debug("refused a stanza that came back from another node too late");
          rooms.refuse(stanza);
        },
      },
    );
    this.#departure = new Departure({
      slots: () => this.#own.size,
      hasHeirs: () => this.#known.nextMove(true) !== undefined,
      isAnnounced: () => this.#announce === undefined,
      hasOpenStreams: () => this.#receiver.hasOpenStreams,
      finish: () => this.#front.finish(),
      refuseWaiting: () => this.#front.refuseWaiting(),
    });
    tables.onVersion((version) => {
      if (version > this.#known.version) this.#turns.ask();
    });
    tables.onSilence({
      heirs: (dead) => this.#known.heirsOf(dead),
      buried: () => this.#buried(),
    });
  }

  /** True while time matters: stanzas wait, slots move, or this node ends. */
  get isBusy(): boolean {
    return this.#front.isBusy || this.#own.isMoving || this.#departure.hasBegun;
  }

  /** Number of slots that this node serves. */
  get served(): number {
    return this.#own.served;
  }

  /** Number of slots that this node owns. */
  get owned(): number {
    return this.#own.size;
  }

  /** Bytes of the stanzas that wait for an owner. */
  get waitingBytes(): number {
    return this.#front.waitingBytes;
  }

  /** The names of the other nodes. */
  get others(): string[] {
    return this.#known.others.map(({ name }) => name);
  }

  /** Returns true if the tables say that this node owns a slot. */
  owns(slot: number): boolean {
    return this.#own.has(slot);
  }

  /** Returns true while this node serves a slot. */
  serves(slot: number): boolean {
    return this.#own.serves(slot);
  }

  /** Returns the name of the other node that owns a slot; undefined if none is known. */
  ownerOf(slot: number): string | undefined {
    return this.#known.ownerOf(slot)?.name;
  }

  /** Reads the tables. Resolves when it knows who serves which slots. */
  read(): Promise<void> {
    return new Promise((resolve) => {
      this.#readers.push(resolve);
      this.#turns.ask();
    });
  }

  /** Joins the nodes: this one has its links, and can serve. Resolves when the tables say so. */
  join(): Promise<void> {
    return this.#announced(() => this.#options.tables.announceReady());
  }

  /**
   * Gives all slots away, as far as there are other nodes, and returns what these still send. Never rejects; resolves after some
   * seconds at the latest.
   */
  leave(): Promise<void> {
    void this.#announced(() => this.#options.tables.announceLeaving());
    return this.#departure.leave();
  }

  /**
   * Ends after `leave`, when the server gives this node nothing more: resolves when other nodes have handled all that was taken.
   * After some seconds it refuses what waits. Never rejects.
   */
  finish(): Promise<void> {
    return this.#departure.finish();
  }

  /** Holds the stanzas from this node's server, while other nodes may have earlier ones that they have not read. */
  pause(): void {
    this.#front.pause();
  }

  resume(): void {
    this.#front.resume();
  }

  /** Takes a stanza from this node's server. */
  take(slot: number, stanza: T): void {
    this.#front.take(slot, stanza);
  }

  /** Takes a message from the node `from`, which has that name. */
  receive(from: NodeId, name: string, message: NodeMessage<T>): void {
    this.#known.hear(from, name);
    // To an earlier process of this node's name.
    if ("to" in message && message.to !== this.#options.tables.self.id) return;
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
        this.#turns.ask();
    }
  }

  /** Takes back a message that the server could not deliver. */
  undelivered(message: NodeMessage<T>): void {
    if (message.kind === "forward") this.#front.returned(message.to, message);
    if (message.kind === "sync")
      this.#front.synced(message.to, { slot: message.slot, stream: message.stream });
    if (message.kind === "returned") this.#options.rooms.refuse(message.stanza);
  }

  online(): void {
    this.#front.online();
  }

  offline(): void {
    this.#front.offline();
  }

  /** Lets time pass; call it every few milliseconds. `now`: milliseconds of a monotonic clock. */
  tick(now: number): void {
    this.#turns.tick(now);
    this.#own.tick(now);
    for (const { owner, owned } of this.#newOwners.tick(now)) this.#front.learn(owner, [owned]);
    this.#front.tick(now);
    this.#departure.tick(now);
  }

  #send(message: StreamMessage<T>): boolean {
    const name = this.#known.nameOf(message.to);
    return name !== undefined && this.#options.link.send(name, message);
  }

  #announced(announce: () => Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      this.#announce = () => announce().then(resolve);
      this.#turns.ask();
    });
  }

  /** Changes the tables as far as something is due, and reads them. What fails is repeated in the next turn. */
  async #turn(): Promise<void> {
    const { tables, log, link } = this.#options;
    const announce = this.#announce;
    await announce?.();
    if (this.#announce === announce) this.#announce = undefined;
    const given = await this.#own.give(tables);
    if (given) {
      const name = this.#known.nameOf(given.to);
      log.info({ slots: given.slots.length, to: name }, "gave rooms to another node");
      if (name !== undefined) link.send(name, { kind: "changed" });
    }
    this.#known.beginRead();
    this.#apply(this.#known.read(await tables.read()));
    for (const resolve of this.#readers.splice(0)) resolve();
    const claims = this.#departure.hasBegun ? [] : this.#known.claims();
    if (claims.length === 0) return;
    await tables.claim(claims);
    const { version } = this.#known;
    this.#turns.ask(version === this.#claimedAt ? CLAIM_AGAIN_MS : 0);
    this.#claimedAt = version;
  }

  #apply(gone: readonly NodeId[]): void {
    const { tables } = this.#options;
    for (const node of gone) {
      this.#front.forget(node);
      this.#receiver.forget(node);
    }
    for (const [owner, slots] of this.#known.byOwner) {
      if (owner === tables.self.id) {
        this.#own.gain(slots);
        continue;
      }
      this.#own.lose(slots);
      this.#learn(owner, slots);
    }
    this.#isFirstRead = false;
    this.#watch();
    this.#move();
  }

  /** Holds stanzas for slots that other nodes have got, until these say that they serve. */
  #learn(owner: NodeId | undefined, slots: readonly OwnedSlot[]): void {
    if (owner === undefined || this.#isFirstRead) {
      this.#front.learn(owner, slots);
      return;
    }
    for (const owned of slots)
      if (!this.#front.knows(owned) && this.#newOwners.note(owner, owned))
        this.#front.learn(undefined, [owned]);
  }

  #watch(): void {
    const watched = this.#known.watched();
    if (watched.join() === this.#watched) return;
    this.#watched = watched.join();
    this.#options.tables.watch(watched);
  }

  #move(): void {
    const next = this.#known.nextMove(this.#departure.hasBegun);
    if (next) this.#own.move(next.to, next.slots);
  }

  #served(slots: readonly OwnedSlot[]): void {
    const { link, tables } = this.#options;
    const message = { kind: "serving", slots: slots.map(({ slot, epoch }) => ({ slot, epoch })) } as const;
    for (const name of this.others) link.send(name, message);
    this.#front.learn(tables.self.id, slots);
    this.#move();
  }

  #buried(): void {
    for (const name of this.others) this.#options.link.send(name, { kind: "changed" });
    this.#turns.ask();
  }
}
