// Notes that are kept with a room as JSON, each the matter of one concern.
import type { Room } from "./room.ts";

/** What was read is handed out many times over: nobody changes it. */
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

export interface JsonNote<T> {
  /** What the note of a room holds; `empty` where there is none. */
  read(room: Room): Frozen<T>;
  /** Keeps it with the room; nothing, or an empty list, takes the note away. */
  keep(room: Room, value: Frozen<T> | undefined): void;
}

/** The note of one concern, by its name, and what it holds in a room that has none. */
export function jsonNote<T>(name: string, empty: Frozen<T>): JsonNote<T> {
  return {
    read(room) {
      const text = room.notes.get(name);
      return text === undefined ? empty : (readings.of(text) as Frozen<T>);
    },
    keep(room, value) {
      const before = room.notes.get(name);
      const isEmpty = value === undefined || (Array.isArray(value) && value.length === 0);
      room.note(name, isEmpty ? undefined : JSON.stringify(value));
      const after = room.notes.get(name);
      if (before === after) return;
      if (before !== undefined) readings.forget(before);
      if (after !== undefined) readings.remember(after, value);
    },
  };
}

/** The most text of which the reading is remembered, in UTF-16 units: of all rooms together, so that idle ones hold nothing more. */
const REMEMBERED = 1_000_000;

/** What texts were read as: entries and departures ask for the same notes again and again. */
class Readings {
  /** Those of the latest texts, the latest last. */
  readonly #values = new Map<string, unknown>();
  #length = 0;

  of(text: string): unknown {
    const known = this.#values.get(text);
    if (known !== undefined) return known;
    const value: unknown = JSON.parse(text);
    this.remember(text, value);
    return value;
  }

  remember(text: string, value: unknown): void {
    this.forget(text);
    this.#values.set(text, value);
    this.#length += text.length;
    for (const oldest of this.#values.keys()) {
      if (this.#length <= REMEMBERED) break;
      this.forget(oldest);
    }
  }

  forget(text: string): void {
    if (this.#values.delete(text)) this.#length -= text.length;
  }
}

const readings = new Readings();
