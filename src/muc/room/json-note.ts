// Notes in JSON, each of one feature (`Room.notes`).
import { z } from "zod";
import { accountOf } from "../../xmpp/jid.ts";
import type { NoteFormat } from "../model/note-format.ts";
import type { Room } from "./room.ts";

/** Schema of a bare JID in a note; normalizes it. */
export const account = z.string().transform(accountOf);

/** A deeply read-only value: readers of a note share it. */
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

export interface JsonNote<T> extends NoteFormat {
  /** Returns the value of a room's note; `empty` if there is none, or if it is invalid. */
  read(room: Room): Frozen<T>;
  /** Writes the note; undefined or an empty list removes it. */
  write(room: Room, value: Frozen<T> | undefined): void;
}

/**
 * Makes a JSON note. `empty`: the value in rooms that have no such note, or an invalid one. For `instead` see
 * `NoteFormat`.
 */
export function jsonNote<T>(
  name: string,
  schema: z.ZodType<T>,
  empty: Frozen<T>,
  instead?: NoteFormat["instead"],
): JsonNote<T> {
  return {
    name,
    problemIn(text) {
      const reading = readings.of(text, schema);
      return "problem" in reading ? reading.problem : undefined;
    },
    ...(instead && { instead }),
    read(room) {
      const text = room.notes.get(name);
      const reading = text === undefined ? undefined : readings.of(text, schema);
      return reading && "value" in reading ? (reading.value as Frozen<T>) : empty;
    },
    write(room, value) {
      const before = room.notes.get(name);
      const isEmpty = value === undefined || (Array.isArray(value) && value.length === 0);
      room.note(name, isEmpty ? undefined : JSON.stringify(value));
      const after = room.notes.get(name);
      if (before === after) return;
      if (before !== undefined) readings.forget(before);
      if (after !== undefined) readings.remember(after, { schema, value });
    },
  };
}

/** A note that is a list. */
interface ListNote<Entry> {
  read(room: Room): readonly Entry[];
  write(room: Room, value: readonly Entry[]): void;
}

/** Removes entries from a list. Returns them. */
export function removeEntries<Entry>(
  note: ListNote<Entry>,
  room: Room,
  isMeant: (entry: Entry) => boolean,
): readonly Entry[] {
  const all = note.read(room);
  const removed = all.filter(isMeant);
  if (removed.length > 0)
    note.write(
      room,
      all.filter((entry) => !isMeant(entry)),
    );
  return removed;
}

/** Maximum length of the texts in the cache, in UTF-16 units. All rooms share it, so that idle rooms hold no memory. */
const MAX_CACHED = 1_000_000;

/** The value of a text parsed with a schema, or the reason why it is invalid. */
type Reading = { readonly schema: z.ZodType } & ({ readonly value: unknown } | { readonly problem: string });

function readAs(schema: z.ZodType, text: string): Reading {
  try {
    const { success, data, error } = schema.safeParse(JSON.parse(text));
    if (success) return { schema, value: data };
    const [issue] = error.issues;
    const place = issue?.path.join(".") ?? "";
    return { schema, problem: `${place === "" ? "" : `${place}: `}${issue?.message}` };
  } catch (error) {
    return { schema, problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Cache of parsed texts: each join and departure reads the same notes. */
class Readings {
  /** Parsed values by text; the latest text is last. */
  readonly #readings = new Map<string, Reading>();
  #length = 0;

  of(text: string, schema: z.ZodType): Reading {
    const known = this.#readings.get(text);
    if (known?.schema === schema) return known;
    const reading = readAs(schema, text);
    this.remember(text, reading);
    return reading;
  }

  remember(text: string, reading: Reading): void {
    this.forget(text);
    this.#readings.set(text, reading);
    this.#length += text.length;
    for (const oldest of this.#readings.keys()) {
      if (this.#length <= MAX_CACHED) break;
      this.forget(oldest);
    }
  }

  forget(text: string): void {
    if (this.#readings.delete(text)) this.#length -= text.length;
  }
}

const readings = new Readings();
