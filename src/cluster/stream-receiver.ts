// Takes stanzas that other nodes forward to this one.
import type { NodeId } from "./cluster-tables.ts";
import type { Forwarded, StreamMessage, StreamPlace } from "./node-message.ts";

export interface ReceiverActions<T> {
  /** Returns true while this node serves a slot. */
  serves(slot: number): boolean;
  /** Hands a stanza to this node's own rooms. */
  deliver(slot: number, stanza: T): void;
  send(to: NodeId, message: StreamMessage<T>): void;
}

interface Stream {
  readonly stream: number;
  readonly next: number;
}

/**
 * Delivers the stanzas of each stream in order. Returns those that this node does not serve, and whatever follows one that was
 * returned or is missing. Pure.
 */
export class StreamReceiver<T> {
  readonly #actions: ReceiverActions<T>;
  readonly #streams = new Map<NodeId, Map<number, Stream>>();

  constructor(actions: ReceiverActions<T>) {
    this.#actions = actions;
  }

  forwarded(from: NodeId, forwarded: Forwarded<T>): void {
    const { slot, stream, number, stanza } = forwarded;
    const streams = this.#streamsOf(from);
    const known = streams.get(slot);
    const isLate = known !== undefined && known.stream > stream;
    const next = known?.stream === stream ? known.next : 0;
    if (isLate || number !== next || !this.#actions.serves(slot)) {
      // The place stays open: all that follows in this stream is returned too.
      this.#actions.send(from, { ...forwarded, kind: "returned" });
      return;
    }
    streams.set(slot, { stream, next: next + 1 });
    this.#actions.deliver(slot, stanza);
  }

  /** Answers behind everything that was returned before. */
  sync(from: NodeId, { slot, stream }: Omit<StreamPlace, "number">): void {
    this.#actions.send(from, { kind: "synced", slot, stream });
  }

  /** Forgets the streams of a node that is gone. */
  forget(node: NodeId): void {
    this.#streams.delete(node);
  }

  #streamsOf(node: NodeId): Map<number, Stream> {
    const known = this.#streams.get(node);
    if (known) return known;
    const streams = new Map<number, Stream>();
    this.#streams.set(node, streams);
    return streams;
  }
}
