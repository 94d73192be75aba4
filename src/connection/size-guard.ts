// The last look at the size of what is written. A server closes the stream of a component, and every room with it, over
// one stanza that is larger than it allows.
import type { StanzaTemplate } from "../muc/model/effects.ts";
import { cutText } from "../xmpp/escape.ts";
import { errors, writeError } from "../xmpp/stanza-error.ts";

/** A stanza that was too large to be written. */
export interface Oversize {
  /** Of the room; empty for the service. */
  readonly node: string;
  /** In bytes. */
  readonly size: number;
  /** What it was: the stanza's name and type, and the name and namespace of its first element. */
  readonly what: string;
}

/** The most that the recipient's address takes, escaped, and what a stanza for many has beside its addresses. */
const ADDRESS = 8_448;
/** Bytes of UTF-8 for each UTF-16 unit, at most. */
const BYTES_PER_UNIT = 3;

const TOO_LARGE = errors.resourceConstraint("The answer is too large to send");

/** Names are from outside. */
const LONGEST_DESCRIPTION = 200;

const START_TAG = /^<([^\s/>]+)((?:[^">]|"[^"]*")*)>/;
const ATTRIBUTE = /([^\s=]+)="([^"]*)"/g;

/**
 * Keeps what is too large from being written. An answer to a request becomes an error under the same id, and an error
 * loses what it gave back; a message or a presence is left out.
 */
export class SizeGuard {
  readonly #limit: number;
  readonly #found: (oversize: Oversize) => void;

  /** `limit` in bytes of one stanza; `found` is told of each that is larger. */
  constructor(limit = Number.POSITIVE_INFINITY, found: (oversize: Oversize) => void = () => {}) {
    this.#limit = limit;
    this.#found = found;
  }

  /** Whether a stanza may be written to anybody; nobody gets one that may not. */
  admits(stanza: StanzaTemplate, node: string): boolean {
    const { head, tail } = stanza;
    // Nearly all are small, and need not be measured.
    if ((head.length + tail.length) * BYTES_PER_UNIT + ADDRESS <= this.#limit) return true;
    const size = Buffer.byteLength(head) + Buffer.byteLength(tail) + ADDRESS;
    if (size <= this.#limit) return true;
    this.#found({ node, size, what: describe(head + tail) });
    return false;
  }

  /** The stanza, or what is written in its place: nothing, where it is no answer. */
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
  return `<${name} type="error"${written}>${writeError(TOO_LARGE)}</${name}>`;
}

/** The name of an element and its attributes as they are written, and how long its start is. */
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
