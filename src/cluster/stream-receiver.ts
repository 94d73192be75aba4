// Takes stanzas that other nodes forward to this one.
import type { NodeId } from "./cluster-tables.ts";
import type { Forwarded, StreamMessage, StreamPlace } from "./node-message.ts";

export interface ReceiverActions<T> {
  /** Returns true while this node serves a slot. */
  serves(slot: number): boolean;
  /** Hands a stanza to this node's own rooms. */
  deliver(slot: number, stanza: T): void;
  /** Sends a message to another node. Returns false without a link. */
  send(message: StreamMessage<T>): boolean;
  /** Answers a stanza with an error of type wait: it cannot be returned. */
  refuse(stanza: T): void;
}

/** The newest stream of a slot from one node. */
interface Stream {
  readonly stream: number;
  /** Number of stanzas that were handled. */
  readonly handled: number;
  readonly isEnded: boolean;
}

/**
 * Delivers the stanzas of each stream in order. Returns those that this node does not serve, whatever follows one that was
 * returned or is missing, and whatever arrives after the end of its stream: its sender has gone on without it. Pure.
 */
export class StreamReceiver<T> {
  readonly #actions: ReceiverActions<T>;
  readonly #streams = new Map<NodeId, Map<number, Stream>>();

  constructor(actions: ReceiverActions<T>) {
    this.#actions = actions;
  }

  /** True while another node may send more in a stream. */
  get hasOpenStreams(): boolean {
    for (const streams of this.#streams.values())
      for (const { isEnded } of streams.values()) if (!isEnded) return true;
    return false;
  }

  forwarded(from: NodeId, { slot, stream, number, stanza }: Forwarded<T>): void {
    const { isEnded, handled } = this.#stream(from, { slot, stream });
    if (isEnded || number !== handled || !this.#actions.serves(slot)) {
      // The place stays open: all that follows in this stream is returned too.
      const isSent = this.#actions.send({ to: from, kind: "returned", slot, stream, number, stanza });
      if (!isSent) this.#actions.refuse(stanza);
      return;
    }
    this.#note(from, slot, { stream, handled: handled + 1, isEnded: false });
    this.#actions.deliver(slot, stanza);
  }

  /** Ends a stream, and answers behind everything that was returned before. */
  sync(from: NodeId, place: StreamPlace): void {
    const { slot, stream } = place;
    const { handled } = this.#stream(from, place);
    const isNewest = (this.#streams.get(from)?.get(slot)?.stream ?? stream) <= stream;
    if (isNewest) this.#note(from, slot, { stream, handled, isEnded: true });
    this.#actions.send({ to: from, kind: "synced", slot, stream, handled });
  }

  /** Forgets the streams of a node that is gone. */
  forget(node: NodeId): void {
    this.#streams.delete(node);
  }

  /** Returns what is known of a stream. One before the newest has ended. */
  #stream(from: NodeId, { slot, stream }: StreamPlace): Stream {
    const newest = this.#streams.get(from)?.get(slot);
    if (newest?.stream === stream) return newest;
    return { stream, handled: 0, isEnded: newest !== undefined && newest.stream > stream };
  }

  #note(from: NodeId, slot: number, stream: Stream): void {
    const streams = this.#streams.get(from);
    if (streams) streams.set(slot, stream);
    else this.#streams.set(from, new Map([[slot, stream]]));
  }
}
