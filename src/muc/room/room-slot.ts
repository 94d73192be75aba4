// State that one feature keeps on a room: `Room` itself does not know it.
import type { Room } from "./room.ts";
import type { RoomObserver } from "./room-observer.ts";

/** A feature's state on each room, made on first use and never dropped. Each slot has a name of its own. */
export class RoomSlot<T extends object> {
  readonly #name: string;
  readonly #make: (room: Room) => T;

  constructor(name: string, make: (room: Room) => T) {
    this.#name = name;
    this.#make = make;
  }

  of(room: Room): T {
    let state = this.peek(room);
    if (state === undefined) {
      state = this.#make(room);
      room.slots.set(this.#name, state);
    }
    return state;
  }

  /** The state, where the feature has made it. */
  peek(room: Room): T | undefined {
    // Only this slot sets a value under its name.
    return room.slots.get(this.#name) as T | undefined;
  }
}

/** Derived state that the room tells of its changes. */
export class ObserverSlot<T extends RoomObserver> {
  readonly #name: string;
  readonly #make: (room: Room) => T;

  constructor(name: string, make: (room: Room) => T) {
    this.#name = name;
    this.#make = make;
  }

  of(room: Room): T {
    // Only this slot sets a value under its name.
    let state = room.observers.get(this.#name) as T | undefined;
    if (state === undefined) {
      state = this.#make(room);
      room.observers.set(this.#name, state);
    }
    return state;
  }
}
