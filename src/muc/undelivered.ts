// Private messages that came back (XEP-0045 section 7.5): their senders are told, nobody is removed for them.
import { child } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors, writeError } from "../xmpp/stanza-error.ts";
import { tag } from "../xmpp/tag.ts";
import type { Occupant } from "./occupant.ts";
import type { Room } from "./room.ts";

/** So many private messages of a room may be on their way. */
const KEPT = 500;

/** Who sent the latest private messages of a room: its full JID, by what a bounce tells of the message. */
export class PrivateMessages {
  readonly #senders = new Map<string, string>();

  /** `recipient` and `sender` are full JIDs; `nick` is the sender's. A message without id cannot be told apart. */
  add(recipient: string, nick: string, id: string | undefined, sender: string): void {
    if (id === undefined) return;
    this.#senders.set(keyOf(recipient, nick, id), sender);
    const [oldest] = this.#senders.keys();
    if (this.#senders.size > KEPT && oldest !== undefined) this.#senders.delete(oldest);
  }

  /** The sender of the message that `recipient` has not got, which is taken off the list. */
  take(recipient: string, nick: string, id: string | undefined): string | undefined {
    const key = keyOf(recipient, nick, id ?? "");
    const sender = this.#senders.get(key);
    this.#senders.delete(key);
    return sender;
  }
}

const keyOf = (recipient: string, nick: string, id: string): string => JSON.stringify([recipient, nick, id]);

/**
 * Whether an error of an occupant's client answers a private message; the sender is told, unless another client of
 * the occupant's has got it. Servers need not give the message back (RFC 6120 section 8.3.1), so it is known by its id,
 * else by the mark that private messages have.
 */
export function handleUndelivered(room: Room, recipient: Occupant, stanza: Stanza): boolean {
  const { element, from, to, id } = stanza;
  if (stanza.kind !== "message" || to.resource === undefined) return false;
  const sender = room.privateMessages.take(from.full, to.resource, id);
  if (sender === undefined) return child(element, "x", NS.mucUser) !== undefined;
  if (recipient.sessions.size > 1 || !room.sessions.has(sender)) return true;
  // The room's own words: what a server writes into an error may tell a real JID (gone, redirect).
  const refusal = errors.recipientUnavailable("This message could not be delivered");
  const attributes = { type: "error", from: room.occupantAddress(recipient.nick), to: sender, id };
  room.effects.send(tag("message", attributes, writeError(refusal, room.address)));
  return true;
}
