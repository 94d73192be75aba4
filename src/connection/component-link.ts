// The link to the server: a stream, and a new stream whenever it is lost.
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { type BackoffOptions, backoffDelay, DEFAULT_BACKOFF } from "../backoff.ts";
import type { Lease } from "../storage/lease.ts";
import type { Element } from "../xmpp/element.ts";
import { ComponentStream, type StreamTarget } from "./component-stream.ts";
import { describeLinkFault, isConflict } from "./link-fault.ts";
import { redactText } from "./stanza-trace.ts";
import { untilHeld } from "./until-held.ts";

/** The delay after a conflict: the other connection may be that of a process that hangs or has just died. Milliseconds. */
const CONFLICT_DELAY = 1_000;
/** Characters that may wait for the server: enough to keep it busy, few enough to keep delays short. */
const HIGH_WATER = 1_048_576;

export interface LinkOptions extends StreamTarget {
  readonly log: Logger;
  /** What the operator should change if the server refuses the domain or its secret; by default something in "component". */
  readonly refusalAdvice?: string;
  readonly backoff?: Partial<BackoffOptions>;
  /** Without a lease that is held, nothing is written and no connection is opened. */
  readonly lease?: Pick<Lease, "isHeld" | "whenHeld" | "onRenewed"> | undefined;
}

/** An exception of a handler is logged and has no other effect. */
export interface LinkHandlers {
  /** A stanza from the server. */
  stanza(element: Element): void;
  /** True if stanzas that come after `stop` are taken too: another process can answer them. */
  readonly takesLate?: boolean;
  /** The server accepted the handshake: stanzas can be written. */
  online(): void;
  /** The link was lost; not called for a `stop`. */
  offline(): void;
  /** The server has read everything that was written. */
  drained(): void;
}

/** Connects to the server, and again whenever the connection is lost, until `stop`. */
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
  /** Stanzas that wait for the lease. */
  #held: string[] = [];
  #heldLength = 0;

  constructor(options: LinkOptions, handlers: LinkHandlers) {
    this.#options = { ...options, mayWrite: () => this.#mayWrite };
    this.#handlers = handlers;
    this.#backoff = { ...DEFAULT_BACKOFF, ...options.backoff };
    options.lease?.onRenewed(() => this.#writeHeld());
  }

  get online(): boolean {
    return this.#online;
  }

  /** Begins to connect; a second call changes nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Writes serialized stanzas, when the lease is held; returns false, and writes nothing, while there is no link. */
  write(text: string): boolean {
    // What waits is written first, also if the lease is held again without a renewal: the time of day may jump back.
    if (!this.#mayWrite || this.#held.length > 0) {
      if (this.#online) {
        this.#held.push(text);
        this.#heldLength += text.length;
      }
      return this.#online;
    }
    const isWritten = this.#online && this.#stream?.write(text) === true;
    if (isWritten) this.#trace("sent", text);
    return isWritten;
  }

  /** Characters that were written and wait for the server to read them. */
  get waiting(): number {
    return this.#online ? (this.#stream?.waiting ?? 0) : 0;
  }

  /** Characters that wait for the lease. */
  get held(): number {
    return this.#heldLength;
  }

  /** Returns true if nothing more should be written until `drained`: too much waits for the server, or the lease ran out. */
  get isFull(): boolean {
    return this.waiting > HIGH_WATER || !this.#mayWrite;
  }

  /** Number of writes that the server has read; grows while it reads. */
  get writesFlushed(): number {
    return this.#stream?.writesFlushed ?? 0;
  }

  /** Number of reads with data; grows while the server sends. */
  get readsDone(): number {
    return this.#stream?.readsDone ?? 0;
  }

  /** Stops reading, also from a new link, until `resume`: stanzas wait at the server. */
  pause(): void {
    this.#isPaused = true;
    if (this.#online) this.#stream?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#stream?.resume();
  }

  /** Reads a little while paused. */
  readSome(): void {
    if (this.#online) this.#stream?.readSome();
  }

  /** Sends a whitespace keepalive (RFC 6120 section 4.6.1), which reveals a link that the server has closed. */
  sendWhitespace(): void {
    this.write(" ");
  }

  /** Drops this link and makes another one. */
  abandon(reason: string): void {
    this.#stream?.abandon(new Error(reason));
  }

  /** Sends pending output, closes the stream and ends (within about six seconds); never rejects. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#online = false;
    await this.#stream?.close();
    const stanzas = this.#stream?.lateStanzas ?? 0;
    if (stanzas > 0)
      this.#options.log.warn({ stanzas }, "stanzas came after the end of the stream and got no answer");
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await untilHeld(this.#options.lease, signal);
      if (signal.aborted) return;
      this.#stream = new ComponentStream(this.#options, {
        accepted: () => this.#goOnline(),
        stanza: (element) => {
          this.#trace("received", element);
          this.#guard("a stanza", () => this.#handlers.stanza(element));
        },
        takesLate: this.#handlers.takesLate === true,
        drained: () => this.#guard("a drained link", () => this.#handlers.drained()),
      });
      const reason = await this.#stream.ended;
      if (signal.aborted) return;
      this.#report(describeLinkFault(reason, this.#options));
      await delay(this.#delayAfter(reason), undefined, { signal }).catch(() => {});
    }
  }

  #delayAfter(reason: unknown): number {
    if (isConflict(reason)) return CONFLICT_DELAY;
    this.#failures += 1;
    return backoffDelay(this.#failures, this.#backoff);
  }

  get #mayWrite(): boolean {
    return this.#options.lease?.isHeld !== false;
  }

  #writeHeld(): void {
    for (const text of this.#takeHeld()) this.write(text);
    if (this.#online) this.#guard("a lease", () => this.#handlers.drained());
  }

  #takeHeld(): string[] {
    this.#heldLength = 0;
    return this.#held.splice(0);
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

  /** Logs the loss of the link, then each new fault once, not with every attempt. */
  #report(fault: string): void {
    const { log } = this.#options;
    this.#takeHeld();
    if (this.#online) {
      this.#online = false;
      log.warn({ reason: fault }, "offline");
      this.#guard("going offline", () => this.#handlers.offline());
    } else if (fault !== this.#lastFault) {
      log.error(fault);
    }
    this.#lastFault = fault;
  }

  /** Free unless the log level is trace. */
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
