// What the service itself asks of its server (RFC 6120 section 8.2.3), apart from what rooms ask of clients.
import { randomUUID } from "node:crypto";
import type { Element } from "../xmpp/element.ts";
import { tag } from "../xmpp/tag.ts";

/** So long an answer is awaited, in milliseconds. */
const TIMEOUT_MS = 30_000;

interface Question {
  readonly to: string;
  readonly timer: NodeJS.Timeout;
  answered(answer: Element | undefined): void;
}

export class Questions {
  readonly #domain: string;
  readonly #open = new Map<string, Question>();

  /** `domain`: the component's, which asks. */
  constructor(domain: string) {
    this.#domain = domain;
  }

  /** The request as text, to be written at once. `answered` gets the result or error, or nothing after 30 seconds. */
  pose(to: string, payload: string, answered: (answer: Element | undefined) => void): string {
    const id = randomUUID();
    const timer = setTimeout(() => {
      this.#open.delete(id);
      answered(undefined);
    }, TIMEOUT_MS);
    this.#open.set(id, { to, timer: timer.unref(), answered });
    return tag("iq", { type: "get", id, from: this.#domain, to }, payload);
  }

  /** True where the stanza was the answer to a question, from the address that was asked. */
  take(stanza: Element): boolean {
    const { id, from, to, type } = stanza.attrs;
    if (stanza.getName() !== "iq" || to !== this.#domain || (type !== "result" && type !== "error"))
      return false;
    const question = id === undefined ? undefined : this.#open.get(id);
    if (id === undefined || question === undefined || question.to !== from) return false;
    clearTimeout(question.timer);
    this.#open.delete(id);
    question.answered(stanza);
    return true;
  }

  /** The link is lost: nobody will answer, and nobody is told. */
  forget(): void {
    for (const { timer } of this.#open.values()) clearTimeout(timer);
    this.#open.clear();
  }
}
