// A user who talks, whatever else arrives on the same connection.
import type { ComponentConnection } from "./component-connection.ts";
import { talkerName } from "./conversation.ts";
import { groupchat, jidOf } from "./users.ts";

/** Milliseconds that a refused talker waits. */
const RETRY_MS = 100;

/** Returns the value of an attribute of a start tag, in either kind of quotes. */
export const attributeOf = (head: string, name: string): string | undefined =>
  new RegExp(` ${name}=['"]([^'"]*)`).exec(head)?.[1];

/** Sends the next message when its own copy of the last one is back, and a refused one again. */
export class Talker {
  readonly #connection: ComponentConnection;
  readonly #number: number;
  readonly #room: string;
  #said = 0;
  #saidAt = 0;
  #isResting = true;
  readonly latencies: number[] = [];
  refusals = 0;

  constructor(connection: ComponentConnection, number: number, room: string) {
    this.#connection = connection;
    this.#number = number;
    this.#room = room;
  }

  speak(): void {
    this.#isResting = false;
    this.#said += 1;
    this.#saidAt = performance.now();
    this.#connection.write(groupchat(talkerName(this.#number), this.#room, this.#id));
  }

  rest(): void {
    this.#isResting = true;
  }

  /** Takes the start tags that arrived. */
  hear(heads: readonly string[]): void {
    const to = jidOf(talkerName(this.#number));
    const own = heads.find(
      (head) =>
        head.startsWith("<message ") &&
        attributeOf(head, "to") === to &&
        attributeOf(head, "id") === this.#id,
    );
    if (own === undefined || this.#isResting) return;
    if (attributeOf(own, "type") === "error") {
      this.refusals += 1;
      setTimeout(() => this.#isResting || this.speak(), RETRY_MS);
    } else {
      this.latencies.push(performance.now() - this.#saidAt);
      this.speak();
    }
  }

  get #id(): string {
    return `${this.#number}-${this.#said}`;
  }
}
