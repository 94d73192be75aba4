import { escapeAttribute } from "../../xmpp/escape.ts";
import type { JournalEntry } from "./journal.ts";
import type { Inquiry } from "./records.ts";

/** Addresses, as a list or as who was in a room at a moment: then some of its places may be nobody's. */
export interface Recipients {
  readonly length: number;
  /** How many there are, where some of the places may be nobody's. */
  readonly count?: number;
  /**
   * The address at a place, undefined where there is nobody (any more). `isLate`: it is told so late that who has left
   * since need not be told any more.
   */
  at(place: number, isLate?: boolean): string | undefined;
}

/** A stanza but for its recipient: `head`, an escaped address, `tail`. */
export interface Unaddressed {
  readonly head: string;
  readonly tail: string;
  /** About how many bytes there are in both, where they are made when they are read. */
  readonly size?: number | undefined;
}

/** One stanza for many recipients. */
export interface Copies extends Unaddressed {
  readonly to: Recipients;
  /** Names what it tells: a newer one of the same name may be said in its place, as it tells all that this one does. */
  readonly news?: string | undefined;
}

/** One stanza for many recipients, where its text is made when it is written. */
class CopiesOf implements Copies {
  readonly #stanza: Unaddressed;
  readonly to: Recipients;
  readonly news: string | undefined;

  constructor(stanza: Unaddressed, to: Recipients, news?: string) {
    this.#stanza = stanza;
    this.to = to;
    this.news = news;
  }

  get head(): string {
    return this.#stanza.head;
  }

  get tail(): string {
    return this.#stanza.tail;
  }

  get size(): number | undefined {
    return this.#stanza.size;
  }
}

/** Many stanzas for one recipient, of which others get the same. */
export interface Series {
  readonly stanzas: readonly Unaddressed[];
  readonly to: string;
  /** The clients in the room, where it is for nobody else: who has left need not be told any more. */
  readonly inside?: Inside | undefined;
}

/** Who is in a room now, by full JID. */
export interface Inside {
  has(jid: string): boolean;
}

/** A place among what is said. */
export interface Landmark {
  /** Called when everything before it is written. */
  reached(): void;
}

/** What can be written as it is: one stanza, one for many, many for one; or an answer that is read from what is kept. */
export type Words = string | Copies | Series | Inquiry | Landmark;

/**
 * What is put into words when its turn comes: a change of everybody in a big room takes little until then. It tells
 * what was so when it was noted, whatever changes meanwhile.
 */
export interface Later {
  /** How many stanzas it is, and about how many bytes are in each. */
  readonly count: number;
  readonly size: number;
  sayings(): Words[];
}

/** What is to be said. */
export type Saying = Words | Later;

/** Copies of a stanza whose text is made when it is written; none where there is nobody to get one. */
export const copiesOf = (stanza: Unaddressed, to: Recipients, news?: string): Copies[] =>
  (to.count ?? to.length) > 0 ? [new CopiesOf(stanza, to, news)] : [];

/** What one room says, in order; the service itself has no node. What different rooms say has no order. */
export interface Speech {
  readonly node: string;
  readonly sayings: Saying[];
}

/** What an answer tells of: nothing that is kept, anything of its room, or whether a client (full JID) is in the room. */
export type TellsOf = "nothing" | "room" | { readonly client: string };

/** What handling one stanza has brought about, in order. Nothing of it is said before `journal` is kept. */
export class Effects {
  readonly journal: JournalEntry[] = [];
  readonly speeches: Speech[] = [];
  /** Where they are an answer and nothing else: it need not wait until what it does not tell of is kept. */
  tellsOf: TellsOf | undefined;
  /** Whose stanza has brought it about, by bare JID; empty where it was nobody's. */
  cause = "";
  readonly #node: string;

  /** `node`: of the room where it happens, or nothing for the service. */
  constructor(node = "") {
    this.#node = node;
  }

  /** The node that it was made for; empty for the service. */
  get node(): string {
    return this.#node;
  }

  /** One stanza, complete. */
  send(stanza: string): void {
    this.#say(stanza);
  }

  /** The same stanza for every address of `to`; costs nothing where there is none. */
  copies(head: string, tail: string, to: Recipients): void {
    if ((to.count ?? to.length) > 0) this.#say({ head, tail, to });
  }

  /** The same, where the stanza's text is made when it is written; for `news` see `Copies`. */
  copiesOf(stanza: Unaddressed, to: Recipients, news?: string): void {
    for (const copies of copiesOf(stanza, to, news)) this.#say(copies);
  }

  /** What is put into words when its turn comes; costs nothing where there is nobody to hear it. */
  later(news: Later): void {
    if (news.count > 0) this.#say(news);
  }

  /** These stanzas in a row for one recipient; they are read when they are written, and must not change. */
  series(stanzas: readonly Unaddressed[], to: string): void {
    if (stanzas.length > 0) this.#say({ stanzas, to });
  }

  /** An answer that is read from what is kept. */
  inquire(inquiry: Inquiry): void {
    this.#say(inquiry);
  }

  /** Calls `reached` when everything so far is written. */
  landmark(reached: () => void): void {
    this.#say({ reached });
  }

  get isEmpty(): boolean {
    return this.journal.length === 0 && this.speeches.length === 0;
  }

  /** Takes over what another handling has brought about. */
  append(other: Effects): void {
    for (const entry of other.journal) this.journal.push(entry);
    for (const speech of other.speeches) {
      if (this.speeches.at(-1)?.node !== speech.node) this.speeches.push(speech);
      else for (const saying of speech.sayings) this.#speechOf(speech.node).push(saying);
    }
  }

  #say(saying: Saying): void {
    this.#speechOf(this.#node).push(saying);
  }

  #speechOf(node: string): Saying[] {
    const last = this.speeches.at(-1);
    if (last?.node === node) return last.sayings;
    const sayings: Saying[] = [];
    this.speeches.push({ node, sayings });
    return sayings;
  }
}

/** How far recipients are gone through: how many are found, how many empty places are passed, and `isLate`. */
interface Reach {
  readonly count?: number;
  readonly passing?: number;
  readonly isLate?: boolean;
}

/** The next recipients from a place on, and the place behind them. */
export function nextRecipients(
  to: Recipients,
  start = 0,
  { count = Number.POSITIVE_INFINITY, passing = Number.POSITIVE_INFINITY, isLate = false }: Reach = {},
): { found: string[]; end: number } {
  const found: string[] = [];
  let end = start;
  for (; end < to.length && found.length < count && end - start - found.length < passing; end += 1) {
    const recipient = to.at(end, isLate);
    if (recipient !== undefined) found.push(recipient);
  }
  return { found, end };
}

/**
 * The stanzas from a place on, as a text that ends when it is so long (in characters), and the place behind the last.
 * One that cannot be written is left out, and `faulted` is told; so is one that is not admitted.
 */
export function writeSeries(
  { stanzas, to }: Series,
  start: number,
  length: number,
  faulted: (error: unknown) => void,
  admits: (stanza: Unaddressed) => boolean = () => true,
): { text: string; end: number } {
  const recipient = escapeAttribute(to);
  let text = "";
  let end = start;
  for (; end < stanzas.length && text.length < length; end += 1) {
    const stanza = stanzas[end];
    try {
      if (stanza && admits(stanza)) text += stanza.head + recipient + stanza.tail;
    } catch (error) {
      faulted(error);
    }
  }
  return { text, end };
}

/** All copies as one text. */
export function writeCopies({ head, tail, to }: Copies): string {
  let text = "";
  for (const recipient of nextRecipients(to).found) text += head + escapeAttribute(recipient) + tail;
  return text;
}
