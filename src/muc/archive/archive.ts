// Archive (XEP-0313 section 6.1.2) and discussion history of a room: stored messages, and messages in memory.
import { child } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";
import { tell } from "../room/tell.ts";
import { historyLengthOf } from "./archive-limits.ts";
import { History } from "./history.ts";
import { HistoryMessage } from "./history-message.ts";
import { type RecentMessage, RecentMessages } from "./recent-messages.ts";
import { readId } from "./retraction-elements.ts";

interface Conversation {
  readonly history: History;
  readonly recent: RecentMessages;
}

/** The part of the conversation that is in memory. Only this file changes it. */
const conversations = new RoomSlot<Conversation>("conversation", () => ({
  history: new History(),
  recent: new RecentMessages(),
}));

/** Returns the discussion history of a room. */
export const historyOf = (room: Room): Pick<History, "select"> => conversations.of(room).history;

/** Returns the latest messages of a room, by stanza-id. */
export const recentMessagesOf = (room: Room): Pick<RecentMessages, "by" | "get" | "findOwn"> =>
  conversations.of(room).recent;

/**
 * Adds a message to the archive, if the room has one, and to the history, if it belongs to the discussion. `ownId`: its
 * origin-id, if it has one.
 */
export function archive(room: Room, message: ArchivedMessage, ownId?: string): void {
  if (room.config.archiving) room.change({ kind: "message-archived", message });
  tell(room, { kind: "said", message });
  addToHistory(room, message, ownId);
}

/** Adds a message of the archive to the history of the room. */
export function addToHistory(room: Room, message: ArchivedMessage, ownId?: string): void {
  rememberId(room, message, ownId);
  if (message.kind === "discussion")
    conversations.of(room).history.add(new HistoryMessage(room, message), historyLengthOf(room));
}

/** Remembers a message by its stanza-id, so that it can be retracted, archived or not. */
export function rememberId(room: Room, message: ArchivedMessage, ownId?: string): void {
  if (message.kind === "subject") return;
  conversations.of(room).recent.add(recentMessage(message, ownId));
}

/** Remembers a message from the archive that the room did not know any more. */
export function rememberOlder(room: Room, message: ArchivedMessage): void {
  if (message.kind !== "subject") conversations.of(room).recent.addOlder(recentMessage(message));
}

function recentMessage(message: ArchivedMessage, ownId = message.id): RecentMessage {
  const { stanzaId, author, jid, at, id, corrects } = message;
  const hasJid = jid !== "";
  return { stanzaId, author, jid, at, id, corrects, hasJid, ownId, retracted: isTombstone(message) };
}

/** Returns the time of the latest message that the room remembers, in milliseconds since 1970; 0 without any. */
export const latestMessageAt = (room: Room): number => conversations.of(room).recent.latestAt;

/** Replaces a message that the room knows with a tombstone, once. `write`: its markup, by the author's own id. */
export function retract(room: Room, stanzaId: string, write: (ownId: string) => string): void {
  const { history, recent } = conversations.of(room);
  const message = recent.get(stanzaId);
  if (!message || message.retracted) return;
  message.retracted = true;
  const payload = write(message.ownId);
  history.retract(recent.versionsOf(stanzaId), payload);
  // The archive may be off now, and on again later.
  room.change({ kind: "message-retracted", stanzaId, payload });
}

/** Forgets whose the messages of an author (occupant-id) were, in memory. The caller has retracted them. */
export function forgetAuthor(room: Room, author: string): void {
  const { history, recent } = conversations.of(room);
  history.forgetSender(new Set(recent.by(author).map(({ stanzaId }) => stanzaId)));
  recent.forgetAuthor(author);
}

/** Drops what is older than a time (milliseconds since 1970) from memory, as it leaves the archive. */
export function forgetConversation(room: Room, before: number): void {
  const { history, recent } = conversations.of(room);
  history.forgetBefore(before);
  recent.forgetBefore(before);
}

/** Reads the id of the message that a stanza corrects (XEP-0308). */
export function correctedId({ element }: Stanza): string | undefined {
  const replace = child(element, "replace", NS.correct);
  return replace && readId(replace);
}

/** Returns true for what is left of a retracted message. */
export const isTombstone = ({ payload }: Pick<ArchivedMessage, "payload">): boolean =>
  payload.startsWith("<retracted ");
