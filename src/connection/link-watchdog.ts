// Detects a server that no longer reads or answers while its connection stays open.
import type { ComponentLink } from "./component-link.ts";

/** Interval of checks in milliseconds. */
const LOOK_MS = 5_000;
/** Consecutive checks without a flushed write while output waits: a minute. */
const MAX_STALLS = 12;
/** Consecutive checks without incoming data before each ping: a minute. */
const ASK_AFTER = 12;
/** Consecutive checks without incoming data, despite pings, before the link is dropped: three minutes. */
const MAX_QUIET = 36;

export type WatchedLink = Pick<
  ComponentLink,
  "online" | "writesFlushed" | "readsDone" | "waiting" | "readSome" | "sendWhitespace" | "abandon"
>;

interface WatchHandlers {
  /** Returns true while reading is paused. */
  isPaused(): boolean;
  /** Pings the server; returns false if it is not known to answer. */
  ask(): boolean;
}

/**
 * Drops a link on which the server has read nothing of the waiting output for a minute, or has sent nothing for three
 * minutes despite pings.
 *
 * Reading may be paused. A server that reads and writes in one thread may then block until we read, which would be a
 * deadlock. So a little is read whenever the server has read nothing for five seconds. If no output waits, for example
 * while the database is away, a whitespace keepalive is sent: only a write shows that the server has closed the link.
 */
export class LinkWatchdog {
  readonly #link: WatchedLink;
  readonly #handlers: WatchHandlers;
  #timer: NodeJS.Timeout | undefined;
  #taken = 0;
  #received = 0;
  #stalls = 0;
  #quiet = 0;

  constructor(link: WatchedLink, handlers: WatchHandlers) {
    this.#link = link;
    this.#handlers = handlers;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { online, writesFlushed: taken, readsDone: received, waiting } = this.#link;
    const isPaused = this.#handlers.isPaused();
    const isStalled = online && waiting > 0 && taken === this.#taken;
    const isQuiet = online && waiting === 0 && received === this.#received && !isPaused;
    this.#taken = taken;
    this.#received = received;
    this.#stalls = isStalled ? this.#stalls + 1 : 0;
    this.#quiet = isQuiet ? this.#quiet + 1 : 0;
    if (this.#stalls >= MAX_STALLS) this.#link.abandon("the server has read nothing for a minute");
    else if (this.#quiet >= MAX_QUIET) this.#link.abandon("the server has not answered for two minutes");
    else if (isStalled && isPaused) this.#link.readSome();
    else if (isPaused && waiting === 0) this.#link.sendWhitespace();
    else if (this.#quiet > 0 && this.#quiet % ASK_AFTER === 0 && !this.#handlers.ask()) this.#quiet = 0;
  }
}
