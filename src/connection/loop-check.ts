// Whether what Verona sends to its own domain comes back to it (XEP-0199): only then all of the domain's stanzas do.
import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { tag } from "../xmpp/tag.ts";

/** A server that delivers to two services by chance delivers all of them here once in a thousand times. */
const PINGS = 10;
/** How long they may be under way, in milliseconds. */
const TIMEOUT_MS = 30_000;

interface LoopOptions {
  /** The component's own. */
  readonly domain: string;
  readonly log: Pick<Logger, "warn" | "debug">;
  write(text: string): void;
}

/**
 * Sends pings to the component's own domain on every new link, and logs once if one does not come back. The server, or
 * another component, then gets stanzas that are for this one. Nothing waits for it.
 */
export class LoopCheck {
  readonly #options: LoopOptions;
  /** Nobody else can know it. */
  readonly #prefix = `loop-${randomUUID()}`;
  #count = 0;
  /** The ids of pings that are under way. */
  readonly #missing = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #works = false;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  /** Whether all pings have come back on this link. */
  get works(): boolean {
    return this.#works;
  }

  /** To be called for every new link. */
  online(): void {
    this.offline();
    for (let count = 0; count < PINGS; count += 1) this.#missing.add(this.ping());
    this.#timer = setTimeout(() => this.#report(), TIMEOUT_MS).unref();
  }

  /** What was under way is lost with the link. */
  offline(): void {
    clearTimeout(this.#timer);
    this.#missing.clear();
    this.#works = false;
  }

  /** Sends one more ping; returns its id. */
  ping(): string {
    this.#count += 1;
    const id = `${this.#prefix}-${this.#count}`;
    const { domain, write } = this.#options;
    write(tag("iq", { type: "get", id, from: domain, to: domain }, tag("ping", { xmlns: NS.ping })));
    return id;
  }

  /** True where the stanza was a ping, or the answer of somebody else to it. */
  take(stanza: Element): boolean {
    const { id, from, to } = stanza.attrs;
    const { domain, log } = this.#options;
    if (to !== domain || from !== domain || !id?.startsWith(this.#prefix)) return false;
    if (stanza.attrs.type === "get" && this.#missing.delete(id) && this.#missing.size === 0) {
      clearTimeout(this.#timer);
      this.#works = true;
      log.debug({ domain }, "what Verona sends to its own domain comes back");
    }
    return true;
  }

  #report(): void {
    const { domain, log } = this.#options;
    log.warn(
      { domain, sent: PINGS, missing: this.#missing.size },
      "some of what Verona sent to its own domain did not come back: the server's own MUC service may serve the same domain, or several components share it",
    );
  }
}
