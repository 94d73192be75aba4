// IQ requests from the service itself to its server (RFC 6120 section 8.2.3); rooms send their own to clients.
import { randomUUID } from "node:crypto";
import type { Element } from "../xmpp/element.ts";
import { tag } from "../xmpp/tag.ts";

/** Time to wait for an answer. */
const TIMEOUT_MS = 30_000;

interface PendingRequest {
  readonly to: string;
  readonly timer: NodeJS.Timeout;
  answered(answer: Element | undefined): void;
}

export class IqRequests {
  readonly #domain: string;
  readonly #prefix: string;
  readonly #open = new Map<string, PendingRequest>();

  /** `domain`: the component's, the sender. `prefix`: the beginning of each id. */
  constructor(domain: string, prefix = "") {
    this.#domain = domain;
    this.#prefix = prefix;
  }

  /** Returns a request as text, to be written at once. `answered` gets the result or error, or undefined after 30 seconds. */
  request(
    to: string,
    payload: string,
    answered: (answer: Element | undefined) => void,
    type: "get" | "set" = "get",
  ): string {
    const id = this.#prefix + randomUUID();
    const timer = setTimeout(() => {
      this.#open.delete(id);
      answered(undefined);
    }, TIMEOUT_MS);
    this.#open.set(id, { to, timer: timer.unref(), answered });
    return tag("iq", { type, id, from: this.#domain, to }, payload);
  }

  /** Returns true if the stanza is the answer to a request, from the address that was asked. */
  takeAnswer(stanza: Element): boolean {
    const { id, from, to, type } = stanza.attrs;
    if (stanza.getName() !== "iq" || to !== this.#domain || (type !== "result" && type !== "error"))
      return false;
    const pending = id === undefined ? undefined : this.#open.get(id);
    if (id === undefined || pending === undefined || pending.to !== from) return false;
    clearTimeout(pending.timer);
    this.#open.delete(id);
    pending.answered(stanza);
    return true;
  }

  /** Drops all requests, without a call of `answered`: the link is lost. */
  clear(): void {
    for (const { timer } of this.#open.values()) clearTimeout(timer);
    this.#open.clear();
  }
}
