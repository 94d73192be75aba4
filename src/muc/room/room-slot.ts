// Typed slots for the state of single features on a room, which `Room` itself does not know.
import type { SmallMap } from "../model/small-map.ts";
import type { Room } from "./room.ts";
import type { RoomObserver } from "./room-observer.ts";

/** One state on each room, made on first use. Each slot has a name of its own. */
class Slot<T extends S, S extends object> {
  readonly #name: string;
  readonly #make: (room: Room) => T;
  readonly #statesOf: (room: Room) => SmallMap<string, S>;

  constructor(name: string, make: (room: Room) => T, statesOf: (room: Room) => SmallMap<string, S>) {
    this.#name = name;
    this.#make = make;
    this.#statesOf = statesOf;
  }

  of(room: Room): T {
    let state = this.peek(room);
    if (state === undefined) {
      state = this.#make(room);
      this.#statesOf(room).set(this.#name, state);
    }
    return state;
  }

  /** Returns the state if it exists already. */
  peek(room: Room): T | undefined {
    // Only this slot sets a value under its name.
    return this.#statesOf(room).get(this.#name) as T | undefined;
  }
}

/** State of a feature, which is never dropped. */
export class RoomSlot<T extends object> extends Slot<T, object> {
  constructor(name: string, make: (room: Room) => T) {
    super(name, make, ({ slots }) => slots);
  }
}

/** Derived state that the room notifies of its changes. */
export class ObserverSlot<T extends RoomObserver> extends Slot<T, RoomObserver> {
  constructor(name: string, make: (room: Room) => T) {
    super(name, make, ({ observers }) => observers);
  }
}
