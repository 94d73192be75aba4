// Messages between nodes through the XMPP server: each node has a second link, for its own address.
import type { Logger } from "pino";
import { HURRIED_BACKOFF } from "../backoff.ts";
import { ComponentLink, type LinkOptions } from "../connection/component-link.ts";
import { LinkWatchdog } from "../connection/link-watchdog.ts";
import { RoutingCheck } from "../connection/routing-check.ts";
import type { Element } from "../xmpp/element.ts";
import { errorReply, readStanza } from "../xmpp/stanza.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { Arrivals } from "./arrivals.ts";
import { addressOfNode } from "./node-address.ts";
import { NodeEnvelope } from "./node-envelope.ts";
import { MOST_WAITING, type NodeTransport, type TransportHandlers } from "./transport.ts";

export interface ComponentTransportOptions {
  /** The name of this node. */
  readonly name: string;
  /** The component listener, the domain of the service and its secret. */
  readonly component: {
    readonly host: string;
    readonly port: number;
    readonly domain: string;
    readonly secret: string;
  };
  /** The secret of the nodes. */
  readonly secret: string;
  /** Without a lease that is held, nothing is written and no connection is opened. */
  readonly lease?: LinkOptions["lease"];
  readonly log: Logger;
}

/**
 * Sends messages as stanzas from the address of this node to that of another one. The server keeps their order, and sends
 * back what is for an address without a link.
 */
export class ComponentTransport implements NodeTransport {
  readonly #address: string;
  readonly #envelope: NodeEnvelope;
  readonly #log: Logger;
  readonly #link: ComponentLink;
  readonly #routing: RoutingCheck;
  readonly #watchdog: LinkWatchdog;
  #handlers: TransportHandlers | undefined;
  #arrivals: Arrivals | undefined;
  #isPaused = false;

  constructor({ name, component, secret, lease, log }: ComponentTransportOptions) {
    const { domain } = component;
    this.#address = addressOfNode(name, domain);
    this.#envelope = new NodeEnvelope({ name, domain, secret });
    this.#log = log;
    this.#link = new ComponentLink(
      {
        ...component,
        domain: this.#address,
        refusalAdvice: `let its component listener take ${domain} and the addresses below it with the secret of the service (ejabberd: docs/ejabberd-cluster.yml)`,
        ...{ lease, log, backoff: HURRIED_BACKOFF },
      },
      {
        stanza: (element) => this.#receive(element),
        online: () => this.#goOnline(),
        offline: () => this.#goOffline(),
        drained() {},
      },
    );
    this.#routing = new RoutingCheck({ domain: this.#address, log, write: (text) => this.#link.write(text) });
    this.#watchdog = new LinkWatchdog(this.#link, {
      isPaused: () => this.#isPaused,
      ask: () => this.#routing.pingAgain(),
    });
  }

  get isOnline(): boolean {
    return this.#link.online;
  }

  get waiting(): number {
    return this.#link.waiting + this.#link.held;
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    this.#arrivals = new Arrivals(this.#envelope, handlers, this.#log);
    this.#watchdog.start();
    this.#link.start();
  }

  send(to: string, message: string): boolean {
    return this.waiting <= MOST_WAITING && this.#link.write(this.#envelope.wrap(to, message));
  }

  /** Returns the message of this node in a stanza that came back to the domain of the rooms; undefined if it is another stanza. */
  readReturned(stanza: Element): Element | undefined {
    if (stanza.attrs.type !== "error") return undefined;
    const arrival = this.#envelope.open(stanza);
    return arrival.kind === "returned" ? arrival.message : undefined;
  }

  wrapForRooms(to: string, message: string): string {
    return this.#envelope.wrapForRooms(to, message);
  }

  pause(): void {
    this.#isPaused = true;
    this.#link.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#link.resume();
  }

  async stop(): Promise<void> {
    this.#watchdog.stop();
    this.#routing.offline();
    await this.#link.stop();
  }

  #receive(element: Element): void {
    if (this.#routing.take(element) || this.#arrivals?.take(element)) return;
    // Servers list the address for their users, whose clients then ask it what it is (XEP-0030).
    const stanza = readStanza(element);
    const isRequest = stanza?.kind === "iq" && (stanza.type === "get" || stanza.type === "set");
    if (isRequest && !this.#link.isFull)
      this.#link.write(errorReply(stanza, errors.serviceUnavailable(), this.#address));
  }

  #goOnline(): void {
    this.#routing.online();
    this.#handlers?.online();
  }

  #goOffline(): void {
    this.#routing.offline();
    this.#handlers?.offline();
  }
}
