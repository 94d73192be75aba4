// Multicast by the server (XEP-0033): one stanza with blind addresses, of which the server makes the copies.
import type { Logger } from "pino";
import type { AddressedStanza, Batch } from "../muc/model/effects.ts";
import { nextRecipients, writeBroadcast } from "../muc/model/output-text.ts";
import type { Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { tag } from "../xmpp/tag.ts";
import { addressedCopies } from "./addressed-copies.ts";
import type { CopyRequest } from "./copy-request.ts";
import { IqRequests } from "./iq-requests.ts";
import { discoverMulticast, type MulticastService } from "./multicast-discovery.ts";
import { type BatchPart, isCopied, RememberedCopies } from "./remembered-copies.ts";

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

interface Sent {
  readonly node: string;
  readonly request: CopyRequest;
  /** Number of refusals before it. */
  readonly refusals: number;
  isRefused: boolean;
}

/** Minimum number of recipients of a multicast. */
const MIN_RECIPIENTS = 3;
/** Maximum number of copies in flight, as the server's own queue is not bounded. */
const MAX_UNCONFIRMED = 2_000;
/** The same for a service that keeps the order, where a room need not wait for its copies: a tenth of a second's work. */
const MAX_UNCONFIRMED_IN_ORDER = 20_000;
/** Number of refusals on one link after which multicast is no longer used. */
const MAX_REFUSALS = 3;

/**
 * Sends broadcasts through the server's multicast service. Copies and single stanzas take different ways through the
 * server, in no order. So a ping follows the copies, which the service answers once it has delivered them; until then
 * the room sends nothing to a single recipient. A service with a memory keeps the order by itself.
 */
export class Multicast {
  readonly #options: MulticastOptions;
  readonly #handlers: MulticastHandlers;
  readonly #requests: IqRequests;
  #service: MulticastService | undefined;
  /** Set if the service has a memory. */
  #remembered: RememberedCopies | undefined;
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
    const { domain, multicast, stanzaBytes, log } = this.#options;
    const ask = (to: string, payload: string) =>
      new Promise<Element | undefined>((resolve) =>
        this.#handlers.write(this.#requests.request(to, payload, resolve)),
      );
    const service = await discoverMulticast(ask, multicast, domain);
    if (!service || link !== this.#link) return;
    const { jid, memory } = service;
    this.#service = service;
    this.#remembered = memory && new RememberedCopies({ domain, service: jid, memory, stanzaBytes });
    log.info(
      { service: jid, users: service.domain, addresses: service.addresses, remembers: memory !== undefined },
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
    return this.#unconfirmed >= this.#maxUnconfirmed;
  }

  get #maxUnconfirmed(): number {
    return this.#remembered ? MAX_UNCONFIRMED_IN_ORDER : MAX_UNCONFIRMED;
  }

  get #isRefusing(): boolean {
    return this.#refusals >= MAX_REFUSALS;
  }

  /**
   * Returns true if a broadcast goes through the service. While copies of the room are in flight, every broadcast does
   * if possible. Otherwise it does not if output for a single recipient is next, which would have to wait.
   */
  carries(node: string, copies: AddressedStanza, isBeforeSingle: () => boolean): boolean {
    const service = this.#service;
    if (!service || this.#isRefusing || !isCopied(copies)) return false;
    if (!this.#remembered) {
      // A service removes all addresses, even those that a client has written into a message.
      if (copies.tail.includes(NS.address)) return false;
      if (this.isInFlight(node)) return true;
      if (isBeforeSingle()) return false;
    }
    if (copies.to.length < MIN_RECIPIENTS) return false;
    let users = 0;
    for (let place = 0; place < copies.to.length && users < MIN_RECIPIENTS; place += 1) {
      const jid = copies.to.at(place);
      if (jid !== undefined && isUserOf(service.domain, jid)) users += 1;
    }
    return users === MIN_RECIPIENTS;
  }

  /** Returns true if a batch goes through the service. */
  carriesBatch(batch: Batch): boolean {
    const service = this.#service;
    if (!service || !this.#remembered || this.#isRefusing) return false;
    return isUserOf(service.domain, batch.to) && this.#remembered.takes(batch);
  }

  /** Writes a broadcast: multicasts for users of the service's server, single copies for others. */
  write(node: string, copies: AddressedStanza): string {
    const service = this.#service;
    if (!service) return writeBroadcast(copies);
    const users: string[] = [];
    const others: string[] = [];
    for (const jid of nextRecipients(copies.to).found)
      (isUserOf(service.domain, jid) ? users : others).push(jid);
    let requests: CopyRequest[];
    if (this.#remembered) {
      const written = this.#remembered.broadcast(node, copies, users);
      requests = written.requests;
      others.push(...written.others);
    } else {
      const { stanzaBytes } = this.#options;
      const { jid, addresses } = service;
      requests = addressedCopies(copies, users, { service: jid, addresses, stanzaBytes });
    }
    let text = writeBroadcast({ ...copies, to: others });
    for (const request of requests) {
      text += request.text;
      this.#add(node, request);
    }
    return text;
  }

  /** Writes a part of a batch that the service carries; `end` as in `writeBatch`. */
  writeBatch(node: string, batch: Batch, part: BatchPart): { text: string; end: number } {
    if (!this.#remembered) return { text: "", end: part.start };
    const { text, requests, end } = this.#remembered.batch(node, batch, part);
    for (const request of requests) this.#add(node, request);
    return { text, end };
  }

  /** Returns the ping that is to follow the copies; empty while one is in flight, and if none is needed yet. */
  deliveryPing(): string {
    const service = this.#service;
    if (!service || this.#isPinging || this.#sent.length === 0) return "";
    const isEarly = this.#unconfirmed * 2 < this.#maxUnconfirmed && !this.#isRefusing;
    if (this.#remembered && isEarly) return "";
    this.#isPinging = true;
    const asked = this.#sent.length;
    return this.#requests.request(service.jid, tag("ping", { xmlns: NS.ping }), (answer) => {
      this.#isPinging = false;
      if (answer) this.#confirm(asked);
      else this.#giveUp("no answer");
    });
  }

  #add(node: string, request: CopyRequest): void {
    this.#sent.push({ node, request, refusals: this.#refusals, isRefused: false });
    this.#unconfirmed += request.count;
    if (!this.#remembered) this.#inFlight.set(node, (this.#inFlight.get(node) ?? 0) + 1);
  }

  #confirm(count: number): void {
    for (const { node, request } of this.#sent.splice(0, count)) {
      this.#unconfirmed -= request.count;
      const left = (this.#inFlight.get(node) ?? 0) - 1;
      if (left > 0) this.#inFlight.set(node, left);
      else this.#inFlight.delete(node);
    }
    if (this.#isRefusing && this.#sent.length === 0) this.#giveUp("refused");
    else {
      const question = this.deliveryPing();
      if (question !== "") this.#handlers.write(question);
      this.#handlers.confirmed();
    }
  }

  #takeRefusal(stanza: Element): boolean {
    const { from, type } = stanza.attrs;
    if (type !== "error" || from === undefined || from !== this.#service?.jid) return false;
    const sent = this.#sent.find(({ request, isRefused }) => !isRefused && request.isRefusedBy(stanza));
    if (!sent) return false;
    sent.isRefused = true;
    this.#options.log.warn({ service: from, node: sent.node }, "multicast is refused");
    // A service that has forgotten a list refuses all that name it, until it is told anew.
    if (!this.#remembered || sent.refusals === this.#refusals) {
      this.#refusals += 1;
      this.#remembered?.reset();
    }
    this.#handlers.refused(sent.node, sent.request.writeSingly());
    return true;
  }

  /** Stops using the service until the next link. */
  #giveUp(reason: string): void {
    this.#options.log.warn({ service: this.#service?.jid, reason }, "multicast is no longer used");
    this.#end();
  }

  #end(): void {
    this.#service = undefined;
    this.#remembered = undefined;
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
