// What a room keeps of its conversation: the archive (XEP-0313 section 6.1.2), and of that the discussion history.
import { child } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { type Attributes, openTag, tag } from "../../xmpp/tag.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { occupantIdTag } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";
import type { HistoryMessage } from "./history.ts";
import type { RecentMessage } from "./recent-messages.ts";
import { readId } from "./retraction-elements.ts";

/**
 * Keeps a message: in the archive where the room has one, and in the history if it belongs to the discussion. `ownId`:
 * its origin-id, where it has one.
 */
export function archive(room: Room, message: ArchivedMessage, ownId?: string): void {
  if (room.config.archiving) room.keep({ kind: "message-archived", node: room.node, message });
  recall(room, message, ownId);
}

/** Takes a message into the history of a room that has it in its archive. */
export function recall(room: Room, message: ArchivedMessage, ownId?: string): void {
  know(room, message, ownId);
  if (message.kind === "discussion") room.history.add(historyMessage(room, message), room.historyLength);
}

/** Takes notice of a message by its stanza-id: so it can be retracted, kept or not. */
export function know(room: Room, message: ArchivedMessage, ownId?: string): void {
  if (message.kind === "subject") return;
  const { historyLength } = room.environment.limits;
  room.recentMessages.add(message.stanzaId, recentMessage(message, ownId), historyLength);
}

/** Does the same for a message that was found in the archive, as the room did not know it any more. */
export function knowOlder(room: Room, message: ArchivedMessage): void {
  if (message.kind !== "subject") room.recentMessages.addOlder(message.stanzaId, recentMessage(message));
}

function recentMessage(message: ArchivedMessage, ownId = message.id): RecentMessage {
  const { author, id, corrects } = message;
  return { author, id, corrects, ownId, retracted: isTombstone(message) };
}

/** A message as everybody gets it, and as those who enter later get it: then with its delay (section 7.2.13). */
export function writeArchived(room: Room, message: ArchivedMessage): { head: string; marks: string } {
  return { head: openTag("message", messageAttributes(room, message)), marks: messageMarks(room, message) };
}

/** The attributes of a message, but for whom it is to. */
export function messageAttributes(room: Room, { nick, id, language }: ArchivedMessage): Attributes {
  const from = nick === "" ? room.address : room.occupantAddress(nick);
  return { type: "groupchat", from, id, "xml:lang": language };
}

/** What the room adds to a message, as markup: who said it (XEP-0421), and its identifier (XEP-0359). */
export function messageMarks(room: Room, { author, stanzaId }: ArchivedMessage): string {
  return (
    (author === "" ? "" : occupantIdTag(author)) +
    tag("stanza-id", { xmlns: NS.stanzaId, id: stanzaId, by: room.address })
  );
}

function historyMessage(room: Room, message: ArchivedMessage): HistoryMessage {
  const { at, stanzaId, payload } = message;
  const { head, marks } = writeArchived(room, message);
  const stamp = new Date(at).toISOString();
  const delayed = marks + tag("delay", { xmlns: NS.delay, from: room.address, stamp });
  const tail = `">${payload}${delayed}</message>`;
  return { head, tail, at, stanzaId, marks: delayed };
}

/** Reads the id of the message that a stanza corrects (XEP-0308). */
export function correctedId({ element }: Stanza): string | undefined {
  const replace = child(element, "replace", NS.correct);
  return replace && readId(replace);
}

const isTombstone = ({ payload }: ArchivedMessage): boolean => payload.startsWith("<retracted ");
