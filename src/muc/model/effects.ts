// The effects of handling a stanza: changes to journal, and output to write.
import type { StanzaError } from "../../xmpp/stanza-error.ts";
import type { JournalEntry } from "./journal.ts";
import type { Awaitable, Records } from "./records.ts";
import type { PlacedFact, RoomFact } from "./room-fact.ts";

/** Full JIDs: a list, or a snapshot of a room's clients in which some places may be empty. */
export interface Recipients {
  readonly length: number;
  /** Number of recipients, if some places may be empty. */
  readonly count?: number;
  /**
   * Returns the address at a place, or undefined for an empty one. `isLate`: skips clients that have left since the
   * snapshot, as the output is late.
   */
  at(place: number, isLate?: boolean): string | undefined;
}

/** A stanza without its recipient: `head`, the escaped address, `tail`. */
export interface StanzaTemplate {
  readonly head: string;
  readonly tail: string;
  /** Bytes of both, if they are known; estimated if the text is built on access. */
  readonly size?: number | undefined;
}

/** One complete stanza. */
export interface SingleStanza {
  readonly kind: "stanza";
  readonly xml: string;
}

export interface AddressedStanza extends StanzaTemplate {
  readonly to: Recipients;
}

/** One stanza for many recipients. */
export interface Broadcast extends AddressedStanza {
  readonly kind: "broadcast";
  /** A newer broadcast with the same key may replace this one in the queue: it contains the same information. */
  readonly coalesceKey?: string | undefined;
}

/** Many stanzas for one recipient. Batches may share the list. */
export interface Batch {
  readonly kind: "batch";
  readonly stanzas: readonly StanzaTemplate[];
  readonly to: string;
  /** The clients in the room. If set, the batch may be dropped once the recipient has left. */
  readonly onlyWhileInside?: ClientSet | undefined;
}

/** The clients that are in a room now, by full JID. */
export interface ClientSet {
  has(jid: string): boolean;
}

/** An answer that is read from the store once everything before it is committed. */
export interface StoreQuery {
  readonly kind: "query";
  /** Bare JID of the requester. */
  readonly account: string;
  /** Bytes of the request. */
  readonly size: number;
  read(records: Records): Awaitable<Effects>;
  /** Returns the stanza to send instead if the store cannot be read, or the account has too many requests. */
  refuse(error: StanzaError): string;
}

/** A place in the output of a room. */
export interface Marker {
  readonly kind: "marker";
  /** Called when everything before it is written. */
  reached(): void;
}

/** Output that can be written directly. */
export type DirectOutput = SingleStanza | Broadcast | Batch | StoreQuery | Marker;

/**
 * Output that is rendered just before it is written, so that a change of all occupants of a large room takes little
 * memory in the queue. It renders the state of the moment when it was added.
 */
export interface Deferred {
  readonly kind: "deferred";
  /** Number of stanzas, and estimated bytes of each. */
  readonly count: number;
  readonly size: number;
  render(): DirectOutput[];
}

export type Output = DirectOutput | Deferred;

/** Ordered output of one room; the node is empty for the service. Output of different rooms has no order. */
export interface RoomOutput {
  readonly node: string;
  readonly outputs: Output[];
}

/**
 * State that an answer may reveal: nothing, any state of its room, or only whether a client (full JID) is in the room.
 */
export type Reveals = "nothing" | "room" | { readonly client: string };

/** A broadcast whose text is built when it is written. */
class LazyBroadcast implements Broadcast {
  readonly kind = "broadcast";
  readonly #stanza: StanzaTemplate;
  readonly to: Recipients;
  readonly coalesceKey: string | undefined;

  constructor(stanza: StanzaTemplate, to: Recipients, coalesceKey?: string) {
    this.#stanza = stanza;
    this.to = to;
    this.coalesceKey = coalesceKey;
  }

  get head(): string {
    return this.#stanza.head;
  }

