// Checks with pings (XEP-0199) that the server routes the component's domain to this component alone.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { tag } from "../xmpp/tag.ts";

/** Number of pings. If a server routes to one of two services at random, all ten arrive once in a thousand times. */
const PINGS = 10;
/** Time for all pings to arrive. */
const TIMEOUT_MS = 30_000;

interface RoutingCheckOptions {
  /** Domain of the component. */
  readonly domain: string;
  readonly log: Pick<Logger, "warn" | "debug">;
  write(text: string): void;
}

/**
 * Sends pings to the component's own domain on every new link, and logs a warning if one does not arrive: the server or
 * another component then gets stanzas that are for this one. Nothing waits for the check.
 */
export class RoutingCheck {
  readonly #options: RoutingCheckOptions;
  /** Unpredictable, so that no client can fake a ping. */
  readonly #prefix = `loop-${randomUUID()}`;
  #count = 0;
  /** Ids of pings in flight. */
  readonly #missing = new Set<string>();
  /** Calls of `passed` by the id of their ping. */
  readonly #awaited = new Map<string, () => void>();
  #timer: NodeJS.Timeout | undefined;
  #hasPassed = false;

  constructor(options: RoutingCheckOptions) {
    this.#options = options;
  }

  /** Returns true if all pings on this link have arrived. */
  get hasPassed(): boolean {
    return this.#hasPassed;
  }

  /** Starts the check on a new link. */
  online(): void {
    this.offline();
    for (let count = 0; count < PINGS; count += 1) this.#missing.add(this.ping());
    this.#timer = setTimeout(() => this.#report(), TIMEOUT_MS).unref();
  }

  /** Ends the check with the link. */
  offline(): void {
    clearTimeout(this.#timer);
    this.#missing.clear();
    this.#hasPassed = false;
  }

  /** Sends one more ping; returns its id. */
  ping(): string {
    this.#count += 1;
    const id = `${this.#prefix}-${this.#count}`;
    const { domain, write } = this.#options;
    write(tag("iq", { type: "get", id, from: domain, to: domain }, tag("ping", { xmlns: NS.ping })));
    return id;
  }

  /** Sends one more ping, which will return if the link is alive. Returns false, and sends none, before all have arrived. */
  pingAgain(): boolean {
    if (this.#hasPassed) this.ping();
    return this.#hasPassed;
  }

  /** Resolves with true when a ping that is sent now has arrived; with false after `timeoutMs`, or without a link. */
  async passed(timeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const id = this.ping();
    this.#awaited.set(id, resolve);
    const hasPassed = await Promise.race([promise.then(() => true), delay(timeoutMs, false, { ref: false })]);
    this.#awaited.delete(id);
    return hasPassed;
  }

  /** Returns true if the stanza is a ping of this check, or another entity's answer to one. */
  take(stanza: Element): boolean {
    const { id, from, to } = stanza.attrs;
    const { domain, log } = this.#options;
    if (to !== domain || from !== domain || !id?.startsWith(this.#prefix)) return false;
    this.#awaited.get(id)?.();
    if (stanza.attrs.type === "get" && this.#missing.delete(id) && this.#missing.size === 0) {
      clearTimeout(this.#timer);
      this.#hasPassed = true;
      log.debug({ domain }, "stanzas to Verona's own domain arrive");
    }
    return true;
  }

  #report(): void {
    const { domain, log } = this.#options;
    log.warn(
      { domain, sent: PINGS, missing: this.#missing.size },
      "some stanzas to Verona's own domain did not arrive: the server's own MUC service may use the same domain, or several components share it",
    );
  }
}
