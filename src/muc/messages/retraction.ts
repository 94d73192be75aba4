// Occupants retract their own messages (XEP-0424). The room relays the retraction; a tombstone replaces the message in
// the history.
import type { Element } from "../../xmpp/element.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { recentMessagesOf, rememberOlder, retract } from "../archive/archive.ts";
import { lookUp } from "../archive/archive-lookup.ts";
import { type Retraction, readRetractions, retractedTags } from "../archive/retraction-elements.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import type { RelayedMessage, RoomMessage } from "./room-message.ts";

/**
 * Refuses the retraction of another occupant's message (section 5); the author is known by occupant-id. The retraction of
 * a message that the room does not know is left to clients.
 */
export function refuseRetraction(
  room: Room,
  sender: Occupant,
  { elements }: RelayedMessage,
): StanzaError | undefined {
  const isOthers = retractedIds(room, sender.id, elements).some((id) => {
    const message = recentMessagesOf(room).get(id);
    return message !== undefined && message.author !== sender.id;
  });
  return isOthers ? errors.forbidden(say`You may retract only your own messages this way`) : undefined;
}

/**
 * Removes the retracted messages from the history and the archive (section 5). A message that is no longer in memory is
 * looked up in the archive. Where one stanza retracts several, which the specification does not define, only the first of
 * them is looked up.
 */
export function applyRetraction(room: Room, { stanza, elements, archived }: RoomMessage): void {
  const ids = retractedIds(room, archived.author, elements);
  for (const stanzaId of ids) retractOwn(room, stanzaId, archived);
  const older = ids.find((stanzaId) => !recentMessagesOf(room).get(stanzaId));
  if (older === undefined) return;
  lookUp(room, stanza, older, (message) => {
    if (!message || message.author !== archived.author || room.closed) return;
    rememberOlder(room, message);
    retractOwn(room, older, archived);
  });
}

/**
 * Returns the id that a retraction refers to in the other version of the protocol, which the author's client does not
 * use.
 */
export function idInOtherVersion(room: Room, author: string, retraction: Retraction): string {
  if (retraction.isEarlier) return stanzaIdOf(room, author, retraction);
  return recentMessagesOf(room).get(retraction.id)?.ownId ?? retraction.id;
}

function retractOwn(
  room: Room,
  stanzaId: string,
  retraction: { readonly id: string; readonly at: number },
): void {
  retract(room, stanzaId, (ownId) => retractedTags(ownId, retraction));
}

/** Returns the ids of the messages that a stanza retracts: their stanza-ids, or the ids in the stanza if unknown. */
const retractedIds = (room: Room, author: string, elements: readonly Element[]): string[] =>
  readRetractions(elements).map((retraction) => stanzaIdOf(room, author, retraction));

function stanzaIdOf(room: Room, author: string, { id, isEarlier }: Retraction): string {
  return (isEarlier ? recentMessagesOf(room).findOwn(author, id) : undefined) ?? id;
}
