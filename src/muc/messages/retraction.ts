// Occupants take back what they have said (XEP-0424): the message passes, and the history keeps a tombstone.
import type { Element } from "../../xmpp/element.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { recentMessagesOf, rememberOlder, retract } from "../archive/archive.ts";
import { lookUp } from "../archive/archive-lookup.ts";
import { type Retraction, readRetractions, retractedTags } from "../archive/retraction-elements.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import type { RoomMessage, SaidMessage } from "./room-message.ts";

/** Section 5: only the author, known by occupant-id, retracts a message; what the room does not know is for clients to judge. */
export function refuseRetraction(
  room: Room,
  sender: Occupant,
  { said }: SaidMessage,
): StanzaError | undefined {
  const isOthers = retractedIds(room, sender.id, said).some((id) => {
    const message = recentMessagesOf(room).get(id);
    return message !== undefined && message.author !== sender.id;
  });
  return isOthers ? errors.forbidden("You may retract only your own messages this way") : undefined;
}

/**
 * Section 5: what was retracted is not given to those who enter, or who ask the archive. One that the room does not
 * know any more is looked up there; of several in one message, which the specification does not have, only the first.
 */
export function applyRetraction(room: Room, { stanza, said, kept }: RoomMessage): void {
  const ids = retractedIds(room, kept.author, said);
  for (const stanzaId of ids) retractOwn(room, stanzaId, kept);
  const older = ids.find((stanzaId) => !recentMessagesOf(room).get(stanzaId));
  if (older === undefined) return;
  lookUp(room, stanza, older, (message) => {
    if (!message || message.author !== kept.author || room.closed) return;
    rememberOlder(room, message);
    retractOwn(room, older, kept);
  });
}

/** The id by which the version that an author's client does not speak knows what its retraction is about. */
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

/** The stanza-ids of what the parts of a message retract, as far as they are known. */
const retractedIds = (room: Room, author: string, said: readonly Element[]): string[] =>
  readRetractions(said).map((retraction) => stanzaIdOf(room, author, retraction));

function stanzaIdOf(room: Room, author: string, { id, isEarlier }: Retraction): string {
  if (!isEarlier || recentMessagesOf(room).get(id)) return id;
  return recentMessagesOf(room).findOwn(author, id) ?? id;
}
