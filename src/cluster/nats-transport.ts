// Messages between nodes through NATS, each node with a subject.
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { backoffDelay, HURRIED_BACKOFF } from "../backoff.ts";
import type { LinkOptions } from "../connection/component-link.ts";
import { untilHeld } from "../connection/until-held.ts";
import { parse } from "../xmpp/element.ts";
import { Arrivals } from "./arrivals.ts";
import { describeNatsFault } from "./nats-fault.ts";
import { NatsLink } from "./nats-link.ts";
import { NodeEnvelope } from "./node-envelope.ts";
import { MOST_WAITING, type NodeTransport, type TransportHandlers } from "./transport.ts";

export interface NatsTransportOptions {
  /** The name of this node. */
  readonly name: string;
  /** The domain of the service. */
  readonly domain: string;
  /** Addresses of NATS, such as `nats://user:password@host:4222`, or `tls://` for an encrypted connection. */
  readonly servers: readonly URL[];
  /** The secret of the nodes. */
  readonly secret: string;
  /** Without a lease that is held, no message is sent and no connection is opened. */
  readonly lease?: LinkOptions["lease"];
  readonly log: Logger;
}

/**
 * Sends messages at most once. NATS says at once when nobody waits for messages to a node, and confirms the others in groups,
 * so nothing waits for an answer.
 */
export class NatsTransport implements NodeTransport {
  readonly #options: NatsTransportOptions;
  readonly #envelope: NodeEnvelope;
  readonly #stopping = new AbortController();
  #handlers: TransportHandlers | undefined;
  #running: Promise<void> | undefined;
  #link: NatsLink | undefined;
  #failures = 0;
  #lastFault = "";
  #isPaused = false;
  #hasLoggedOversize = false;
  /** Messages that wait for the lease. */
  #held: (readonly [to: string, message: string])[] = [];
  #heldLength = 0;

  constructor(options: NatsTransportOptions) {
    this.#options = options;
    this.#envelope = new NodeEnvelope(options);
    options.lease?.onRenewed(() => this.#sendHeld());
  }

  get isOnline(): boolean {
    return this.#link?.isOpen === true;
  }

  get waiting(): number {
    return this.#heldLength + (this.#link?.waiting ?? 0);
  }

  start(handlers: TransportHandlers): void {
    this.#handlers = handlers;
    this.#running ??= this.#run(handlers);
  }

  send(to: string, message: string): boolean {
    const link = this.#link;
    if (!link?.isOpen || this.waiting > MOST_WAITING) return false;
    if (this.#options.lease?.isHeld === false || this.#held.length > 0) {
      this.#held.push([to, message]);
      this.#heldLength += message.length;
    } else link.send(to, message, this.#envelope.wrap(to, message));
    return true;
  }

  pause(): void {
    this.#isPaused = true;
    this.#link?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#link?.resume();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const link = this.#link;
    this.#link = undefined;
    // A connection that is being opened is closed when it is open.
    if (!link) return;
    await link.close();
    await this.#running;
  }

  async #run(handlers: TransportHandlers): Promise<void> {
    const { lease, log } = this.#options;
    const { signal } = this.#stopping;
    const arrivals = new Arrivals(this.#envelope, handlers, log);
    while (!signal.aborted) {
      await untilHeld(lease, signal);
      if (signal.aborted) return;
      const fault = await this.#connect(arrivals).catch((error: unknown) => error);
      if (signal.aborted) return;
      this.#report(describeNatsFault(fault, this.#options.servers));
      this.#failures += 1;
      const pause = backoffDelay(this.#failures, HURRIED_BACKOFF);
      await delay(pause, undefined, { signal }).catch(() => {});
    }
  }

  /** Resolves with the reason when the connection is over. */
  async #connect(arrivals: Arrivals): Promise<unknown> {
    const link = await NatsLink.open(this.#options, {
      message: (payload) => this.#guard("a message", () => this.#receive(arrivals, payload)),
      returned: (to, message) =>
        this.#guard("a message that came back", () => this.#handlers?.undelivered(to, parse(message))),
      oversize: (bytes, most) => this.#logOversize(bytes, most),
    });
    if (this.#stopping.signal.aborted) {
      await link.close();
      return undefined;
    }
    this.#goOnline(link);
    return link.ended;
  }

  #receive(arrivals: Arrivals, payload: Uint8Array): void {
    let stanza: ReturnType<typeof parse>;
    try {
      stanza = parse(Buffer.from(payload).toString());
    } catch {
      arrivals.logUnreadable();
      return;
    }
    arrivals.take(stanza);
  }

  #sendHeld(): void {
    const held = this.#takeHeld();
    for (const [to, message] of held) this.send(to, message);
  }

  #takeHeld(): (readonly [to: string, message: string])[] {
    this.#heldLength = 0;
    return this.#held.splice(0);
  }

  #goOnline(link: NatsLink): void {
    this.#link = link;
    if (this.#isPaused) link.pause();
    this.#failures = 0;
    this.#lastFault = "";
    const { name, servers, log } = this.#options;
    log.info({ name, hosts: servers.map(({ host }) => host) }, "online at NATS");
    this.#guard("going online", () => this.#handlers?.online());
  }

  /** Logs the loss of the link, then each new fault once, not with every attempt. */
  #report(fault: string): void {
    const { log } = this.#options;
    this.#takeHeld();
    if (this.#link) {
      this.#link = undefined;
      log.warn({ reason: fault }, "offline at NATS");
      this.#guard("going offline", () => this.#handlers?.offline());
    } else if (fault !== this.#lastFault) log.error(fault);
    this.#lastFault = fault;
  }

  #logOversize(bytes: number, most: number): void {
    if (this.#hasLoggedOversize) return;
    this.#hasLoggedOversize = true;
    this.#options.log.error(
      { bytes, most },
      "a message is larger than NATS takes: raise max_payload of NATS, or lower limits.stanzaBytes; more is not logged",
    );
  }

  #guard(what: string, handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#options.log.error({ err: error }, `failed to handle ${what}`);
    }
  }
}
