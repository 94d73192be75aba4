// Asks the server to hold the stanzas for this component until its next connection (docs/hold.md).
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { tag } from "../xmpp/tag.ts";

export class HoldRequest {
  readonly #domain: string;
  readonly #write: (text: string) => boolean;
  /** Unpredictable, so that no client can fake an answer. */
  readonly #id = `hold-${randomUUID()}`;
  readonly #answer = Promise.withResolvers<boolean>();

  /** `domain`: of the component. `write` returns false if there is no link. */
  constructor(domain: string, write: (text: string) => boolean) {
    this.#domain = domain;
    this.#write = write;
  }

  /**
   * Asks once. Resolves with true if the server holds, with false if it has no module for that, if there is no link, or
   * after `timeoutMs`.
   */
  async ask(timeoutMs: number): Promise<boolean> {
    const domain = this.#domain;
    const payload = tag("hold", { xmlns: NS.hold });
    if (!this.#write(tag("iq", { type: "set", id: this.#id, from: domain, to: domain }, payload)))
      return false;
    return Promise.race([this.#answer.promise, delay(timeoutMs, false, { ref: false })]);
  }

  /** Returns true if the stanza is the answer, or the request itself: a server without the module delivers it. */
  take(stanza: Element): boolean {
    const { id, from, to, type } = stanza.attrs;
    if (id !== this.#id || from !== this.#domain || to !== this.#domain) return false;
    this.#answer.resolve(type === "result");
    return true;
  }
}