  get tail(): string {
    return this.#stanza.tail;
  }

  get size(): number | undefined {
    return this.#stanza.size;
  }
}

/** Returns a broadcast whose text is built when it is written; an empty list if there is no recipient. */
export const lazyBroadcast = (stanza: StanzaTemplate, to: Recipients, coalesceKey?: string): Broadcast[] =>
  (to.count ?? to.length) > 0 ? [new LazyBroadcast(stanza, to, coalesceKey)] : [];

/** The effects of one stanza, in order. No output is written before `journal` is committed. */
export class Effects {
  readonly journal: JournalEntry[] = [];
  readonly roomOutputs: RoomOutput[] = [];
  /** What happened besides the journal. */
  readonly facts: PlacedFact[] = [];
  /** Called when the journal is committed. */
  onCommit: (() => void) | undefined;
  /** Set if the effects are only an answer: it does not wait for commits of state that it does not reveal. */
  reveals: Reveals | undefined;
  /** Bare JID of the user whose stanza caused the effects; empty if no user did. */
  sender = "";
  readonly #node: string;

  /** `node`: node of the room; empty for the service. */
  constructor(node = "") {
    this.#node = node;
  }

  get node(): string {
    return this.#node;
  }

  /** Adds a complete stanza. */
  send(xml: string): void {
    this.#add({ kind: "stanza", xml });
  }

  /** Adds the same stanza for each recipient; nothing if there is none. */
  broadcast(head: string, tail: string, to: Recipients): void {
    if ((to.count ?? to.length) === 0) return;
    const size = Buffer.byteLength(head) + Buffer.byteLength(tail);
    this.#add({ kind: "broadcast", head, tail, size, to });
  }

  /** Adds a broadcast whose text is built when it is written. For `coalesceKey` see `Broadcast`. */
  broadcastLazily(stanza: StanzaTemplate, to: Recipients, coalesceKey?: string): void {
    for (const broadcast of lazyBroadcast(stanza, to, coalesceKey)) this.#add(broadcast);
  }

  /** Adds output that is rendered just before it is written; nothing if it has no stanza. */
  defer(output: Deferred): void {
    if (output.count > 0) this.#add(output);
  }

  /** Adds stanzas for one recipient. The list must not change: it is read when it is written. */
  batch(stanzas: readonly StanzaTemplate[], to: string): void {
    if (stanzas.length > 0) this.#add({ kind: "batch", stanzas, to });
  }

  /** Adds an answer that is read from the store. */
  query(query: Omit<StoreQuery, "kind">): void {
    this.#add({ kind: "query", ...query });
  }

  /** Calls `reached` when everything added so far is written. */
  whenWritten(reached: () => void): void {
    this.#add({ kind: "marker", reached });
  }

  /** Adds a fact, after the journal entries up to now. */
  tell(fact: RoomFact, isAnonymous: boolean): void {
    this.facts.push({ node: this.#node, place: this.journal.length, isAnonymous, fact });
  }

  get isEmpty(): boolean {
    return this.journal.length === 0 && this.roomOutputs.length === 0 && this.facts.length === 0;
  }

  /** Appends other effects. */
  append(other: Effects): void {
    const before = this.journal.length;
    for (const fact of other.facts) this.facts.push({ ...fact, place: before + fact.place });
    for (const entry of other.journal) this.journal.push(entry);
    for (const output of other.roomOutputs) {
      if (this.roomOutputs.at(-1)?.node !== output.node) this.roomOutputs.push(output);
      else for (const each of output.outputs) this.#outputsOf(output.node).push(each);
    }
  }

  #add(output: Output): void {
    this.#outputsOf(this.#node).push(output);
  }

  #outputsOf(node: string): Output[] {
    const last = this.roomOutputs.at(-1);
    if (last?.node === node) return last.outputs;
    const outputs: Output[] = [];
    this.roomOutputs.push({ node, outputs });
    return outputs;
  }
}
