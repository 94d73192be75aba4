// One XEP-0114 stream, from connecting to its end. The only file that uses @xmpp/component.
import { setTimeout as delay } from "node:timers/promises";
import { type Component, component } from "@xmpp/component";
import type { Element } from "../xmpp/element.ts";
import { expectsAnswer } from "../xmpp/stanza.ts";
import { UnreadableStreamError } from "./link-fault.ts";
import { type LinkTls, secureSocketClass } from "./link-tls.ts";
import { ParserFeed } from "./parser-feed.ts";

export interface StreamTarget {
  readonly host: string;
  readonly port: number;
  readonly domain: string;
  readonly secret: string;
  /** Without it, the connection is not encrypted. */
  readonly tls?: LinkTls | undefined;
  /** Milliseconds that the server may take for each answer while the stream opens; ten seconds by default. */
  readonly answerTimeout?: number;
  /** Returns false while nothing at all may be written. */
  mayWrite?(): boolean;
}

export interface StreamHandlers {
  /** The server accepted the handshake. Called once, before the first stanza; must not throw. */
  accepted(): void;
  /** A stanza after the handshake; must not throw. */
  stanza(element: Element): void;
  /** True if stanzas that come after the end of the stream are taken too: another process can answer them. */
  readonly takesLate?: boolean;
  /** The server has read everything that was written; must not throw. */
  drained(): void;
}

const STREAMS = "http://etherx.jabber.org/streams";
const FOOTER = "</stream:stream>";
/** The timeout is long, because a starting server is busy for a while. */
const ANSWER_TIMEOUT = 10_000;
const KEEP_ALIVE_AFTER = 30_000;
/** Milliseconds for the last writes after the end of the stream. */
const LINGER = 2_000;
/** Milliseconds for the server to read everything and close its side. */
const CLOSE_TIMEOUT = 4_000;

/** A stream that connects when it is created, and is used once. */
export class ComponentStream {
  readonly #entity: Component;
  readonly #handlers: StreamHandlers;
  readonly #mayWrite: () => boolean;
  readonly #feed: ParserFeed;
  readonly #ended = Promise.withResolvers<unknown>();
  #accepted = false;
  #closing = false;
  #over = false;
  #isPaused = false;
  #isReadingSome = false;
  #lateStanzas = 0;
  /** Number of writes that the server has read. */
  #writesFlushed = 0;
  /** Number of reads with data. */
  #readsDone = 0;

