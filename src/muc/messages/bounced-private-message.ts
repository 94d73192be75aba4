// Private messages that came back (XEP-0045 section 7.5): their senders are told, nobody is removed for them.
import { child } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, writeError } from "../../xmpp/stanza-error.ts";
import { tag } from "../../xmpp/tag.ts";
import { SmallMap } from "../model/small-map.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";

/** So many private messages of a room may be on their way, with so many characters of ids and addresses. */
const KEPT = 500;
const KEPT_CHARACTERS = 131_072;

interface PrivateMessage {
  /** The full JID of the client that sent it. */
  readonly sender: string;
  /** The occupant's address that it was sent to. */
  readonly address: string;
  /** The full JIDs of the clients from which it has not come back. */
  readonly recipients: Set<string>;
}

/** The latest private messages of a room, by what a bounce tells of them: the sender's nickname and the id. */
export class PrivateMessages {
  readonly #messages = new SmallMap<string, PrivateMessage>();
  #characters = 0;

  /** What is kept takes about so many characters. */
  get characters(): number {
    return this.#characters;
  }

  /** A message without id cannot be told apart; one with an id that was used before takes the place of that one. */
  add(nick: string, id: string | undefined, message: PrivateMessage): void {
    if (id === undefined) return;
    this.forget(nick, id);
    const key = keyOf(nick, id);
    this.#messages.set(key, message);
    this.#characters += sizeOfEntry(key, message);
    for (const oldest of this.#messages.keys()) {
      if (this.#messages.size <= KEPT && this.#characters <= KEPT_CHARACTERS) break;
      this.#delete(oldest);
    }
  }

  /** The message that `recipient` (a full JID) has not got, which is known of each client once. */
  take(recipient: string, nick: string, id: string | undefined): PrivateMessage | undefined {
    const message = this.#messages.get(keyOf(nick, id ?? ""));
    return message?.recipients.delete(recipient) ? message : undefined;
  }

  /** What comes back under this id from now on is another message. */
  forget(nick: string, id: string): void {
    this.#delete(keyOf(nick, id));
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

/** The recipients' addresses are in memory anyway. */
const sizeOfEntry = (key: string, { sender, address }: PrivateMessage): number =>
  key.length + sender.length + address.length;

const keyOf = (nick: string, id: string): string => JSON.stringify([nick, id]);

/**
 * Whether an error answers a private message; its sender is told once it has come back from all clients that it went
 * to. Servers need not give the message back (RFC 6120 section 8.3.1), so it is known by its id, else by the mark that
 * private messages have.
 */
export function handleBouncedPrivateMessage(room: Room, stanza: Stanza): boolean {
  const { element, from, to, id } = stanza;
  if (stanza.kind !== "message" || to.resource === undefined) return false;
  const message = privateMessagesOf(room).take(from.full, to.resource, id);
  if (!message) return child(element, "x", NS.mucUser) !== undefined;
  if (message.recipients.size > 0 || !room.sessions.has(message.sender)) return true;
  // The room's own words: what a server writes into an error may tell a real JID (gone, redirect).
  const refusal = errors.recipientUnavailable("This message could not be delivered");
  const attributes = { type: "error", from: message.address, to: message.sender, id };
  room.effects.send(tag("message", attributes, writeError(refusal, room.address)));
  return true;
}
