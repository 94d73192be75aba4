// Rooms are in memory while they are in use, and no longer.
import type { Outbox } from "./connection/outbox.ts";
import { type Awaitable, whenReady } from "./muc/records.ts";
import type { RoomRegistry } from "./muc/registry.ts";
import type { Store } from "./storage/store.ts";

type Action = (fault?: unknown) => void;

/** Brings rooms into memory before the rules need them, and lets go of those that nobody uses. */
export class RoomLoader {
  readonly #registry: RoomRegistry;
  readonly #store: Store;
  readonly #outbox: Pick<Outbox, "whenKept">;
  /** What waits for a room that is being read, by its node. */
  readonly #waiting = new Map<string, Action[]>();

  constructor(registry: RoomRegistry, store: Store, outbox: Pick<Outbox, "whenKept">) {
    this.#registry = registry;
    this.#store = store;
    this.#outbox = outbox;
  }

  /**
   * Does something when a room that may be stored is in memory: at once, where it is already, and always in the
   * order of asking for that room. Where the store cannot be read the action gets the fault.
   */
  whenLoaded(node: string, action: Action): void {
    const waiting = this.#waiting.get(node);
    if (waiting) {
      waiting.push(action);
      return;
    }
    const room = this.#registry.get(node);
    if (room) {
      room.usedAt = this.#registry.environment.now();
      action();
      return;
    }
    const queue = [action];
    this.#waiting.set(node, queue);
    const go = (fault?: unknown): void => {
      this.#waiting.delete(node);
      for (const each of queue) each(fault);
    };
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

  /** Lets go of rooms that nobody is in and that were not used since then (milliseconds since 1970). */
  unload(unusedSince: number): void {
    this.#registry.unload(unusedSince, (node) => this.#waiting.has(node));
  }

  #load(node: string): Awaitable<void> {
    // What the store has of the room may be older than what is on its way there.
    return whenReady(this.#outbox.whenKept(), () =>
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
