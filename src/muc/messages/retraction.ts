// Occupants take back what they have said (XEP-0424): the message passes, and the history keeps a tombstone.
import type { Element } from "../../xmpp/element.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { knowOlder } from "../archive/archive.ts";
import { lookUp } from "../archive/archive-lookup.ts";
import { type Retraction, readRetractions, retractedTags } from "../archive/retraction-elements.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import type { RoomMessage, SaidMessage } from "./groupchat.ts";

/** Section 5: only the author, known by occupant-id, retracts a message; what the room does not know is for clients to judge. */
export function refuseRetraction(
  room: Room,
  sender: Occupant,
  { said }: SaidMessage,
): StanzaError | undefined {
  const isOthers = retractedIds(room, sender.id, said).some((id) => {
    const message = room.recentMessages.get(id);
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
  const older = ids.find((stanzaId) => !room.recentMessages.get(stanzaId));
  if (older === undefined) return;
  lookUp(room, stanza, older, (message) => {
    if (!message || message.author !== kept.author || room.closed) return;
    knowOlder(room, message);
    retractOwn(room, older, kept);
  });
}

/** The id by which the version that an author's client does not speak knows what its retraction is about. */
export function idInOtherVersion(room: Room, author: string, retraction: Retraction): string {
  if (retraction.isEarlier) return stanzaIdOf(room, author, retraction);
  return room.recentMessages.get(retraction.id)?.ownId ?? retraction.id;
}

function retractOwn(
  room: Room,
  stanzaId: string,
  retraction: { readonly id: string; readonly at: number },
): void {
  retract(room, stanzaId, (ownId) => retractedTags(ownId, retraction));
}

/** Makes a tombstone of a message that the room knows, once. `write`: its markup, by the author's own id of the message. */
export function retract(room: Room, stanzaId: string, write: (ownId: string) => string): void {
  const message = room.recentMessages.get(stanzaId);
  if (!message || message.retracted) return;
  message.retracted = true;
  const payload = write(message.ownId);
  room.history.retract(room.recentMessages.versionsOf(stanzaId), payload);
  // Also where the archive is off by now: it may be on again.
  room.keep({ kind: "message-retracted", node: room.node, stanzaId, payload });
}

/** The stanza-ids of what the parts of a message retract, as far as they are known. */
const retractedIds = (room: Room, author: string, said: readonly Element[]): string[] =>
  readRetractions(said).map((retraction) => stanzaIdOf(room, author, retraction));

function stanzaIdOf({ recentMessages }: Room, author: string, { id, isEarlier }: Retraction): string {
  if (!isEarlier || recentMessages.get(id)) return id;
  return recentMessages.findOwn(author, id) ?? id;
}
