// Checks the size of each stanza before it is written. A server closes the stream of a component, and with it every
// room, over one stanza that is larger than it allows.
import type { StanzaTemplate } from "../muc/model/effects.ts";
import { cutText } from "../xmpp/escape.ts";
import { errors, writeError } from "../xmpp/stanza-error.ts";
import { say } from "../xmpp/text.ts";

/** A stanza that was too large to be written. */
export interface Oversize {
  /** Node of the room; empty for the service. */
  readonly node: string;
  /** Size in bytes. */
  readonly size: number;
  /** Name and type of the stanza, name and namespace of its first child. */
  readonly what: string;
}

/** Maximum bytes of an escaped address, and of a multicast's content besides its addresses. */
const ADDRESS = 8_448;
/** Maximum bytes of UTF-8 per UTF-16 unit. */
const BYTES_PER_UNIT = 3;

const TOO_LARGE = errors.resourceConstraint(say`The answer is too large to send`);

/** Maximum length of a description, because clients choose the names. */
const LONGEST_DESCRIPTION = 200;

const START_TAG = /^<([^\s/>]+)((?:[^">]|"[^"]*")*)>/;
const ATTRIBUTE = /([^\s=]+)="([^"]*)"/g;

/**
 * Replaces or drops stanzas that are too large. A result becomes an error with the same id, an error loses the content
 * that it returned, and other stanzas are dropped.
 */
export class SizeGuard {
  readonly #limit: number;
  readonly #found: (oversize: Oversize) => void;

  /** `limit`: bytes of one stanza. `found` is called for each that is larger. */
  constructor(limit = Number.POSITIVE_INFINITY, found: (oversize: Oversize) => void = () => {}) {
    this.#limit = limit;
    this.#found = found;
  }

  /** Returns true if a stanza may be written to any recipient. */
  admits(stanza: StanzaTemplate, node: string): boolean {
    const { head, tail } = stanza;
    // Nearly all stanzas are small and need no measurement.
    if ((head.length + tail.length) * BYTES_PER_UNIT + ADDRESS <= this.#limit) return true;
    const size = Buffer.byteLength(head) + Buffer.byteLength(tail) + ADDRESS;
    if (size <= this.#limit) return true;
    this.#found({ node, size, what: describe(head + tail) });
    return false;
  }

  /** Returns the stanza or its replacement: an error for an answer, otherwise nothing. */
  admit(stanza: string, node: string): string {
    if (stanza.length * BYTES_PER_UNIT <= this.#limit) return stanza;
    const size = Buffer.byteLength(stanza);
    if (size <= this.#limit) return stanza;
    this.#found({ node, size, what: describe(stanza) });
    return replacement(stanza);
  }
}

function replacement(stanza: string): string {
  const { name, attributes } = readStart(stanza);
  const type = attributes.get("type");
  const isAnswer = type === "error" || (name === "iq" && type === "result");
  if (!isAnswer) return "";
  const kept = ["from", "to", "id"].filter((key) => attributes.has(key));
  const written = kept.map((key) => ` ${key}="${attributes.get(key)}"`).join("");
  return `<${name} type="error"${written}>${writeError(TOO_LARGE, { language: undefined })}</${name}>`;
}

/** Reads the start tag of an element: its name, its attributes as written, and its length. */
function readStart(text: string) {
  const [all = "", name = "", rest = ""] = START_TAG.exec(text) ?? [];
  const attributes = new Map([...rest.matchAll(ATTRIBUTE)].map(([, key, value]) => [key, value]));
  return { name, attributes, length: all.length };
}

function describe(stanza: string): string {
  const { name, attributes, length } = readStart(stanza);
  const payload = readStart(stanza.slice(length));
  const words = [name, attributes.get("type"), "with", payload.name, payload.attributes.get("xmlns")];
  return cutText(words.filter(Boolean).join(" "), LONGEST_DESCRIPTION);
}
