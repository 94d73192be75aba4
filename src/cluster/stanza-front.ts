// Delivers the stanzas that this node receives to the owners of their slots.
import type { NodeId, OwnedSlot } from "./cluster-tables.ts";
import type { Forwarded, StreamMessage, StreamPlace } from "./node-message.ts";
import { SLOTS } from "./slots.ts";

export interface FrontActions<T> {
  /** Hands a stanza to this node's own rooms. */
  deliver(slot: number, stanza: T): void;
  /** Sends a message to another node. Returns false without a link. */
  send(to: NodeId, message: StreamMessage<T>): boolean;
  /** Reads the tables again: a node does not serve a slot that it is said to own. */
  refresh(): void;
  /** Answers a stanza with an error of type wait: too much waits for owners. */
  refuse(stanza: T): void;
  /** Notes a stanza that came back when later ones of its slot had been sent: it is lost. */
  lost(stanza: T): void;
}

export interface FrontOptions<T> {
  readonly self: NodeId;
  /** Bytes that stanzas may take while they wait for owners. */
  readonly mostBytes: number;
  /** Bytes of a stanza in memory. */
  sizeOf(stanza: T): number;
}

/** Milliseconds until a slot is tried again whose owner did not take it, unless there is news before. */
const RETRY_MS = 50;

/**
 * Stanzas of a slot in flight: none ("idle"); on a stream to a node ("open"); on a stream that gets no more ("closing"): a
 * sync is sent, or waits for the link, and what comes back waits for its answer.
 */
type Flight<T> =
  | { readonly kind: "idle" }
  | { readonly kind: "open"; readonly to: NodeId; readonly stream: number; next: number }
  | {
      readonly kind: "closing";
      readonly to: NodeId;
      readonly stream: number;
      readonly returned: Forwarded<T>[];
      isAsked: boolean;
    };

interface Slot<T> {
  readonly number: number;
  /** The node that serves it; undefined while none does. */
  owner: NodeId | undefined;
  epoch: number;
  /** Stanzas that wait, oldest first. */
  queue: T[];
  flight: Flight<T>;
  /** The instant before which it is not tried again. */
  retryAt: number;
}

/**
 * Keeps the order of each slot's stanzas across changes of its owner: they go to another node once the earlier one has
 * handled or returned all that it got, or can do neither any more. Pure; instants in milliseconds of a monotonic clock.
 */
