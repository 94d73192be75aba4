// Multicast by the server (XEP-0033): one stanza with blind addresses, of which the server makes the copies.
import type { Logger } from "pino";
import type { AddressedStanza } from "../muc/model/effects.ts";
import { nextRecipients, writeBroadcast } from "../muc/model/output-text.ts";
import { child, children, type Element } from "../xmpp/element.ts";
import { escapeAttribute } from "../xmpp/escape.ts";
import { NS } from "../xmpp/namespaces.ts";
import { inParts } from "../xmpp/parts.ts";
import { tag } from "../xmpp/tag.ts";
import { IqRequests } from "./iq-requests.ts";
import { discoverMulticast, type MulticastService } from "./multicast-discovery.ts";

interface MulticastOptions {
  readonly domain: string;
  /** "auto", "off", or the address of the service. */
  readonly multicast: string;
  /** Bytes of the largest stanza that the server takes. */
  readonly stanzaBytes: number;
  readonly log: Logger;
}

interface MulticastHandlers {
  /** Writes an IQ to the server. */
  write(text: string): void;
  /** Copies were delivered, or their delivery remains unknown: blocked rooms continue. */
  confirmed(): void;
  /** The service refused a multicast; the text has its copies one by one. */
  refused(node: string, text: string): void;
}

type ListedCopies = AddressedStanza & { readonly to: readonly string[] };

interface Sent {
  readonly node: string;
  readonly copies: ListedCopies;
  refused: boolean;
}

/** Minimum number of recipients of a multicast. */
const MIN_RECIPIENTS = 3;
/** Maximum number of copies in flight, as the server's own queue is not bounded. */
const MAX_UNCONFIRMED = 2_000;
/** Bytes of a multicast beside its recipients: the service's address and the element around them. */
const FRAME = 3_200;
/** Number of refusals on one link after which multicast is no longer used. */
const MAX_REFUSALS = 3;

/**
 * Sends broadcasts through the server's multicast service. Copies and single stanzas take different ways through the
 * server, in no order. So a ping follows the copies, which the service answers once it has delivered them; until then
 * the room sends nothing to a single recipient.
 */
export class Multicast {
  readonly #options: MulticastOptions;
  readonly #handlers: MulticastHandlers;
  readonly #requests: IqRequests;
  #service: MulticastService | undefined;
  #link = 0;
  #refusals = 0;
  #sent: Sent[] = [];
  #isPinging = false;
  #unconfirmed = 0;
  /** Number of unconfirmed multicasts by room. */
  readonly #inFlight = new Map<string, number>();

  constructor(options: MulticastOptions, handlers: MulticastHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#requests = new IqRequests(options.domain);
  }

