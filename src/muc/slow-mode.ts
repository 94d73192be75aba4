// Slow mode (XEP-0500): how long a user waits between two messages.
import { child } from "../xmpp/element.ts";
import { parseJid } from "../xmpp/jid.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import type { ArchivedMessage } from "./journal.ts";
import type { RoomMessage } from "./message.ts";
import type { Occupant } from "./occupant.ts";
import { isExemptFromSlowMode } from "./privileges.ts";
import type { Room } from "./room.ts";

/** Section 6: a message with a body that comes too early is refused, and does not lengthen the wait. */
export function refuseInSlowMode(room: Room, sender: Occupant, stanza: Stanza): StanzaError | undefined {
  const { slowMode } = room.config;
  const last = room.lastMessages.get(sender.bareJid);
  if (slowMode === 0 || last === undefined || isExemptFromSlowMode(sender)) return undefined;
  const waited = room.environment.now() - last;
  // A clock that was put back keeps nobody waiting.
  if (!counts(stanza) || waited < 0 || waited >= slowMode * 1000) return undefined;
  const seconds = Math.ceil(slowMode - waited / 1000);
  return errors.slowDown(
    `You have to wait ${slowMode} seconds between messages in this room. Please try again in ${seconds} seconds.`,
  );
}

/** Remembers when a user has spoken last, by bare JID: whatever clients and nicknames there are (section 8). */
export function countForSlowMode(room: Room, { sender, stanza, kept: { at } }: RoomMessage): void {
  const { slowMode } = room.config;
  if (slowMode === 0) room.lastMessages.clear();
  else if (counts(stanza) && !isExemptFromSlowMode(sender)) {
    room.lastMessages.delete(sender.bareJid); // put last: the map is in order of time
    room.lastMessages.set(sender.bareJid, at);
    for (const [user, time] of room.lastMessages) {
      if (time > at - slowMode * 1000) break;
      room.lastMessages.delete(user);
    }
  }
}

/** Takes up the waiting again where the service paused, as far as the discussion is kept. */
export function recallForSlowMode(room: Room, { jid, at, text }: ArchivedMessage): void {
  const user = parseJid(jid)?.bare;
  if (room.config.slowMode === 0 || user === undefined || text === undefined) return;
  room.lastMessages.delete(user);
  room.lastMessages.set(user, at);
}

const counts = (stanza: Stanza): boolean => child(stanza.element, "body") !== undefined;