export class StanzaFront<T> {
  readonly #options: FrontOptions<T>;
  readonly #actions: FrontActions<T>;
  readonly #slots = Array.from(
    { length: SLOTS },
    (_, number): Slot<T> => ({
      ...{ number, owner: undefined, epoch: -1, queue: [] },
      ...{ flight: { kind: "idle" }, retryAt: 0 },
    }),
  );
  #streams = 0;
  #waitingBytes = 0;
  #now = 0;

  constructor(options: FrontOptions<T>, actions: FrontActions<T>) {
    this.#options = options;
    this.#actions = actions;
  }

  /** Bytes of the stanzas that wait for an owner. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Takes a stanza for a slot: it goes to the owner, or waits. */
  take(number: number, stanza: T): void {
    if (this.#waitingBytes > this.#options.mostBytes) {
      this.#actions.refuse(stanza);
      return;
    }
    const slot = this.#slot(number);
    slot.queue.push(stanza);
    this.#waitingBytes += this.#options.sizeOf(stanza);
    this.#pump(slot);
  }

  /** Learns which node serves slots; undefined if none does. Earlier epochs are no news. */
  learn(owner: NodeId | undefined, slots: readonly OwnedSlot[]): void {
    for (const { slot: number, epoch } of slots) {
      const slot = this.#slot(number);
      if (epoch < slot.epoch) continue;
      slot.epoch = epoch;
      slot.owner = owner;
      slot.retryAt = 0;
      this.#pump(slot);
    }
  }

  /** Returns true if the owner of a slot in its epoch, or in a later one, is known. */
  knows({ slot: number, epoch }: OwnedSlot): boolean {
    const slot = this.#slot(number);
    return slot.epoch > epoch || (slot.epoch === epoch && slot.owner !== undefined);
  }

  /** Learns that a node is gone: it can handle nothing more, and nothing comes back from it. */
  forget(node: NodeId): void {
    for (const slot of this.#slots) {
      if (slot.owner === node) slot.owner = undefined;
      const { flight } = slot;
      if (flight.kind === "idle" || flight.to !== node) continue;
      if (flight.kind === "open") slot.flight = { kind: "idle" };
      else this.#land(slot, flight);
      this.#pump(slot);
    }
  }

  /** Takes back a stanza that a node does not handle, or that the server could not deliver to it. */
  returned(from: NodeId, forwarded: Forwarded<T>): void {
    const slot = this.#slot(forwarded.slot);
    const { flight } = slot;
    if (flight.kind === "idle" || flight.to !== from || flight.stream !== forwarded.stream) {
      this.#actions.lost(forwarded.stanza);
      return;
    }
    this.#waitingBytes += this.#options.sizeOf(forwarded.stanza);
    const closing = flight.kind === "closing" ? flight : this.#close(slot, flight);
    closing.returned.push(forwarded);
    if (slot.owner !== from || slot.retryAt > this.#now) return;
    slot.retryAt = this.#now + RETRY_MS;
    this.#actions.refresh();
  }

  /** A node has handled or returned all stanzas of a stream, or the server could not deliver the question. */
  synced(from: NodeId, { slot: number, stream }: Omit<StreamPlace, "number">): void {
    const slot = this.#slot(number);
    const { flight } = slot;
    if (flight.kind !== "closing" || flight.to !== from || flight.stream !== stream) return;
    this.#land(slot, flight);
    this.#pump(slot);
  }

  /** The link to the other nodes is lost, and maybe what was on its way. */
  offline(): void {
    for (const slot of this.#slots) {
      const { flight } = slot;
      if (flight.kind === "closing") flight.isAsked = false;
      else if (flight.kind === "open") this.#close(slot, flight, false);
    }
  }

  /** The link to the other nodes is there. */
  online(): void {
    for (const slot of this.#slots) {
      if (slot.flight.kind === "closing" && !slot.flight.isAsked) this.#ask(slot.number, slot.flight);
      this.#pump(slot);
    }
  }

  /** Lets time pass; call it every few milliseconds. */
  tick(now: number): void {
    this.#now = now;
    if (this.#waitingBytes > 0) for (const slot of this.#slots) this.#pump(slot);
  }

  #slot(number: number): Slot<T> {
    const slot = this.#slots[number];
    if (!slot) throw new RangeError(`there is no slot ${number}`);
    return slot;
  }

  /** Sends what waits, as far as the owner may get it now. */
  #pump(slot: Slot<T>): void {
    const { flight, owner } = slot;
    if (flight.kind === "open" && flight.to !== owner) this.#close(slot, flight);
    if (slot.flight.kind === "closing" || owner === undefined || slot.retryAt > this.#now) return;
    while (slot.queue.length > 0 && slot.owner === owner) {
      const [stanza] = slot.queue as [T];
      if (owner !== this.#options.self && !this.#forward(slot, owner, stanza)) return;
      slot.queue.shift();
      this.#waitingBytes -= this.#options.sizeOf(stanza);
      if (owner === this.#options.self) this.#actions.deliver(slot.number, stanza);
    }
  }

  #forward(slot: Slot<T>, to: NodeId, stanza: T): boolean {
    const open = slot.flight.kind === "open" ? slot.flight : { stream: this.#streams + 1, next: 0 };
    const { stream, next } = open;
    const isSent = this.#actions.send(to, {
      ...{ kind: "forward", slot: slot.number, stream, number: next, stanza },
    });
    if (!isSent) return false;
    this.#streams = Math.max(this.#streams, stream);
    slot.flight = { kind: "open", to, stream, next: next + 1 };
    return true;
  }

  /** Ends a stream. Its stanzas are handled or have come back when the answer to the sync is there. */
  #close(slot: Slot<T>, { to, stream }: Flight<T> & { kind: "open" }, isOnline = true) {
    const closing: Flight<T> & { kind: "closing" } = {
      ...{ kind: "closing", to, stream, returned: [], isAsked: false },
    };
    slot.flight = closing;
    if (isOnline) this.#ask(slot.number, closing);
    return closing;
  }

  #ask(slot: number, closing: Flight<T> & { kind: "closing" }): void {
    closing.isAsked = this.#actions.send(closing.to, { kind: "sync", slot, stream: closing.stream });
  }

  /** Puts what came back before what waits. */
  #land(slot: Slot<T>, { returned }: Flight<T> & { kind: "closing" }): void {
    slot.flight = { kind: "idle" };
    const inOrder = returned.toSorted((a, b) => a.number - b.number).map(({ stanza }) => stanza);
    slot.queue.unshift(...inOrder);
  }
}
