// The stanzas that the multicast service keeps, to deliver them to others later.
import type { StanzaTemplate } from "../muc/model/effects.ts";

/** Characters of the longest stanza that is kept. */
const MAX_LENGTH = 4_096;

interface Known {
  readonly key: number;
  readonly text: string;
}

/** A ring: a new stanza takes the key of the oldest. */
export class KeptStanzas {
  readonly #size: number;
  readonly #texts: string[] = [];
  readonly #keys = new Map<string, number>();
  readonly #known = new WeakMap<StanzaTemplate, Known>();
  #last = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Returns the key of a stanza, or undefined if it is not kept. */
  find(stanza: StanzaTemplate): number | undefined {
    const known = this.#known.get(stanza);
    if (known && this.#texts[known.key] === known.text) return known.key;
    const text = textOf(stanza);
    const key = this.#keys.get(text);
    if (key !== undefined) this.#known.set(stanza, { key, text });
    return key;
  }

  /** Returns the key under which a new stanza is to be kept, or undefined if it is too long. */
  add(stanza: StanzaTemplate): number | undefined {
    const text = textOf(stanza);
    if (text.length > MAX_LENGTH) return undefined;
    this.#last = (this.#last % this.#size) + 1;
    const key = this.#last;
    const oldest = this.#texts[key];
    if (oldest !== undefined) this.#keys.delete(oldest);
    this.#texts[key] = text;
    this.#keys.set(text, key);
    this.#known.set(stanza, { key, text });
    return key;
  }
}

/** NUL is in no stanza. */
const textOf = ({ head, tail }: StanzaTemplate): string => `${head}\0${tail}`;
