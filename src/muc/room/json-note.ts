// Notes that are kept with a room as JSON, each the matter of one concern.
import { z } from "zod";
import { accountOf } from "../../xmpp/jid.ts";
import type { NoteFormat } from "../model/note-format.ts";
import type { Room } from "./room.ts";

/** An address in a note, whatever the form in which it was kept. */
export const account = z.string().transform(accountOf);

/** What was read is handed out many times over: nobody changes it. */
type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

export interface JsonNote<T> extends NoteFormat {
  /** What the note of a room holds; `empty` where there is none. */
  read(room: Room): Frozen<T>;
  /** Keeps it with the room; nothing, or an empty list, takes the note away. */
  keep(room: Room, value: Frozen<T> | undefined): void;
}

/**
 * The note of one concern, by its name; what it holds in a room that has none, or one that cannot be read; and what is
 * kept instead of the latter, if anything.
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
    keep(room, value) {
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

/** The most text of which the reading is remembered, in UTF-16 units: of all rooms together, so that idle ones hold nothing more. */
const REMEMBERED = 1_000_000;

/** What a text says by the schema of a note, or why it says nothing. */
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

/** What texts were read as: entries and departures ask for the same notes again and again. */
class Readings {
  /** Those of the latest texts, the latest last. */
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
      if (this.#length <= REMEMBERED) break;
      this.forget(oldest);
    }
  }

  forget(text: string): void {
    if (this.#readings.delete(text)) this.#length -= text.length;
  }
}

const readings = new Readings();
