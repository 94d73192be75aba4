// The XEP-0114 link: the only place that knows @xmpp/component.
import { setTimeout as delay } from "node:timers/promises";
import { type Component, component } from "@xmpp/component";
import type { Logger } from "pino";
import type { Element } from "../xmpp/element.ts";
import { type BackoffOptions, backoffDelay, DEFAULT_BACKOFF } from "./backoff.ts";
import { describeLinkFault } from "./link-fault.ts";

export interface LinkOptions {
  readonly host: string;
  readonly port: number;
  readonly domain: string;
  readonly secret: string;
  readonly log: Logger;
  readonly backoff?: Partial<BackoffOptions>;
}

export interface LinkHandlers {
  /** A stanza from the server; a fault of the handler is logged and costs nothing else. */
  stanza(element: Element): void;
  online(): void;
  offline(): void;
}

/** The connection to the server: made, and made again whenever it is lost, until `stop`. */
export class ComponentLink {
  readonly #options: LinkOptions;
  readonly #handlers: LinkHandlers;
  readonly #backoff: BackoffOptions;
  readonly #stopping = new AbortController();
  #entity: Component | undefined;
  #online = false;
  #failures = 0;
  #lastFault = "";

  constructor(options: LinkOptions, handlers: LinkHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#backoff = { ...DEFAULT_BACKOFF, ...options.backoff };
  }

  get online(): boolean {
    return this.#online;
  }

  /** Bytes that were written and that the server has not taken yet. */
  get pendingBytes(): number {
    return this.#entity?.socket?.writableLength ?? 0;
  }

  start(): void {
    void this.#run();
  }

  /** Writes serialized stanzas; false, and nothing is written, while there is no link. */
  write(text: string): boolean {
    const socket = this.#online ? this.#entity?.socket : undefined;
    if (!socket) return false;
    socket.write(text);
    return true;
  }

  /** Sends what is pending, closes the stream and ends; never rejects. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const entity = this.#entity;
    this.#online = false;
    // Rejects where the server does not close its side in time, or there was no stream: it is over either way.
    await entity?.stop().catch(() => {});
    entity?.socket?.destroy();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const error = await this.#connectOnce();
      if (this.#stopping.signal.aborted) return;
      this.#failures += 1;
      this.#report(error);
      const pause = backoffDelay(this.#failures, this.#backoff);
      await delay(pause, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
  }

  /** One connection from its beginning to its end; resolves with the reason of the end. */
  async #connectOnce(): Promise<unknown> {
    const { host, port, domain, secret } = this.#options;
    const entity = component({
      service: `xmpp://${host.includes(":") ? `[${host}]` : host}:${port}`,
      domain,
      password: secret,
    });
    entity.reconnect.stop(); // it knows neither backoff nor a first connection that fails
    entity.removeAllListeners("element"); // its middleware would answer every IQ a second time
    this.#entity = entity;
    const ended = Promise.withResolvers<unknown>();
    let fault: unknown;
    entity.on("error", (error: unknown) => {
      fault ??= error;
      entity.socket?.end();
    });
    // The library decodes every chunk alone; the socket's own decoder keeps a character together.
    entity.on("connect", () => entity.socket?.setEncoding("utf8"));
    entity.on("stanza", (element: Element) => this.#receive(element));
    entity.on("online", () => this.#goOnline());
    entity.on("disconnect", () => ended.resolve(fault ?? new Error("the server closed the connection")));
    // A server that never answers ends the start with a timeout; the socket is still open then.
    entity.start().catch((error: unknown) => {
      fault ??= error;
      entity.socket?.destroy();
      ended.resolve(fault);
    });
    const reason = await ended.promise;
    entity.socket?.destroy();
    this.#goOffline();
    return reason;
  }

  #goOnline(): void {
    if (this.#stopping.signal.aborted) return;
    this.#online = true;
    this.#failures = 0;
    this.#lastFault = "";
    const { host, port, domain } = this.#options;
    this.#options.log.info({ domain, host, port }, "online");
    this.#handlers.online();
  }

  #goOffline(): void {
    if (!this.#online) return;
    this.#online = false;
    this.#options.log.warn("offline");
    this.#handlers.offline();
  }

  #receive(element: Element): void {
    if (!this.#online) return;
    try {
      this.#handlers.stanza(element);
    } catch (error) {
      this.#options.log.error({ err: error }, "a stanza could not be handled");
    }
  }

  /** Each fault is logged when it first shows, not with each attempt. */
  #report(error: unknown): void {
    const fault = describeLinkFault(error, this.#options);
    if (fault === this.#lastFault) return;
    this.#lastFault = fault;
    this.#options.log.error(fault);
  }
}
