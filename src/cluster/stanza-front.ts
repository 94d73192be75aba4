// Delivers the stanzas that this node receives to the owners of their slots.
import type { NodeId, OwnedSlot } from "./cluster-tables.ts";
import type { Forwarded, StreamMessage, StreamPlace } from "./node-message.ts";
import { SLOTS } from "./slots.ts";

export interface FrontActions<T> {
  /** Hands a stanza to this node's own rooms. */
  deliver(slot: number, stanza: T): void;
  /** Sends a message to another node. Returns false without a link. */
  send(message: StreamMessage<T>): boolean;
  /** Answers a stanza with an error of type wait: too much waits for owners. */
  refuse(stanza: T): void;
  /** Answers a stanza that came back when later ones of its slot had been sent on. */
  late(stanza: T): void;
}

export interface FrontOptions<T> {
  readonly self: NodeId;
  /** Bytes that stanzas may take while they wait for owners. */
  readonly mostBytes: number;
  /** Bytes of a stanza in memory. */
  sizeOf(stanza: T): number;
}

/**
 * Milliseconds until a slot is tried again whose owner did not take it, unless there is news before. Doubled each time, as
 * everything that waits is sent again, up to the last.
 */
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [50, 1000];
/** Milliseconds until a sync is sent again: it, or the answer, may have been lost with the other node's link. */
const ASK_AGAIN_MS = 250;

/** Stanzas that are on their way to a node. */
interface Open {
  readonly kind: "open";
  readonly to: NodeId;
  readonly stream: number;
  readonly next: number;
}

/** A stream that gets no more stanzas. What comes back waits for the answer to the sync. */
interface Closing<T> {
  readonly kind: "closing";
  readonly to: NodeId;
  readonly stream: number;
  readonly returned: Forwarded<T>[];
  /** The instant at which a sync is due. */
  askAt: number;
}

interface Slot<T> {
  readonly number: number;
  /** The node that serves it; undefined while none does. */
  owner: NodeId | undefined;
  epoch: number;
  /** Stanzas that wait, oldest first. */
  queue: T[];
  flight: { readonly kind: "idle" } | Open | Closing<T>;
  /** The instant before which it is not tried again. */
  retryAt: number;
  retryMs: number;
}

/**
 * Keeps the order of each slot's stanzas across changes of its owner: they go to another node once the earlier one has
 * handled or returned all that it got, or can do neither any more. Pure; instants in milliseconds of a monotonic clock.
 */
export class StanzaFront<T> {
  readonly #options: FrontOptions<T>;
  readonly #actions: FrontActions<T>;
  readonly #slots = Array.from({ length: SLOTS }, (_, number) => newSlot<T>(number));
  /** The slots that time may have something to do for: stanzas wait, or an answer. */
  readonly #pending = new Set<Slot<T>>();
  #streams = 0;
  #waitingBytes = 0;
  #isPaused = false;
  #now = 0;

  constructor(options: FrontOptions<T>, actions: FrontActions<T>) {
    this.#options = options;
    this.#actions = actions;
  }

  /** Holds all stanzas from now on, until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const slot of this.#slots) this.#pump(slot);
  }

  /** True if stanzas wait, or were taken since the last tick. */
  get isBusy(): boolean {
    return this.#pending.size > 0;
  }

