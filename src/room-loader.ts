// Rooms are in memory while they are in use, and no longer.
import { setImmediate as immediate } from "node:timers/promises";
import type { Outbox } from "./connection/outbox.ts";
import { type Awaitable, whenReady } from "./muc/model/records.ts";
import type { RoomRegistry } from "./muc/service/registry.ts";
import type { Store } from "./storage/store.ts";

type Action = (fault?: unknown) => void;

interface LoaderHandlers {
  /** An action for the room of that node has failed. */
  faulted(error: unknown, node: string): void;
}

/** Brings rooms into memory before the rules need them, and lets go of those that nobody uses. */
export class RoomLoader {
  readonly #registry: RoomRegistry;
  readonly #store: Store;
  readonly #outbox: Pick<Outbox, "whenCommitted">;
  readonly #handlers: LoaderHandlers;
  /** What waits for a room that is being read, by its node. */
  readonly #waiting = new Map<string, Action[]>();

  constructor(
    registry: RoomRegistry,
    store: Store,
    outbox: Pick<Outbox, "whenCommitted">,
    handlers: LoaderHandlers,
  ) {
    this.#registry = registry;
    this.#store = store;
    this.#outbox = outbox;
    this.#handlers = handlers;
  }

  /**
   * Does something when a room that may be stored is in memory: at once, where it is already, and always in the
   * order of asking for that room. Where the store cannot be read the action gets the fault. An action that throws costs
   * nothing else.
   */
  whenLoaded(node: string, action: Action): void {
    const waiting = this.#waiting.get(node);
    if (waiting) {
      waiting.push(action);
      return;
    }
    const room = this.#registry.get(node);
    if (!room) {
      this.#begin(node, [action]);
      return;
    }
    this.#do(node, () => {
      action();
      room.usedAt = this.#registry.environment.elapsed();
    });
    if (this.#registry.lost.has(node)) this.#begin(node, []);
  }

  /** Loads the rooms that had occupants when the service stopped, one after the other. `unreadable` gets each fault. */
  async loadOccupied(signal: AbortSignal, unreadable: (error: unknown, node: string) => void): Promise<void> {
    this.#registry.returning = true;
    try {
      for (const node of await this.#store.occupiedRooms()) {
        if (signal.aborted) return;
        await new Promise<void>((resolve) =>
          this.whenLoaded(node, (fault) => {
            if (fault !== undefined) unreadable(fault, node);
            resolve();
          }),
        );
        await immediate();
      }
    } finally {
      this.#registry.returning = false;
    }
  }

  /** Reads rooms again that a fault has taken out of memory. */
  readLost(): void {
    for (const node of this.#registry.lost) if (!this.#waiting.has(node)) this.#begin(node, []);
  }

  /** Reads a room, then does what waits for it. */
  #begin(node: string, queue: Action[]): void {
    this.#waiting.set(node, queue);
    this.#registry.lost.delete(node);
    const go = (fault?: unknown): void => this.#go(node, queue, fault);
    let loading: Awaitable<void>;
    try {
      loading = this.#load(node);
    } catch (error) {
      go(error);
      return;
    }
    if (loading instanceof Promise) loading.then(() => go(), go);
    else go();
  }

  #go(node: string, queue: readonly Action[], fault: unknown): void {
    for (const [index, action] of queue.entries()) {
      this.#do(node, () => action(fault));
      if (!this.#registry.lost.has(node)) continue;
      this.#begin(node, queue.slice(index + 1));
      return;
    }
    this.#waiting.delete(node);
  }

  #do(node: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#handlers.faulted(error, node);
    }
  }

  /** Lets go of rooms that nobody is in and that were not used since then (as `RoomEnvironment.elapsed`). */
  unload(unusedSince: number): void {
    this.#registry.unload(unusedSince, (node) => this.#waiting.has(node));
  }

  #load(node: string): Awaitable<void> {
    // What the store has of the room may be older than what is on its way there.
    return whenReady(this.#outbox.whenCommitted(), () =>
      whenReady(this.#store.loadRoom(node), (record) => {
        if (!record) return undefined;
        const { historyLength } = this.#registry.environment.limits;
        return whenReady(this.#store.latestDiscussion(node, historyLength), (discussion) => {
          this.#registry.restore(record, discussion);
        });
      }),
    );
  }
}
