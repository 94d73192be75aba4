// The link to the server: a stream, and the next one whenever it is lost.
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { type BackoffOptions, backoffDelay, DEFAULT_BACKOFF } from "../backoff.ts";
import type { Element } from "../xmpp/element.ts";
import { ComponentStream, type StreamTarget } from "./component-stream.ts";
import { describeLinkFault } from "./link-fault.ts";
import { redactText } from "./stanza-trace.ts";

/** Characters that may wait for the server: it always has something to take, and others are not far behind. */
const HIGH_WATER = 1_048_576;

export interface LinkOptions extends StreamTarget {
  readonly log: Logger;
  readonly backoff?: Partial<BackoffOptions>;
}

/** A fault of a handler is logged and costs nothing else. */
export interface LinkHandlers {
  /** A stanza from the server. */
  stanza(element: Element): void;
  /** The server took the handshake: stanzas can be written. */
  online(): void;
  /** The link was lost; not called for a `stop`. */
  offline(): void;
  /** The server has taken everything that was written. */
  drained(): void;
}

/** The connection to the server: made, and made again whenever it is lost, until `stop`. */
export class ComponentLink {
  readonly #options: LinkOptions;
  readonly #handlers: LinkHandlers;
  readonly #backoff: BackoffOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #stream: ComponentStream | undefined;
  #online = false;
  #isPaused = false;
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

  /** Begins to connect; a second call changes nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Writes serialized stanzas; false, and nothing is written, while there is no link. */
  write(text: string): boolean {
    const isWritten = this.#online && this.#stream?.write(text) === true;
    if (isWritten) this.#trace("sent", text);
    return isWritten;
  }

  /** What was written and waits for the server to take it, in characters. */
  get waiting(): number {
    return this.#online ? (this.#stream?.waiting ?? 0) : 0;
  }

  /** So much waits for the server that nothing should be written, until it is `drained`. */
  get isFull(): boolean {
    return this.waiting > HIGH_WATER;
  }

  /** Grows while the server takes what is written. */
  get writesFlushed(): number {
    return this.#stream?.writesFlushed ?? 0;
  }

  /** Grows while something comes from the server. */
  get readsDone(): number {
    return this.#stream?.readsDone ?? 0;
  }

  /** Reads no stanzas, also from a new link, until `resume`: what the server sends waits on its side. */
  pause(): void {
    this.#isPaused = true;
    if (this.#online) this.#stream?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#stream?.resume();
  }

  /** Reads a little of what has come, while paused. */
  readSome(): void {
    if (this.#online) this.#stream?.readSome();
  }

  /** Writes a space, which means nothing (RFC 6120 section 4.6.1): where the server is gone, the link is lost by it. */
  sendWhitespace(): void {
    this.write(" ");
  }

  /** Gives this link up, and makes another one. */
  abandon(reason: string): void {
    this.#stream?.abandon(new Error(reason));
  }

  /** Sends what is pending, closes the stream and ends (within about six seconds); never rejects. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#online = false;
    await this.#stream?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#stream = new ComponentStream(this.#options, {
        accepted: () => this.#goOnline(),
        stanza: (element) => {
          this.#trace("received", element);
          this.#guard("a stanza", () => this.#handlers.stanza(element));
        },
        drained: () => this.#guard("a drained link", () => this.#handlers.drained()),
      });
      const reason = await this.#stream.ended;
      if (signal.aborted) return;
      this.#failures += 1;
      this.#report(describeLinkFault(reason, this.#options));
      await delay(backoffDelay(this.#failures, this.#backoff), undefined, { signal }).catch(() => {});
    }
  }

  #goOnline(): void {
    this.#online = true;
    this.#failures = 0;
    this.#lastFault = "";
    const { host, port, domain, log } = this.#options;
    log.info({ domain, host, port }, "online");
    if (this.#isPaused) this.#stream?.pause();
    this.#guard("going online", () => this.#handlers.online());
  }

  /** One line for the loss of the link; then each fault when it first shows, not with each attempt. */
  #report(fault: string): void {
    const { log } = this.#options;
    if (this.#online) {
      this.#online = false;
      log.warn({ reason: fault }, "offline");
      this.#guard("going offline", () => this.#handlers.offline());
    } else if (fault !== this.#lastFault) {
      log.error(fault);
    }
    this.#lastFault = fault;
  }

  /** Costs nothing unless the log has the level trace. */
  #trace(what: "sent" | "received", stanzas: string | Element): void {
    const { log } = this.#options;
    if (log.isLevelEnabled("trace")) log.trace({ stanzas: redactText(stanzas.toString()) }, what);
  }

  #guard(what: string, handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#options.log.error({ err: error }, `failed to handle ${what}`);
    }
  }
}