  constructor(target: StreamTarget, handlers: StreamHandlers) {
    const { host, port, domain, secret, tls, answerTimeout = ANSWER_TIMEOUT, mayWrite = () => true } = target;
    this.#handlers = handlers;
    this.#mayWrite = mayWrite;
    const service = `xmpp://${host.includes(":") ? `[${host}]` : host}:${port}`;
    const entity = component({ service, domain, password: secret });
    this.#entity = entity;
    if (tls) entity.Socket = secureSocketClass(host, port, tls);
    entity.timeout = answerTimeout;
    entity.reconnect.stop(); // it knows neither backoff nor a first connection that fails
    entity.removeAllListeners("element"); // its middleware would answer every IQ a second time
    // The library would follow a redirect to any host, and outlive this stream.
    entity._onSeeOtherHost = (error) => entity.emit("error", error);
    // The library has no parser after the stream was closed.
    this.#feed = new ParserFeed({ write: (text) => entity.parser?.write(text) });
    entity._onData = (text) => this.#read(text);
    // jabberd2 sends features first, as the library's header has a version. They must not pass for the answer to the
    // handshake.
    const onElement = entity._onElement.bind(entity);
    entity._onElement = (element) => {
      if (!element.is("features", STREAMS)) onElement(element);
    };
    const write = entity.write.bind(entity);
    entity.write = async (text) => {
      if (!mayWrite()) throw new Error("nothing may be written now");
      await write(text);
    };
    entity.on("error", (error: unknown) => this.#end(error));
    entity.on("connect", () => this.#tuneSocket());
    entity.on("nonza", (element: Element) => this.#accept(element));
    entity.on("stanza", (element: Element) => {
      if (!this.#accepted) return;
      if (!this.#closing || this.#handlers.takesLate) this.#handlers.stanza(element);
      else if (expectsAnswer(element.getName(), element.attrs.type)) this.#lateStanzas += 1;
    });
    entity.on("close", () => {
      if (!this.#closing) this.#end(new Error("the server closed the stream"));
    });
    entity.on("disconnect", () => this.#end(new Error("the server closed the connection")));
    void this.#open(service, domain);
  }

  /** Resolves with the reason when the stream is over, whichever side ended it. */
  get ended(): Promise<unknown> {
    return this.#ended.promise;
  }

  /** Writes markup; returns false, and writes nothing, unless the stream is open for stanzas. */
  write(text: string): boolean {
    const { socket } = this.#entity;
    if (!this.#accepted || this.#closing || this.#over || !socket?.writable) return false;
    socket.write(text, this.#countWrite);
    return true;
  }

  /** Characters that were written and wait for the server to read them. */
  get waiting(): number {
    return this.#entity.socket?.writableLength ?? 0;
  }

  /** Number of writes that the server has read; grows while it reads. */
  get writesFlushed(): number {
    return this.#writesFlushed;
  }

  /** Number of reads with data; grows while the server sends. */
  get readsDone(): number {
    return this.#readsDone;
  }

  /** Number of stanzas that came after `close` and got no answer: nothing can be sent then (RFC 6120 section 4.4). */
  get lateStanzas(): number {
    return this.#lateStanzas;
  }

  /** Stops reading until `resume`: stanzas wait at the server. */
  pause(): void {
    this.#isPaused = true;
    this.#entity.socket?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#entity.socket?.resume();
  }

  /** Reads up to 64 KiB while paused. */
  readSome(): void {
    const { socket } = this.#entity;
    if (!this.#isReadingSome) {
      this.#isReadingSome = true;
      socket?.once("data", () => {
        this.#isReadingSome = false;
        if (this.#isPaused) socket.pause();
      });
    }
    socket?.resume();
  }

  /** Ends the stream without waiting for anything. */
  abandon(reason: Error): void {
    this.#entity.socket?.destroy();
    this.#end(reason);
  }

  /** Writes pending output, closes the stream and waits briefly for the server to do the same; never rejects. */
  async close(): Promise<void> {
    this.#closing = true;
    this.resume();
    // Rejects if the server does not close its side in time, and hangs if it reads nothing: the stream is over either way.
    if (this.#accepted && !this.#over)
      await Promise.race([
        this.#entity.stop().catch(() => {}),
        delay(CLOSE_TIMEOUT, undefined, { ref: false }),
      ]);
    this.#entity.socket?.destroy();
    this.#end(new Error("the stream was closed"));
  }

  /** Replaces the library's `start`, which leaves a promise without a handler if opening fails. */
  async #open(service: string, domain: string): Promise<void> {
    try {
      await this.#entity.connect(service);
      await this.#entity.open({ domain });
    } catch (error) {
      this.#end(error);
    }
  }

  #tuneSocket(): void {
    const { socket } = this.#entity;
    // The library decodes every chunk alone; the socket's decoder keeps characters that span chunks together.
    socket?.setEncoding("utf8");
    socket?.setNoDelay(true);
    socket?.setKeepAlive(true, KEEP_ALIVE_AFTER);
    socket?.on("drain", () => this.#handlers.drained());
  }

  readonly #countWrite = (fault?: Error | null): void => {
    if (!fault) this.#writesFlushed += 1;
  };

  /** Parses received text. The library's parser throws on some faults. */
  #read(text: string): void {
    if (this.#over) return;
    this.#readsDone += 1;
    try {
      this.#feed.write(text);
    } catch (error) {
      this.#end(new UnreadableStreamError(error));
    }
  }

  /** Replaces the library's "online", which comes after a stanza that shares a segment with the handshake. */
  #accept(element: Element): void {
    if (this.#accepted || this.#closing || element.getName() !== "handshake") return;
    this.#accepted = true;
    this.#handlers.accepted();
  }

  #end(reason: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#ended.resolve(reason);
    const { socket } = this.#entity;
    if (!socket) return;
    if (socket.connecting || !socket.writable || !this.#mayWrite()) {
      socket.destroy();
      return;
    }
    socket.end(FOOTER);
    socket.destroySoon();
    setTimeout(() => socket.destroy(), LINGER).unref();
  }
}