  /** Bytes of the stanzas that wait for an owner. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Takes a stanza for a slot: it goes to the owner, or waits, or is refused if too much waits. */
  take(number: number, stanza: T): void {
    const { mostBytes, sizeOf } = this.#options;
    const slot = this.#slot(number);
    const waits = slot.queue.length > 0 || !this.#isPassable(slot);
    if (waits && this.#waitingBytes + sizeOf(stanza) > mostBytes) {
      this.#actions.refuse(stanza);
      return;
    }
    slot.queue.push(stanza);
    this.#waitingBytes += sizeOf(stanza);
    this.#pending.add(slot);
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
      slot.retryMs = FIRST_RETRY_MS;
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
      else this.#land(slot, flight.returned);
      this.#pump(slot);
    }
  }

  /** Takes back a stanza that a node does not handle, or that the server could not deliver to it. */
  returned(from: NodeId, forwarded: Forwarded<T>): void {
    const slot = this.#slot(forwarded.slot);
    const { flight } = slot;
    if (flight.kind === "idle" || flight.to !== from || flight.stream !== forwarded.stream) {
      this.#actions.late(forwarded.stanza);
      return;
    }
    this.#waitingBytes += this.#options.sizeOf(forwarded.stanza);
    const closing = flight.kind === "closing" ? flight : this.#close(slot, flight);
    closing.returned.push(forwarded);
    if (slot.owner !== from || slot.retryAt > this.#now) return;
    slot.retryAt = this.#now + slot.retryMs;
    slot.retryMs = Math.min(2 * slot.retryMs, LAST_RETRY_MS);
  }

  /**
   * A node has handled the first stanzas of a stream and returned the others, or the server could not deliver the question;
   * then it is not known how many were `handled`.
   */
  synced(from: NodeId, { slot: number, stream, handled = 0 }: StreamPlace & { handled?: number }): void {
    const slot = this.#slot(number);
    const { flight } = slot;
    if (flight.kind !== "closing" || flight.to !== from || flight.stream !== stream) return;
    if (handled > 0) slot.retryMs = FIRST_RETRY_MS;
    // A transport may give back a message that it has delivered, if it cannot know.
    const isHandled = (stanza: Forwarded<T>) => stanza.number < handled;
    for (const { stanza } of flight.returned.filter(isHandled))
      this.#waitingBytes -= this.#options.sizeOf(stanza);
    this.#land(
      slot,
      flight.returned.filter((stanza) => !isHandled(stanza)),
    );
    this.#pump(slot);
  }

  /** Ends all streams. Returns true when no stanza waits or is on its way any more; until then, call it again. */
  finish(): boolean {
    for (const slot of this.#slots) if (slot.flight.kind === "open") this.#close(slot, slot.flight);
    return this.#slots.every(({ flight, queue }) => flight.kind === "idle" && queue.length === 0);
  }

  /** Refuses what waits: this node ends. */
  refuseWaiting(): void {
    for (const slot of this.#slots) {
      const { flight } = slot;
      if (flight.kind === "closing") this.#land(slot, flight.returned);
      for (const stanza of slot.queue) this.#actions.refuse(stanza);
      slot.queue = [];
    }
    this.#waitingBytes = 0;
  }

  /** The link to the other nodes is lost, and maybe what was on its way. */
  offline(): void {
    for (const slot of this.#slots) if (slot.flight.kind === "open") this.#close(slot, slot.flight);
  }

  /** The link to the other nodes is there. */
  online(): void {
    for (const slot of this.#pending) {
      if (slot.flight.kind === "closing") this.#ask(slot.number, slot.flight);
      this.#pump(slot);
    }
  }

  /** Lets time pass; call it every few milliseconds. */
  tick(now: number): void {
    this.#now = now;
    for (const slot of this.#pending) {
      if (slot.flight.kind === "closing" && slot.flight.askAt <= now) this.#ask(slot.number, slot.flight);
      this.#pump(slot);
      if (slot.flight.kind !== "closing" && slot.queue.length === 0) this.#pending.delete(slot);
    }
  }

  #slot(number: number): Slot<T> {
    const slot = this.#slots[number];
    if (!slot) throw new RangeError(`there is no slot ${number}`);
    return slot;
  }

  #isPassable({ flight, owner, retryAt }: Slot<T>): boolean {
    return !this.#isPaused && flight.kind !== "closing" && owner !== undefined && retryAt <= this.#now;
  }

  /** Sends what waits, as far as the owner may get it now. */
  #pump(slot: Slot<T>): void {
    const { flight, owner } = slot;
    if (flight.kind === "open" && flight.to !== owner) this.#close(slot, flight);
    if (owner === undefined || !this.#isPassable(slot)) return;
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
    const place = { slot: slot.number, stream, number: next };
    if (!this.#actions.send({ to, kind: "forward", ...place, stanza })) return false;
    this.#streams = Math.max(this.#streams, stream);
    slot.flight = { kind: "open", to, stream, next: next + 1 };
    return true;
  }

  /** Ends a stream. Its stanzas are handled or have come back when the answer to the sync is there. */
  #close(slot: Slot<T>, { to, stream }: Open): Closing<T> {
    const closing: Closing<T> = { kind: "closing", to, stream, returned: [], askAt: 0 };
    slot.flight = closing;
    this.#pending.add(slot);
    this.#ask(slot.number, closing);
    return closing;
  }

  #ask(slot: number, closing: Closing<T>): void {
    const { to, stream } = closing;
    const isSent = this.#actions.send({ to, kind: "sync", slot, stream });
    closing.askAt = this.#now + (isSent ? ASK_AGAIN_MS : FIRST_RETRY_MS);
  }

  /** Puts what came back before what waits. */
  #land(slot: Slot<T>, returned: readonly Forwarded<T>[]): void {
    slot.flight = { kind: "idle" };
    const inOrder = returned.toSorted((a, b) => a.number - b.number).map(({ stanza }) => stanza);
    slot.queue = [...inOrder, ...slot.queue];
  }
}

function newSlot<T>(number: number): Slot<T> {
  const state: Pick<Slot<T>, "queue" | "flight"> = { queue: [], flight: { kind: "idle" } };
  return { ...state, number, owner: undefined, epoch: -1, retryAt: 0, retryMs: FIRST_RETRY_MS };
}
