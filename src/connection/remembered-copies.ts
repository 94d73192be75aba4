// Copies by a service that remembers recipients and stanzas (docs/copies.md): a broadcast names a list of recipients, and a
// batch names stanzas that others got before.
import type { Batch, StanzaTemplate } from "../muc/model/effects.ts";
import { writeBatch, writeBroadcast } from "../muc/model/output-text.ts";
import { child } from "../xmpp/element.ts";
import { escapeAttribute } from "../xmpp/escape.ts";
import { NS } from "../xmpp/namespaces.ts";
import { type Attributes, tag } from "../xmpp/tag.ts";
import { type CopyRequest, writeToService } from "./copy-request.ts";
import { KeptStanzas } from "./kept-stanzas.ts";
import type { ServiceMemory } from "./multicast-discovery.ts";
import { type ListUse, RecipientLists } from "./recipient-lists.ts";

/** The part of a batch to write: from the stanza `start`, at most `count`, until the text has `length` characters. */
export interface BatchPart {
  readonly start: number;
  readonly count: number;
  readonly length: number;
  admits(stanza: StanzaTemplate): boolean;
  faulted(error: unknown): void;
}

interface CopiesOptions {
  /** The component's domain. */
  readonly domain: string;
  readonly service: string;
  readonly memory: ServiceMemory;
  /** Bytes of the largest stanza that the server takes. */
  readonly stanzaBytes: number;
}

/** Bytes of a request beside the stanza and the changes of the list. */
const FRAME = 8_000;

const COPIED = /^<(message|presence) /;

/** Returns true if the service can copy a stanza. It takes away its own element, even if a client has written it. */
export const isCopied = ({ head, tail }: StanzaTemplate): boolean =>
  COPIED.test(head) && !tail.includes(NS.copies);

export class RememberedCopies {
  readonly #options: CopiesOptions;
  #lists: RecipientLists;
  #kept: KeptStanzas;
  #forgotten: string[] = [];
  #requests = 0;

  constructor(options: CopiesOptions) {
    this.#options = options;
    this.#lists = new RecipientLists(options.memory.addresses);
    this.#kept = new KeptStanzas(options.memory.stanzas);
  }

  /** Begins anew, as the service does not know what it was told. */
  reset(): void {
    const { addresses, stanzas } = this.#options.memory;
    this.#lists = new RecipientLists(addresses);
    this.#kept = new KeptStanzas(stanzas);
    this.#forgotten = ["*"];
  }

  /** Returns true if the stanzas of a batch are likely to be kept when the next user gets them. */
  takes({ stanzas: [first], stanzas: { length } }: Batch): boolean {
    // A single presence is the recipient's own.
    return (
      length * 2 <= this.#options.memory.stanzas &&
      (length > 1 || first?.head.startsWith("<message ") === true)
    );
  }

  /** Writes a broadcast; `others` are recipients for whom the service has no space. */
  broadcast(
    node: string,
    stanza: StanzaTemplate,
    recipients: readonly string[],
  ): { requests: CopyRequest[]; others: readonly string[] } {
    const { head, tail } = stanza;
    const space = this.#options.stanzaBytes - FRAME - Buffer.byteLength(head) - Buffer.byteLength(tail);
    const requests: CopyRequest[] = [];
    let left = recipients;
    while (left.length > 0) {
      const use = this.#lists.use(node, left, space, sizeOfChange);
      if (!use) break;
      const rest = new Set(use.rest);
      const to = rest.size > 0 ? left.filter((jid) => !rest.has(jid)) : left;
      this.#forgotten.push(...use.forgotten.map(String));
      const { id, version } = use;
      const attributes = { list: String(id), version: String(version), keep: this.#keepIfPresence(stanza) };
      const copies = { head, tail, to };
      requests.push(
        this.#request(copies, to.length, attributes, changesOf(use), () => writeBroadcast(copies)),
      );
      left = use.rest;
    }
    return { requests, others: left };
  }

  /** Writes a part of a batch; `end` as in `writeBatch`. */
  batch(
    node: string,
    { stanzas, to }: Batch,
    { start, count, length, admits, faulted }: BatchPart,
  ): { text: string; requests: CopyRequest[]; end: number } {
    const requests: CopyRequest[] = [];
    let text = "";
    let known: { readonly stanza: StanzaTemplate; readonly key: number }[] = [];
    const add = (request: CopyRequest): void => {
      requests.push(request);
      text += request.text;
    };
    const sendKnown = (): void => {
      if (known.length > 0) add(this.#send(node, to, known));
      known = [];
    };
    let end = start;
    for (; end < stanzas.length && end < start + count && text.length < length; end += 1) {
      const stanza = stanzas[end];
      try {
        if (!stanza || !admits(stanza)) continue;
        const key = this.#kept.find(stanza);
        if (key !== undefined) known.push({ stanza, key });
        else {
          sendKnown();
          const keep = isCopied(stanza) ? this.#kept.add(stanza) : undefined;
          const single = stanza.head + escapeAttribute(to) + stanza.tail;
          if (keep === undefined) text += single;
          else add(this.#request(stanza, 1, { to, keep: String(keep) }, "", () => single));
        }
      } catch (error) {
        faulted(error);
      }
    }
    sendKnown();
    return { text, requests, end };
  }

  /** Who enters later gets the presence of those who are inside. */
  #keepIfPresence(stanza: StanzaTemplate): string | undefined {
    const isAvailable = stanza.head.startsWith("<presence ") && !stanza.head.includes(' type="');
    return isAvailable && this.#kept.find(stanza) === undefined
      ? this.#kept.add(stanza)?.toString()
      : undefined;
  }

  #send(
    node: string,
    to: string,
    known: readonly { readonly stanza: StanzaTemplate; readonly key: number }[],
  ): CopyRequest {
    const { domain } = this.#options;
    const from = escapeAttribute(node === "" ? domain : `${node}@${domain}`);
    const frame = { head: `<message from="${from}" to="`, tail: `"/>` };
    const stanzas = known.map(({ stanza }) => stanza);
    const send = rangesOf(known.map(({ key }) => key));
    const writeSingly = (): string => writeBatch({ stanzas, to }, 0, Number.POSITIVE_INFINITY, () => {}).text;
    return this.#request(frame, known.length, { to, send }, "", writeSingly);
  }

  #request(
    stanza: StanzaTemplate,
    count: number,
    attributes: Attributes,
    changes: string,
    writeSingly: () => string,
  ): CopyRequest {
    this.#requests += 1;
    const forget = this.#forgotten.length > 0 ? this.#forgotten.join(" ") : undefined;
    this.#forgotten = [];
    const n = String(this.#requests);
    const element = tag("copies", { xmlns: NS.copies, n, forget, ...attributes }, changes);
    return {
      text: writeToService(stanza, this.#options.service, element),
      count,
      isRefusedBy: (error) => child(error, "copies", NS.copies)?.attrs.n === n,
      writeSingly,
    };
  }
}

const changesOf = ({ added, removed, except }: ListUse): string =>
  [
    ...removed.map((jid) => tag("remove", { jid })),
    ...added.map((jid) => tag("add", { jid })),
    ...except.map((jid) => tag("but", { jid })),
  ].join("");

const sizeOfChange = (jid: string): number => Buffer.byteLength(tag("remove", { jid }));

/** Writes numbers as "3 5-8". */
function rangesOf(numbers: readonly number[]): string {
  const ranges: { readonly first: number; last: number }[] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range && number === range.last + 1) range.last = number;
    else ranges.push({ first: number, last: number });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(" ");
}
