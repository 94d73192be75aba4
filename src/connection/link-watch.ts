// Notices a server that does not read any more, or is not there any more, while its connection stays open.
import type { ComponentLink } from "./component-link.ts";

/** How often the link is looked at, in milliseconds. */
const LOOK_MS = 5_000;
/** Looks in a row at which the server may have taken nothing of what waits for it: a minute. */
const MAX_STALLS = 12;
/** Looks in a row at which nothing has come before the server is asked, and again each time: a minute. */
const ASK_AFTER = 12;
/** Looks in a row at which nothing has come, whatever was asked, before the link is given up: three minutes. */
const MAX_QUIET = 36;

export type WatchedLink = Pick<
  ComponentLink,
  "online" | "taken" | "received" | "waiting" | "sip" | "probe" | "abandon"
>;

interface WatchHandlers {
  /** Whether nothing is read from the server at the moment. */
  isPaused(): boolean;
  /** Sends what the server answers; false where it is not known to answer. */
  ask(): boolean;
}

/**
 * Gives up a link on which the server has taken nothing of what waits for a minute, or has sent nothing for three
 * minutes though it was asked.
 *
 * While reading is paused, a server that writes to a component and reads from it in one thread may itself wait until
 * we read, and nothing would move any more. So a little is read wherever it has taken nothing for five seconds. Where
 * nothing waits for it, as while the database is away, a space is written: a link that the server has closed shows
 * only when it is used.
 */
export class LinkWatch {
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
    const { online, taken, received, waiting } = this.#link;
    const isPaused = this.#handlers.isPaused();
    const isStalled = online && waiting > 0 && taken === this.#taken;
    const isQuiet = online && waiting === 0 && received === this.#received && !isPaused;
    this.#taken = taken;
    this.#received = received;
    this.#stalls = isStalled ? this.#stalls + 1 : 0;
    this.#quiet = isQuiet ? this.#quiet + 1 : 0;
    if (this.#stalls >= MAX_STALLS) this.#link.abandon("the server has read nothing for a minute");
    else if (this.#quiet >= MAX_QUIET) this.#link.abandon("the server has answered nothing for two minutes");
    else if (isStalled && isPaused) this.#link.sip();
    else if (isPaused && waiting === 0) this.#link.probe();
    else if (this.#quiet > 0 && this.#quiet % ASK_AFTER === 0 && !this.#handlers.ask()) this.#quiet = 0;
  }
}
