// What something that waits to be said weighs, in bytes.
import type { Saying, Series, Unaddressed } from "../muc/model/effects.ts";
import type { JournalEntry } from "../muc/model/journal.ts";

/** How much something will be when it is written, and how much memory it takes until then. */
export interface OutputSize {
  readonly wire: number;
  readonly memory: number;
}

/** An address, counted and not measured: lists of recipients are long. */
const ADDRESS = 40;
/** A place in a list that is not shared with what else the room says. */
const PLACE = 8;
/** What the objects around a text take. */
const OBJECT = 200;
/** What is not yet put into words, but for the texts that clients have sent. */
const DEFERRED = 500;
/** A question to the store, without the stanza that it answers. */
const STORE_QUERY = 2_000;
/** What a stanza takes in memory, as a multiple of its text. */
export const PARSED_FACTOR = 10;
/** An entry of the journal without the texts that clients have sent. */
const ENTRY = 500;

/** Longer lists are not gone through. */
const SAMPLES = 50;
/** From so many on, what is said to one is said to others too, and so is in memory once. */
const SHARED = 50;

/** The size of one stanza with its recipient when it is written; its text is not made for that. */
export const stanzaSize = (stanza: Unaddressed): number =>
  (stanza.size ?? Buffer.byteLength(stanza.head) + Buffer.byteLength(stanza.tail)) + ADDRESS;

/** The size of the stanzas together: of many, by some of them. */
function batchSize({ stanzas }: Series): number {
  const step = Math.max(1, Math.floor(stanzas.length / SAMPLES));
  let size = 0;
  let samples = 0;
  for (let place = 0; place < stanzas.length; place += step, samples += 1) {
    const stanza = stanzas[place];
    if (stanza) size += stanzaSize(stanza);
  }
  return step === 1 ? size : Math.ceil(size / samples) * stanzas.length;
}

/** Takes no longer for many recipients or stanzas. */
export function outputSize(saying: Saying): OutputSize {
  if (typeof saying === "string") {
    const written = Buffer.byteLength(saying);
    return { wire: written, memory: written + OBJECT };
  }
  if ("sayings" in saying)
    return { wire: (saying.size + ADDRESS) * saying.count, memory: DEFERRED + saying.size };
  if ("ask" in saying) return { wire: STORE_QUERY, memory: STORE_QUERY + saying.size * PARSED_FACTOR };
  if ("reached" in saying) return { wire: 0, memory: 0 };
  if ("stanzas" in saying) {
    const written = batchSize(saying);
    const { length } = saying.stanzas;
    return { wire: written, memory: PLACE * length + OBJECT + (length < SHARED ? written : 0) };
  }
  const size = stanzaSize(saying);
  const { count, length } = saying.to;
  const places = count === undefined ? PLACE * length : 0;
  return { wire: size * (count ?? length), memory: size + places + OBJECT };
}

/** The same of many together. What cannot be weighed could not be written either: it is taken out, and `faulted` told. */
export function totalSize(sayings: Saying[], faulted: (error: unknown) => void): OutputSize {
  let written = 0;
  let held = 0;
  for (const [place, saying] of sayings.entries()) {
    try {
      const weight = outputSize(saying);
      written += weight.wire;
      held += weight.memory;
    } catch (error) {
      sayings[place] = "";
      held += outputSize("").memory;
      faulted(error);
    }
  }
  return { wire: written, memory: held };
}

/** The memory that entries take until they are kept. */
export function journalSize(entries: readonly JournalEntry[]): number {
  let held = 0;
  for (const entry of entries) held += ENTRY + textOf(entry);
  return held;
}

function textOf(entry: JournalEntry): number {
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
