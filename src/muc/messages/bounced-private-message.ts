// Bounced private messages (XEP-0045 section 7.5): the sender gets an error, and no occupant is removed.
import { child } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, writeError } from "../../xmpp/stanza-error.ts";
import { tag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { SmallMap } from "../model/small-map.ts";
import { languageOfClient } from "../room/client-language.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";

/** Limits per room: remembered private messages, and characters of their ids and addresses. */
const MOST_MESSAGES = 500;
const MOST_CHARACTERS = 131_072;

interface PrivateMessage {
  /** The full JID of the client that sent it. */
  readonly sender: string;
  /** The occupant JID that it was sent to. */
  readonly address: string;
  /** The full JIDs of the clients that have not bounced it. */
  readonly recipients: Set<string>;
}

/** The latest private messages of a room, by what a bounce names: the sender's nickname and the id. */
export class PrivateMessages {
  readonly #messages = new SmallMap<string, PrivateMessage>();
  #characters = 0;

  /** The approximate size of what is remembered, in characters. */
  get characters(): number {
    return this.#characters;
  }

  /** Remembers a message that has an id. One with a reused id replaces the earlier message. */
  add(nick: string, id: string | undefined, message: PrivateMessage): void {
    if (id === undefined) return;
    this.forget(nick, id);
    const key = keyOf(nick, id);
    this.#messages.set(key, message);
    this.#characters += sizeOfEntry(key, message);
    for (const oldest of this.#messages.keys()) {
      if (this.#messages.size <= MOST_MESSAGES && this.#characters <= MOST_CHARACTERS) break;
      this.#delete(oldest);
    }
  }

  /** Returns the message that `recipient` (a full JID) bounced, once for each client. */
  take(recipient: string, nick: string, id: string | undefined): PrivateMessage | undefined {
    const message = this.#messages.get(keyOf(nick, id ?? ""));
    return message?.recipients.delete(recipient) ? message : undefined;
  }

  /** Forgets a message: a later bounce with this id is about another one. */
  forget(nick: string, id: string): void {
    if (this.#messages.size > 0) this.#delete(keyOf(nick, id));
  }

  #delete(key: string): void {
    const message = this.#messages.get(key);
    if (!message) return;
    this.#messages.delete(key);
    this.#characters -= sizeOfEntry(key, message);
  }
}

const privateMessages = new RoomSlot("private-messages", () => new PrivateMessages());

/** Returns the latest private messages of a room. */
export const privateMessagesOf = (room: Room): PrivateMessages => privateMessages.of(room);

/** Returns the size of an entry in characters. The recipients' addresses are shared with the room's sessions. */
const sizeOfEntry = (key: string, { sender, address }: PrivateMessage): number =>
  key.length + sender.length + address.length;

const keyOf = (nick: string, id: string): string => JSON.stringify([nick, id]);

/**
 * Handles an error stanza that answers a private message; returns false for any other. The sender gets an error once all
 * of the recipient's clients have bounced the message. Servers need not include the message in the error (RFC 6120 section
 * 8.3.1), so it is recognised by its id, or else by the muc#user element of private messages.
 */
export function handleBouncedPrivateMessage(room: Room, stanza: Stanza): boolean {
  const { element, from, to, id } = stanza;
  if (stanza.kind !== "message" || to.resource === undefined) return false;
  const message = privateMessagesOf(room).take(from.full, to.resource, id);
  if (!message) return child(element, "x", NS.mucUser) !== undefined;
  if (message.recipients.size > 0 || !room.sessions.has(message.sender)) return true;
  // The room writes the error itself: a server's error may reveal a real JID (gone, redirect).
  const refusal = errors.recipientUnavailable(say`This message could not be delivered`);
  const attributes = { type: "error", from: message.address, to: message.sender, id };
  room.effects.send(
    tag(
      "message",
      attributes,
      writeError(refusal, { language: languageOfClient(room, message.sender), by: room.address }),
    ),
  );
  return true;
}
