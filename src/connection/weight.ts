// What something that waits to be said weighs, in bytes.
import type { Saying, Series, Unaddressed } from "../muc/model/effects.ts";
import type { JournalEntry } from "../muc/model/journal.ts";

/** How much something will be when it is written, and how much memory it takes until then. */
export interface Weight {
  readonly written: number;
  readonly held: number;
}

/** An address, counted and not measured: lists of recipients are long. */
const ADDRESS = 40;
/** A place in a list that is not shared with what else the room says. */
const PLACE = 8;
/** What the objects around a text take. */
const OBJECT = 200;
/** What is not yet put into words, but for the texts that clients have sent. */
const UNSAID = 500;
/** A question to the store, without the stanza that it answers. */
const INQUIRY = 2_000;
/** What a stanza takes in memory, as a multiple of its text. */
export const PARSED = 10;
/** An entry of the journal without the texts that clients have sent. */
const ENTRY = 500;

/** Longer lists are not gone through. */
const SAMPLES = 50;
/** From so many on, what is said to one is said to others too, and so is in memory once. */
const SHARED = 50;

/** The size of one stanza with its recipient when it is written; its text is not made for that. */
export const sizeOfStanza = (stanza: Unaddressed): number =>
  (stanza.size ?? Buffer.byteLength(stanza.head) + Buffer.byteLength(stanza.tail)) + ADDRESS;

/** The size of the stanzas together: of many, by some of them. */
function sizeOfSeries({ stanzas }: Series): number {
  const step = Math.max(1, Math.floor(stanzas.length / SAMPLES));
  let size = 0;
  let samples = 0;
  for (let place = 0; place < stanzas.length; place += step, samples += 1) {
    const stanza = stanzas[place];
    if (stanza) size += sizeOfStanza(stanza);
  }
  return step === 1 ? size : Math.ceil(size / samples) * stanzas.length;
}

/** Takes no longer for many recipients or stanzas. */
export function weigh(saying: Saying): Weight {
  if (typeof saying === "string") {
    const written = Buffer.byteLength(saying);
    return { written, held: written + OBJECT };
  }
  if ("sayings" in saying)
    return { written: (saying.size + ADDRESS) * saying.count, held: UNSAID + saying.size };
  if ("ask" in saying) return { written: INQUIRY, held: INQUIRY + saying.size * PARSED };
  if ("reached" in saying) return { written: 0, held: 0 };
  if ("stanzas" in saying) {
    const written = sizeOfSeries(saying);
    const { length } = saying.stanzas;
    return { written, held: PLACE * length + OBJECT + (length < SHARED ? written : 0) };
  }
  const size = sizeOfStanza(saying);
  const { count, length } = saying.to;
  const places = count === undefined ? PLACE * length : 0;
  return { written: size * (count ?? length), held: size + places + OBJECT };
}

/** The same of many together. What cannot be weighed could not be written either: it is taken out, and `faulted` told. */
export function weighAll(sayings: Saying[], faulted: (error: unknown) => void): Weight {
  let written = 0;
  let held = 0;
  for (const [place, saying] of sayings.entries()) {
    try {
      const weight = weigh(saying);
      written += weight.written;
      held += weight.held;
    } catch (error) {
      sayings[place] = "";
      held += weigh("").held;
      faulted(error);
    }
  }
  return { written, held };
}

/** The memory that entries take until they are kept. */
export function weighJournal(entries: readonly JournalEntry[]): number {
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
