import { escapeAttribute } from "../xmpp/escape.ts";
import type { JournalEntry } from "./journal.ts";
import type { Inquiry } from "./records.ts";

/** One text for many recipients: `head`, an escaped address, `tail`. */
export interface Copies {
  readonly head: string;
  readonly tail: string;
  readonly to: readonly string[];
}

/** What handling one stanza has brought about, in order. Nothing of `outgoing` is written before `journal` is kept. */
export class Effects {
  readonly journal: JournalEntry[] = [];
  readonly outgoing: (string | Copies)[] = [];

  readonly inquiries: Inquiry[] = [];

  /** One stanza, complete. */
  send(stanza: string): void {
    this.outgoing.push(stanza);
  }

  /** The same stanza for every address of `to`; costs nothing where there is none. */
  copies(head: string, tail: string, to: readonly string[]): void {
    if (to.length > 0) this.outgoing.push({ head, tail, to });
  }

  /** Something that is read from what is kept, after everything else is kept and sent. */
  inquire(inquiry: Inquiry): void {
    this.inquiries.push(inquiry);
  }

  get isEmpty(): boolean {
    return this.journal.length === 0 && this.outgoing.length === 0 && this.inquiries.length === 0;
  }

  /** Adds what another handling has brought about. */
  append(other: Effects): void {
    this.journal.push(...other.journal);
    this.outgoing.push(...other.outgoing);
    this.inquiries.push(...other.inquiries);
  }
}

/** The stanzas of one outgoing entry as one text. */
export function writeOutgoing(entry: string | Copies): string {
  if (typeof entry === "string") return entry;
  let text = "";
  for (const to of entry.to) text += entry.head + escapeAttribute(to) + entry.tail;
  return text;
}
