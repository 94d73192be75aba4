// Size of output that waits to be written, in bytes.
import type { Batch, Output, StanzaTemplate } from "../muc/model/effects.ts";
import type { JournalEntry } from "../muc/model/journal.ts";

/** Estimated bytes: on the wire when it is written, and of memory until then. */
export interface OutputSize {
  readonly wire: number;
  readonly memory: number;
}

/** An address. It is not measured, since lists of recipients are long. */
const ADDRESS = 40;
/** A place in a list of recipients of its own. */
const PLACE = 8;
/** The objects around a text. */
const OBJECT = 200;
/** Deferred output without the texts of clients. */
const DEFERRED = 500;
/** A query of the store without its request. */
const STORE_QUERY = 2_000;
/** Memory of a parsed stanza, as a multiple of its text. */
export const PARSED_FACTOR = 10;
/** A journal entry without the texts of clients. */
const ENTRY = 500;

/** Stanzas of a long batch that are measured. */
const SAMPLES = 50;
/** Length from which the stanzas of a batch are shared with others, and so are in memory once. */
const SHARED = 50;

/** Returns the bytes of one stanza on the wire, with its recipient; does not build its text. */
export const stanzaSize = (stanza: StanzaTemplate): number =>
  (stanza.size ?? Buffer.byteLength(stanza.head) + Buffer.byteLength(stanza.tail)) + ADDRESS;

/** Returns the bytes of a batch on the wire: of a long one, by some samples. */
function batchSize({ stanzas }: Batch): number {
  const step = Math.max(1, Math.floor(stanzas.length / SAMPLES));
  let size = 0;
  let samples = 0;
  for (let place = 0; place < stanzas.length; place += step, samples += 1) {
    const stanza = stanzas[place];
    if (stanza) size += stanzaSize(stanza);
  }
  return step === 1 ? size : Math.ceil(size / samples) * stanzas.length;
}

/** Returns the size of a complete text. */
export function textSize(text: string): OutputSize {
  const wire = Buffer.byteLength(text);
  return { wire, memory: wire + OBJECT };
}

/** Returns the size of output, in constant time. */
export function outputSize(output: Output): OutputSize {
  switch (output.kind) {
    case "stanza":
      return textSize(output.xml);
    case "deferred":
      return { wire: (output.size + ADDRESS) * output.count, memory: DEFERRED + output.size };
    case "query":
      return { wire: STORE_QUERY, memory: STORE_QUERY + output.size * PARSED_FACTOR };
    case "marker":
      return { wire: 0, memory: 0 };
    case "batch": {
      const wire = batchSize(output);
      const { length } = output.stanzas;
      return { wire, memory: PLACE * length + OBJECT + (length < SHARED ? wire : 0) };
    }
    case "broadcast": {
      const size = stanzaSize(output);
      const { count, length } = output.to;
      const places = count === undefined ? PLACE * length : 0;
      return { wire: size * (count ?? length), memory: size + places + OBJECT };
    }
  }
}

/** Returns the size of all outputs. Removes those that cannot be measured, and so not be written, and calls `faulted`. */
export function totalSize(outputs: Output[], faulted: (error: unknown) => void): OutputSize {
  let wire = 0;
  let memory = 0;
  outputs.forEach((output, place) => {
    try {
      const size = outputSize(output);
      wire += size.wire;
      memory += size.memory;
    } catch (error) {
      outputs[place] = { kind: "stanza", xml: "" };
      memory += textSize("").memory;
      faulted(error);
    }
  });
  return { wire, memory };
}

/** Returns the memory that journal entries take until they are committed. */
export function journalSize(entries: readonly JournalEntry[]): number {
  let memory = 0;
  for (const entry of entries) memory += ENTRY + textSizeOf(entry);
  return memory;
}

function textSizeOf(entry: JournalEntry): number {
  switch (entry.kind) {
    case "message-archived":
      return entry.message.payload.length + (entry.message.text?.length ?? 0);
    case "message-retracted":
      return entry.payload.length;
    case "session-stored":
      return entry.session.payload.length;
    case "note-changed":
      return entry.text?.length ?? 0;
    default:
      return 0;
  }
}