  /** Looks for a service on a new link. */
  async online(): Promise<void> {
    this.offline();
    const link = this.#link;
    const { domain, multicast, log } = this.#options;
    const ask = (to: string, payload: string) =>
      new Promise<Element | undefined>((resolve) =>
        this.#handlers.write(this.#requests.request(to, payload, resolve)),
      );
    const service = await discoverMulticast(ask, multicast, domain);
    if (!service || link !== this.#link) return;
    this.#service = service;
    log.info(
      { service: service.jid, users: service.domain, addresses: service.addresses },
      "multicast is used",
    );
  }

  /** Forgets the copies in flight on the lost link. */
  offline(): void {
    this.#link += 1;
    this.#refusals = 0;
    this.#end();
  }

  /** Returns true if the stanza is an answer or refusal for this class, which no room shall see. */
  take(stanza: Element): boolean {
    return this.#requests.takeAnswer(stanza) || this.#takeRefusal(stanza);
  }

  /** Returns true if copies of a room are in flight, which a single stanza could overtake. */
  isInFlight(node: string): boolean {
    return this.#inFlight.has(node);
  }

  get isFull(): boolean {
    return this.#unconfirmed >= MAX_UNCONFIRMED;
  }

  /**
   * Returns true if a broadcast goes through the service. While copies of the room are in flight, every broadcast does
   * if possible. Otherwise it does not if output for a single recipient is next (`beforeSingle`), which would have to
   * wait.
   */
  carries(node: string, copies: AddressedStanza, beforeSingle: boolean): boolean {
    const service = this.#service;
    if (!service || this.#refusals >= MAX_REFUSALS || !/^<(message|presence) /.test(copies.head))
      return false;
    // A service removes all addresses, even those that a client has written into a message.
    if (copies.tail.includes(NS.address)) return false;
    if (this.isInFlight(node)) return true;
    if (beforeSingle || copies.to.length < MIN_RECIPIENTS) return false;
    let users = 0;
    for (let place = 0; place < copies.to.length && users < MIN_RECIPIENTS; place += 1) {
      const jid = copies.to.at(place);
      if (jid !== undefined && isUserOf(service.domain, jid)) users += 1;
    }
    return users === MIN_RECIPIENTS;
  }

  /** Writes a broadcast: one multicast for users of the service's server, single copies for others. */
  write(node: string, copies: AddressedStanza): string {
    const service = this.#service;
    if (!service) return writeBroadcast(copies);
    const users: string[] = [];
    const others: string[] = [];
    for (const jid of nextRecipients(copies.to).found)
      (isUserOf(service.domain, jid) ? users : others).push(jid);
    let text = writeBroadcast({ ...copies, to: others });
    const space = this.#options.stanzaBytes - Buffer.byteLength(copies.head) - Buffer.byteLength(copies.tail);
    const limits = { bytes: space - FRAME, count: service.addresses };
    for (const to of inParts(users, (jid) => Buffer.byteLength(writeAddress(jid)), limits)) {
      const part = { ...copies, to };
      text += writeMulticast(part, service.jid);
      this.#sent.push({ node, copies: part, refused: false });
      this.#unconfirmed += part.to.length;
      this.#inFlight.set(node, (this.#inFlight.get(node) ?? 0) + 1);
    }
    return text;
  }

  /** Returns the ping that is to follow the copies; empty while one is in flight. */
  deliveryPing(): string {
    const service = this.#service;
    if (!service || this.#isPinging || this.#sent.length === 0) return "";
    this.#isPinging = true;
    const asked = this.#sent.length;
    return this.#requests.request(service.jid, tag("ping", { xmlns: NS.ping }), (answer) => {
      this.#isPinging = false;
      if (answer) this.#confirm(asked);
      else this.#giveUp("no answer");
    });
  }

  #confirm(count: number): void {
    for (const { node, copies } of this.#sent.splice(0, count)) {
      this.#unconfirmed -= copies.to.length;
      const left = (this.#inFlight.get(node) ?? 0) - 1;
      if (left > 0) this.#inFlight.set(node, left);
      else this.#inFlight.delete(node);
    }
    if (this.#refusals >= MAX_REFUSALS && this.#sent.length === 0) this.#giveUp("refused");
    else {
      const question = this.deliveryPing();
      if (question !== "") this.#handlers.write(question);
      this.#handlers.confirmed();
    }
  }

  /** Matches a refusal by the addresses that it returns: nothing else identifies the stanza, as `id` is the sender's. */
  #takeRefusal(stanza: Element): boolean {
    const { from, type, id } = stanza.attrs;
    if (type !== "error" || from === undefined || from !== this.#service?.jid) return false;
    const addresses = child(stanza, "addresses", NS.address);
    const first = addresses && children(addresses, "address", NS.address)[0]?.attrs.jid;
    const start = `<${stanza.getName()} `;
    const sent = this.#sent.find(
      ({ copies, refused }) =>
        !refused &&
        copies.head.startsWith(start) &&
        (first === undefined || copies.to[0] === first) &&
        (id === undefined || `${copies.head}${copies.tail}`.includes(` id="${escapeAttribute(id)}"`)),
    );
    if (!sent) return false;
    sent.refused = true;
    this.#refusals += 1;
    this.#handlers.refused(sent.node, writeBroadcast(sent.copies));
    return true;
  }

  /** Stops using the service until the next link. */
  #giveUp(reason: string): void {
    this.#options.log.warn({ service: this.#service?.jid, reason }, "multicast is no longer used");
    this.#end();
  }

  #end(): void {
    this.#service = undefined;
    this.#isPinging = false;
    this.#requests.clear();
    this.#sent = [];
    this.#unconfirmed = 0;
    this.#inFlight.clear();
    this.#handlers.confirmed();
  }
}

function isUserOf(domain: string, jid: string): boolean {
  const bare = jid.split("/", 1)[0] ?? jid;
  return bare.endsWith(`@${domain}`);
}

const writeAddress = (jid: string): string => `<address type="bcc" jid="${escapeAttribute(jid)}"/>`;

/** The rest of a start tag, from inside an attribute's value. */
const REST_OF_START_TAG = /^[^"]*"(?:[^">]*"[^"]*")*[^">]*>/;

/** Writes the stanza to the service; the addresses are its first child. */
function writeMulticast({ head, tail, to }: ListedCopies, service: string): string {
  const addresses = to.map(writeAddress).join("");
  const element = `<addresses xmlns="${NS.address}">${addresses}</addresses>`;
  const end = (REST_OF_START_TAG.exec(tail)?.[0].length ?? 0) - 1;
  const start = head + escapeAttribute(service);
  if (tail[end - 1] !== "/") return `${start}${tail.slice(0, end + 1)}${element}${tail.slice(end + 1)}`;
  return `${start}${tail.slice(0, end - 1)}>${element}</${/^<(\w+)/.exec(head)?.[1]}>${tail.slice(end + 1)}`;
}
