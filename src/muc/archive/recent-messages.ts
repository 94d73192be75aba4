/** Maximum number of messages that a room remembers. Its history has fewer: it is bounded by `HISTORY_BYTES`. */
const KEPT = 500;

/** The fields of a message that say which other messages are versions of it (XEP-0308). */
export interface Version {
  /** An occupant-id (XEP-0421), or empty for the room. */
  readonly author: string;
  /** The stanza's own id, and that of the message it corrects. */
  readonly id: string;
  readonly corrects: string | undefined;
  /** True if the author's real address is known. Imported messages may lack it. */
  readonly hasJid: boolean;
}

/** A message that can be retracted, without its content. */
export interface RecentMessage extends Version {
  readonly stanzaId: string;
  /** The author's full JID; empty if it is not known. */
  readonly jid: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The id that its author gave it: the origin-id (XEP-0359) if there is one, else the stanza's id. */
  readonly ownId: string;
  retracted: boolean;
}

/**
 * The latest messages of a room, oldest first, also if the room keeps no history. A list, as each message is added and
 * few are ever looked for: adding to a `Map` costs ten times as much.
 */
export class RecentMessages {
  #messages: RecentMessage[] = [];

  /** Adds a message, and drops the oldest beyond the limit. */
  add(message: RecentMessage): void {
    this.#messages.push(message);
    while (this.#messages.length > KEPT) this.#messages.shift();
  }

  /** Adds a message that is older than all others, until newer ones displace it. */
  addOlder(message: RecentMessage): void {
    if (!this.get(message.stanzaId)) this.#messages.unshift(message);
  }

  /** The latest time of any message, in milliseconds since 1970; 0 without any. */
  get latestAt(): number {
    return this.#messages.reduce((latest, { at }) => Math.max(latest, at), 0);
  }

  /** Returns a message, or undefined for one that is not known any more. `retracted` may be set. */
  get(stanzaId: string): RecentMessage | undefined {
    return this.#messages.find((message) => message.stanzaId === stanzaId);
  }

  /** Returns the stanza-id of an author's latest message with an id of its own. */
  findOwn(author: string, ownId: string): string | undefined {
    return this.#messages.findLast((message) => message.author === author && message.ownId === ownId)
      ?.stanzaId;
  }

  /** Returns the messages of an author (occupant-id), oldest first. */
  by(author: string): readonly RecentMessage[] {
    return this.#messages.filter((message) => message.author === author);
  }

  /** Drops messages from before a time (milliseconds since 1970). */
  forgetBefore(time: number): void {
    this.#messages = this.#messages.filter(({ at }) => at >= time);
  }

  /** Makes the messages of an author messages of the room, without versions. */
  forgetAuthor(author: string): void {
    this.#messages = this.#messages.map((message) =>
      message.author === author
        ? { ...message, author: "", jid: "", hasJid: false, id: message.stanzaId, corrects: undefined }
        : message,
    );
  }

  /** Returns the stanza-ids of all versions of a message, as `versionsIn` finds them. */
  versionsOf(stanzaId: string): ReadonlySet<string> {
    return versionsIn(
      this.#messages.map((message) => [message.stanzaId, message]),
      stanzaId,
    );
  }
}

/**
 * Finds the versions of a message: the stanza-ids of all that a retraction of it hides (XEP-0308 section 5, XEP-0424
 * section 4). The messages are in the order of the room.
 *
 * The versions of a message are the message itself, the message that it corrects, and all corrections of either. A
 * correction is one of the nearest earlier message that has the same author and the id that the correction names, and
 * that does not itself correct that id. Ids are the clients', and a client may reuse them: later messages of the same
 * id, and their corrections, are other messages. A message whose author has an address is not taken for the original of
 * a correction that has none: an index finds a user's messages by address.
 */
export function versionsIn(
  messages: Iterable<readonly [stanzaId: string, Version]>,
  stanzaId: string,
): ReadonlySet<string> {
  const all = [...messages];
  const target = all.find(([id]) => id === stanzaId)?.[1];
  if (!target) return new Set();
  const corrected = target.corrects ?? target.id;
  let versions = new Set<string>();
  for (const [id, message] of all) {
    if (message.author !== target.author) continue;
    if (message.corrects === corrected) versions.add(id);
    else if (message.id === corrected && (target.hasJid || !message.hasJid)) {
      if (versions.has(stanzaId)) break;
      versions = new Set([id]);
    }
  }
  return versions;
}
