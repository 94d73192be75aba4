import { SmallMap } from "./small-map.ts";

/** So many messages can be retracted at least, whatever the history keeps. */
const KEPT = 500;

/** Who said the latest messages of a room, by stanza-id: without their content, so also where no history is kept. */
export class RecentMessages {
  readonly #messages = new SmallMap<string, { readonly author: string; retracted: boolean }>();

  /** `author` is an occupant-id (XEP-0421) or empty for the room, `historyLength` the most messages of history. */
  add(stanzaId: string, author: string, historyLength: number, retracted: boolean): void {
    this.#messages.set(stanzaId, { author, retracted });
    if (this.#messages.size <= Math.max(KEPT, historyLength)) return;
    const [oldest] = this.#messages.keys();
    if (oldest !== undefined) this.#messages.delete(oldest);
  }

  /** Undefined for a message that is not known, or not any more. `retracted` may be set. */
  get(stanzaId: string): { readonly author: string; retracted: boolean } | undefined {
    return this.#messages.get(stanzaId);
  }
}
