// Typed slots for the state of single features on a room, which `Room` itself does not know.
import type { Room } from "./room.ts";
import type { RoomObserver } from "./room-observer.ts";

/** State of one feature on each room. It is made on first use and never dropped. Names of slots are unique. */
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

  /** Returns the state, if it was made. */
  peek(room: Room): T | undefined {
    // Only this slot sets a value under its name.
    return room.slots.get(this.#name) as T | undefined;
  }
}

/** Derived state of one feature on each room, which observes the room. */
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
