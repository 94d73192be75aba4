// Reads what a service sends during a raid: the people's messages, their refusals, and what of the raid reaches them.
import { ordinary, PEOPLE, personIn, SEATS } from "./raid-stanzas.ts";
import { roomOf } from "./users.ts";

const HEAD = /<(?:message|presence|iq) [^>]*>/g;
const MARK = /~(\d+)~/g;

export class RaidReader {
  /** Milliseconds from each message to its author's own copy. */
  readonly latencies: number[] = [];
  /** Stanzas of people that were refused. */
  refused = 0;
  /** Set when the connection is lost. */
  fault: Error | undefined;
  readonly #waiting = new Map<string, { readonly to: string; readonly at: number }>();
  /** The numbers of the stanzas of the raid that have reached somebody. */
  readonly #reached = new Set<string>();
  #said = 0;
  /** True inside a stanza for one of the people. */
  #isToPeople = false;

  /** Messages under way. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Number of stanzas of the raid that have reached somebody. */
  get reached(): number {
    return this.#reached.size;
  }

  /** Returns the next message of a person. */
  say(person: number): string {
    const room = Math.floor(person / SEATS);
    const to = ordinary(personIn(room, person % SEATS));
    const id = `m${this.#said}`;
    this.#said += 1;
    this.#waiting.set(id, { to, at: performance.now() });
    return `<message type="groupchat" id="${id}" from="${to}" to="${roomOf(`room${room}`)}"><body>It was the best of times</body></message>`;
  }

  /** Takes whole tags. */
  read(tags: string): void {
    let at = 0;
    for (const { 0: head, index } of tags.matchAll(HEAD)) {
      this.#readContent(tags.slice(at, index));
      at = index;
      this.#readHead(head);
    }
    this.#readContent(tags.slice(at));
  }

  #readHead(head: string): void {
    this.#isToPeople = head.includes(` to="`) && head.includes(`@${PEOPLE}`);
    if (!this.#isToPeople) return;
    const id = / id="(m\d+)"/.exec(head)?.[1] ?? "";
    const isError = head.includes(' type="error"');
    if (isError) this.refused += 1;
    const message = this.#waiting.get(id);
    if (!message || !head.includes(` to="${message.to}"`)) return;
    this.#waiting.delete(id);
    if (!isError) this.latencies.push(performance.now() - message.at);
  }

  #readContent(text: string): void {
    if (!this.#isToPeople || !text.includes("~")) return;
    for (const [, number = ""] of text.matchAll(MARK)) this.#reached.add(number);
  }
}
