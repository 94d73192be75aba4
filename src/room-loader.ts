// Loads rooms from the store when they are needed, and unloads them when they are idle.
import { setTimeout as delay, setImmediate as immediate } from "node:timers/promises";
import type { Outbox } from "./connection/outbox.ts";
import { type Awaitable, whenReady } from "./muc/model/records.ts";
import type { RoomRegistry } from "./muc/service/registry.ts";
import type { Store } from "./storage/store.ts";

type Action = (fault?: unknown) => void;

/** Milliseconds between two looks at a frozen room. */
const LOOK_MS = 10;

interface LoaderHandlers {
  /** An action for the room of that node threw. */
  faulted(error: unknown, node: string): void;
}

/** Loads rooms before the rules need them, and unloads idle ones. */
export class RoomLoader {
  readonly #registry: RoomRegistry;
  readonly #store: Store;
  readonly #outbox: Pick<Outbox, "whenCommitted">;
  readonly #handlers: LoaderHandlers;
  /** Actions that wait for a room to be loaded, by node. */
  readonly #waiting = new Map<string, Action[]>();
  readonly #idle: (() => void)[] = [];
  /** Number of calls of `loadOccupied` under way. */
  #loads = 0;

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
   * Runs an action when a room, if it is stored, is in memory: at once if it is already. Actions for one room run in the
   * order of the calls. If the store cannot be read, the action gets the fault. An action that throws affects no other.
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

  /** Resolves when no action waits for its room. */
  whenIdle(): Promise<void> {
    return this.#waiting.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Returns true if actions wait for a room. */
  isWaiting(isMeant: (node: string) => boolean): boolean {
    return [...this.#waiting.keys()].some(isMeant);
  }

  /**
   * Loads rooms that have occupants, as when the service has started, one after the other. `isWanted` chooses among them, at the
   * moment of each. A frozen room waits: if it moves, it is not wanted any more. `unreadable` gets each fault.
   */
  async loadOccupied(
    signal: AbortSignal,
    unreadable: (error: unknown, node: string) => void,
    isWanted: (node: string) => boolean = () => true,
  ): Promise<void> {
    this.#loads += 1;
    this.#registry.isLoading = true;
    try {
      for (const node of await this.#store.occupiedRooms()) {
        while (!signal.aborted && isWanted(node) && this.#registry.isFrozen(node)) await delay(LOOK_MS);
        if (signal.aborted) return;
        if (!isWanted(node)) continue;
        await new Promise<void>((resolve) =>
          this.whenLoaded(node, (fault) => {
            if (fault !== undefined) unreadable(fault, node);
            resolve();
          }),
        );
        await immediate();
      }
    } finally {
      this.#loads -= 1;
      this.#registry.isLoading = this.#loads > 0;
    }
  }

  /** Loads rooms again that a fault has removed from memory. */
  readLost(): void {
    for (const node of this.#registry.lost)
      if (!this.#waiting.has(node) && !this.#registry.isFrozen(node)) this.#begin(node, []);
  }

  /** Loads a room, then runs the actions that wait for it. */
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
    if (this.#waiting.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #do(node: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#handlers.faulted(error, node);
    }
  }

  /** Unloads rooms without occupants that were not used since then (as `RoomEnvironment.elapsed`). */
  unload(unusedSince: number): void {
    this.#registry.unload(unusedSince, (node) => this.#waiting.has(node));
  }

  #load(node: string): Awaitable<void> {
    // Pending commits may be newer than the store's version of the room.
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
