// The messages between nodes. `T` is a stanza: an element, or whatever a test puts in its place.
import type { OwnedSlot } from "./cluster-tables.ts";

/** The place of a stanza in the stream of one slot, from the node that received it to the owner of the slot. */
export interface StreamPlace {
  readonly slot: number;
  /** Grows from stream to stream of a sender. */
  readonly stream: number;
  /** Begins with 0 in each stream. The receiver notices a gap. */
  readonly number: number;
}

/** A stanza on its way to the owner of its slot. */
export interface Forwarded<T> extends StreamPlace {
  readonly stanza: T;
}

export type StreamMessage<T> =
  | ({ readonly kind: "forward" } & Forwarded<T>)
  /** Gives a stanza back: the receiver does not serve the slot, or a stanza before it is missing. */
  | ({ readonly kind: "returned" } & Forwarded<T>)
  /** Asks for an answer after everything before it in the stream. No stanza follows in that stream. */
  | { readonly kind: "sync"; readonly slot: number; readonly stream: number }
  | { readonly kind: "synced"; readonly slot: number; readonly stream: number };

export type NodeMessage<T> =
  | StreamMessage<T>
  /** The sender serves slots now. */
  | { readonly kind: "serving"; readonly slots: readonly OwnedSlot[] }
  /** The tables have changed, and the receiver may have got slots. */
  | { readonly kind: "changed" };
