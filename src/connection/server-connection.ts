// The connection to the XMPP server: the component link, what watches it, and the output that goes through it.
import type { Logger } from "pino";
import { HURRIED_BACKOFF } from "../backoff.ts";
import type { Effects } from "../muc/model/effects.ts";
import type { Records } from "../muc/model/records.ts";
import type { Lease } from "../storage/lease.ts";
import type { Store } from "../storage/store.ts";
import type { Element } from "../xmpp/element.ts";
import { Backpressure } from "./backpressure.ts";
import { ComponentLink } from "./component-link.ts";
import { HoldRequest } from "./hold-request.ts";
import { LinkWatchdog } from "./link-watchdog.ts";
import { Multicast } from "./multicast.ts";
import { type AddedOutput, Outbox } from "./outbox.ts";
import { RoutingCheck } from "./routing-check.ts";
import { type Oversize, SizeGuard } from "./size-guard.ts";

interface ConnectionOptions {
  /** Equal to `component` and `limits` of the configuration. */
  readonly component: {
    readonly host: string;
    readonly port: number;
    readonly domain: string;
    readonly secret: string;
    readonly multicast: string;
  };
  readonly limits: { readonly outboxBytes: number; readonly sentStanzaBytes: number };
  readonly log: Logger;
  readonly lease?: Lease | undefined;
}

interface ConnectionHandlers {
  /** A stanza for the rooms or the service; not one of the connection's own. */
  stanza(element: Element): void;
  /** True if stanzas that come after the end of the link are taken too. */
  readonly takesLate: boolean;
  online(): void;
  /** Reading from the server was paused, or goes on: too much waits to be sent. */
  paused(isPaused: boolean): void;
  /** Called with effects before they are committed. May add to the journal. */
  adding(effects: Effects): void;
  /** Called with all output, before it waits for anything. */
  added(output: AddedOutput): void;
  /** A commit failed: nothing is committed or written any more. */
  failed(error: unknown): void;
  /** A query of the store, or the rules on its result, failed. `node`: of the room. */
  unreadable(error: unknown, node: string): void;
  unwritable(error: unknown, node: string): void;
  /** A stanza was too large to be written. */
  oversize(stanza: Oversize): void;
  /** A commit took this many seconds. */
  committed(seconds: number): void;
}

export class ServerConnection {
  readonly link: ComponentLink;
  readonly backpressure: Backpressure;
  readonly outbox: Outbox;
  readonly #routing: RoutingCheck;
  readonly #hold: HoldRequest;
  readonly #multicast: Multicast;
  readonly #watchdog: LinkWatchdog;
  readonly #handlers: ConnectionHandlers;
  readonly #log: Logger;

  constructor(
    { component, limits, log, lease }: ConnectionOptions,
    store: Pick<Store, "commit"> & Records,
    handlers: ConnectionHandlers,
  ) {
    this.#handlers = handlers;
    this.#log = log;
    this.link = new ComponentLink(
      { ...component, log, lease, ...(lease && { backoff: HURRIED_BACKOFF }) },
      {
        stanza: (element) => this.#receive(element),
        takesLate: handlers.takesLate,
        online: () => this.#goOnline(),
        offline: () => this.#goOffline(),
        drained: () => this.outbox.drained(),
      },
    );
    const write = (text: string) => this.link.write(text);
    this.#routing = new RoutingCheck({ domain: component.domain, log, write });
    this.#hold = new HoldRequest(component.domain, write);
    const reading = {
      pause: () => {
        this.link.pause();
        handlers.paused(true);
      },
      resume: () => {
        this.link.resume();
        handlers.paused(false);
      },
    };
    this.backpressure = new Backpressure(reading, limits.outboxBytes, log);
    this.#multicast = new Multicast(
      { ...component, stanzaBytes: limits.sentStanzaBytes, log },
      {
        write,
        confirmed: () => this.outbox.unblock(),
        refused: (node, text) => this.outbox.resend(node, text),
      },
    );
    const guard = new SizeGuard(limits.sentStanzaBytes, (stanza) => handlers.oversize(stanza));
    const { backlog } = this.backpressure;
    this.outbox = new Outbox(store, this.link, handlers, { multicast: this.#multicast, backlog, guard });
    this.#watchdog = new LinkWatchdog(this.link, {
      isPaused: () => this.backpressure.reading.isPaused,
      ask: () => this.#routing.pingAgain(),
    });
  }

  /** Returns true while stanzas are sent and read. */
  get isOpen(): boolean {
    return this.link.online && !this.backpressure.reading.isPaused;
  }

  start(): void {
    this.#watchdog.start();
    this.link.start();
  }

  /** Stops watching the link. It is stopped after the last output is written. */
  stopWatching(): void {
    this.#watchdog.stop();
  }

  /**
   * Asks the server to hold what is sent from now on. Resolves with true if it does: everything sent before has been
   * received then. Resolves with false if it cannot, or does not answer within `timeoutMs`.
   */
  askToHold(timeoutMs: number): Promise<boolean> {
    return this.#hold.ask(timeoutMs);
  }

  /**
   * Resolves when the server has delivered everything that it has for this component now, with true; with false if that cannot
   * be known within `timeoutMs`.
   */
  flush(timeoutMs: number): Promise<boolean> {
    return this.#routing.passed(timeoutMs);
  }

  #receive(element: Element): void {
    const isOwn = this.#routing.take(element) || this.#hold.take(element) || this.#multicast.take(element);
    if (!isOwn) this.#handlers.stanza(element);
  }

  #goOnline(): void {
    this.#routing.online();
    this.#handlers.online();
    this.#multicast.online().catch((error) => this.#log.error({ err: error }, "multicast discovery failed"));
  }

  #goOffline(): void {
    this.#routing.offline();
    this.#multicast.offline();
  }
}
