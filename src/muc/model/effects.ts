// What handling a stanza brings about: changes to journal, and output to write.
import type { StanzaError } from "../../xmpp/stanza-error.ts";
import type { JournalEntry } from "./journal.ts";
import type { Awaitable, Records } from "./records.ts";

/** Full JIDs: a list, or the clients of a room at one moment, where some places may be empty. */
export interface Recipients {
  readonly length: number;
  /** Number of recipients, if some places may be empty. */
  readonly count?: number;
  /**
   * Returns the address at a place, or undefined for an empty one. `isLate`: the output is so late that clients that
   * have left since need not get it.
   */
  at(place: number, isLate?: boolean): string | undefined;
}

/** A stanza without its recipient: `head`, the escaped address, `tail`. */
export interface StanzaTemplate {
  readonly head: string;
  readonly tail: string;
  /** Estimated bytes of both, if they are built when they are read. */
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
  /** A newer broadcast of the same key tells all that this one does, and may replace it while it waits. */
  readonly coalesceKey?: string | undefined;
}

/** Many stanzas for one recipient; others may share them. */
export interface Batch {
  readonly kind: "batch";
  readonly stanzas: readonly StanzaTemplate[];
  readonly to: string;
  /** The clients in the room, if the batch is only for them: a client that has left need not get it. */
  readonly onlyWhileInside?: ClientSet | undefined;
}

/** The clients that are in a room now, by full JID. */
export interface ClientSet {
  has(jid: string): boolean;
}

/** An answer that is read from the store, when everything before is committed. */
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
  /** Called when everything before is written. */
  reached(): void;
}

/** Output that can be written as it is. */
export type DirectOutput = SingleStanza | Broadcast | Batch | StoreQuery | Marker;

/**
 * Output that is rendered when its turn comes: a change of every occupant of a large room takes little memory until
 * then. It renders the state at the time when it was added, whatever changes meanwhile.
 */
export interface Deferred {
  readonly kind: "deferred";
  /** Number of stanzas, and estimated bytes of each. */
  readonly count: number;
  readonly size: number;
  render(): DirectOutput[];
}

export type Output = DirectOutput | Deferred;

/** Output of one room in order; the node of the service itself is empty. Output of different rooms has no order. */
export interface RoomOutput {
  readonly node: string;
  readonly outputs: Output[];
}

/** State that an answer may reveal: none, anything of its room, or whether a client (full JID) is in the room. */
export type Reveals = "nothing" | "room" | { readonly client: string };

/** One stanza for many recipients. Its text is built when it is written. */
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

/** Returns a broadcast whose text is built when it is written; none if there is no recipient. */
export const lazyBroadcast = (stanza: StanzaTemplate, to: Recipients, coalesceKey?: string): Broadcast[] =>
  (to.count ?? to.length) > 0 ? [new LazyBroadcast(stanza, to, coalesceKey)] : [];

/** The effects of one stanza, in order. No output is written before `journal` is committed. */
export class Effects {
  readonly journal: JournalEntry[] = [];
  readonly roomOutputs: RoomOutput[] = [];
  /** Set if these are an answer and nothing else: it need not wait for the commit of what it does not reveal. */
  reveals: Reveals | undefined;
  /** Bare JID of the user whose stanza caused the effects; empty if no user did. */
  sender = "";
  readonly #node: string;

  /** `node`: of the room; empty for the service. */
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

  /** Adds the same stanza for each recipient; free if there is none. */
  broadcast(head: string, tail: string, to: Recipients): void {
    if ((to.count ?? to.length) > 0) this.#add({ kind: "broadcast", head, tail, to });
  }

  /** Adds a broadcast whose text is built when it is written. For `coalesceKey` see `Broadcast`. */
  broadcastLazily(stanza: StanzaTemplate, to: Recipients, coalesceKey?: string): void {
    for (const broadcast of lazyBroadcast(stanza, to, coalesceKey)) this.#add(broadcast);
  }

  /** Adds output that is rendered when its turn comes; free if there is no recipient. */
  defer(output: Deferred): void {
    if (output.count > 0) this.#add(output);
  }

  /** Adds stanzas for one recipient. They are read when they are written, and must not change. */
  batch(stanzas: readonly StanzaTemplate[], to: string): void {
    if (stanzas.length > 0) this.#add({ kind: "batch", stanzas, to });
  }

  /** Adds an answer that is read from the store. */
  query(query: Omit<StoreQuery, "kind">): void {
    this.#add({ kind: "query", ...query });
  }

  /** Calls `reached` when everything so far is written. */
  whenWritten(reached: () => void): void {
    this.#add({ kind: "marker", reached });
  }

  get isEmpty(): boolean {
    return this.journal.length === 0 && this.roomOutputs.length === 0;
  }

  /** Takes over the effects of something else. */
  append(other: Effects): void {
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
