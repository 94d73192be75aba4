// The messages between nodes. `T` is a stanza: an element, or whatever a test puts in its place.
import type { NodeId, OwnedSlot } from "./cluster-tables.ts";

/** A stream of stanzas of one slot, from the node that received them to the owner of the slot. */
export interface StreamPlace {
  readonly slot: number;
  /** Grows from stream to stream of a sender. */
  readonly stream: number;
}

/** A stanza on its way to the owner of its slot. */
export interface Forwarded<T> extends StreamPlace {
  /** Begins with 0 in each stream. The receiver notices a gap. */
  readonly number: number;
  readonly stanza: T;
}

/** The end of a stream as its receiver sees it. */
export interface Synced extends StreamPlace {
  /** Number of stanzas of the stream that were handled: the first ones. */
  readonly handled: number;
}

/** `to` is the process that is meant: after a restart another one has the name, and knows nothing of the stream. */
export type StreamMessage<T> = { readonly to: NodeId } & (
  | ({ readonly kind: "forward" } & Forwarded<T>)
  /** Gives a stanza back: the receiver does not serve the slot, or a stanza before it is missing. */
  | ({ readonly kind: "returned" } & Forwarded<T>)
  /** Ends a stream, and asks for an answer after everything before it. */
  | ({ readonly kind: "sync" } & StreamPlace)
  | ({ readonly kind: "synced" } & Synced)
);

export type NodeMessage<T> =
  | StreamMessage<T>
  /** The sender serves slots now. */
  | { readonly kind: "serving"; readonly slots: readonly OwnedSlot[] }
  /** The tables have changed, and the receiver may have got slots. */
  | { readonly kind: "changed" }
  /** Goes the way of the rooms' output: the answer says that everything before it has been delivered to that node's server. */
  | { readonly kind: "confirm"; readonly id: number }
  | { readonly kind: "confirmed"; readonly id: number }
  /** Asks for "confirmed" when the receiver has read everything that its server has for it now. */
  | { readonly kind: "flush"; readonly id: number }
  /** A question to the receiver's service, and its answer. */
  | { readonly kind: "ask"; readonly id: number; readonly body: string }
  | { readonly kind: "answer"; readonly id: number; readonly body: string };
