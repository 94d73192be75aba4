import { SmallMap } from "../model/small-map.ts";

/** So many messages can be retracted at least, whatever the history keeps. */
const KEPT = 500;

/** What is known of a message beside its stanza-id. */
export interface RecentMessage {
  /** An occupant-id (XEP-0421), or empty for the room. */
  readonly author: string;
  /** The id that its author gave it: the origin-id (XEP-0359) where there is one, else that of the stanza. */
  readonly ownId: string;
  retracted: boolean;
}

/** The latest messages of a room, by stanza-id: without their content, so also where no history is kept. */
export class RecentMessages {
  readonly #messages = new SmallMap<string, RecentMessage>();

  /** `historyLength`: the most messages of history. */
  add(stanzaId: string, message: RecentMessage, historyLength: number): void {
    this.#messages.set(stanzaId, message);
    if (this.#messages.size <= Math.max(KEPT, historyLength)) return;
    const [oldest] = this.#messages.keys();
    if (oldest !== undefined) this.#messages.delete(oldest);
  }

  /** Undefined for a message that is not known, or not any more. `retracted` may be set. */
  get(stanzaId: string): RecentMessage | undefined {
    return this.#messages.get(stanzaId);
  }

  /** The stanza-id of an author's latest message of that id. */
  findOwn(author: string, ownId: string): string | undefined {
    let found: string | undefined;
    for (const [stanzaId, message] of this.#messages)
      if (message.author === author && message.ownId === ownId) found = stanzaId;
    return found;
  }
}
