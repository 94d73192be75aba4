// Rooms take turns to write, so that a room with much output does not delay the others.
import type { RoomOutput, StoreQuery } from "../muc/model/effects.ts";
import { Backlog } from "./backlog.ts";
import { enqueue, isEmpty, newQueue, type RoomQueue } from "./room-queue.ts";
import { type MulticastPort, RoomTurn, type TurnContext } from "./room-turn.ts";
import { SizeGuard } from "./size-guard.ts";

export class RoundRobin {
  /** Rooms with output, in the order of their turns. */
  readonly #queues = new Map<string, RoomQueue>();
  /** Rooms that wait until the server has delivered copies. */
  readonly #blocked = new Map<string, RoomQueue>();
  readonly #context: TurnContext;
  #sent = 0;
  #skipped = 0;

  /**
   * `backlog` has the output already when it is added here; written output leaves it, except queries of the store.
   * `faulted` is called for each stanza that cannot be built, with the node of its room; the stanza is left out.
   */
  constructor(
    multicast?: MulticastPort,
    backlog = new Backlog(),
    faulted: (error: unknown, node: string) => void = () => {},
    guard = new SizeGuard(),
  ) {
    this.#context = { multicast, backlog, faulted, guard };
  }

  /** Number of stanzas written, a copy for each recipient. */
  get sent(): number {
    return this.#sent;
  }

  /** Number of places without a recipient that were skipped. */
  get skipped(): number {
    return this.#skipped;
  }

  get isEmpty(): boolean {
    return this.#queues.size === 0 && this.#blocked.size === 0;
  }

  /** Returns true if a room can write now. */
  get hasReady(): boolean {
    return this.#queues.size > 0;
  }

  /** Adds output behind the room's waiting output; `sender` as in `Effects`. */
  add({ node, outputs }: RoomOutput, sender = ""): void {
    const queue = this.#queueOf(node);
    for (const output of outputs) enqueue(node, queue, output, sender, this.#context.backlog);
  }

  /** Adds a text that the server refused, before the room's waiting output. */
  resend(node: string, text: string): void {
    this.#queueOf(node).resends.push(text);
  }

  /** Returns the text of the next room's turn, which may be empty. `ask` is called for each query of the store. */
  next(ask: (query: StoreQuery, node: string, sender: string) => void): string {
    for (const [node, queue] of this.#queues) {
      this.#queues.delete(node);
      const turn = new RoomTurn(node, queue, this.#context, ask);
      const isBlocked = turn.run();
      this.#sent += turn.sent;
      this.#skipped += turn.skipped;
      if (isBlocked) this.#blocked.set(node, queue);
      else if (!isEmpty(queue)) this.#queues.set(node, queue);
      return turn.text + (this.#context.multicast?.deliveryPing() ?? "");
    }
    return "";
  }

  /** Lets blocked rooms try again: the server has delivered copies. */
  unblock(): void {
    for (const [room, queue] of this.#blocked) this.#queues.set(room, queue);
    this.#blocked.clear();
  }

  #queueOf(node: string): RoomQueue {
    const waiting = this.#queues.get(node) ?? this.#blocked.get(node);
    if (waiting) return waiting;
    const queue = newQueue();
    this.#queues.set(node, queue);
    return queue;
  }
}
