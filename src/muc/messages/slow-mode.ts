// Slow mode (XEP-0500): a user waits between two messages.
import { child } from "../../xmpp/element.ts";
import { parseJid } from "../../xmpp/jid.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { isExemptFromSlowMode } from "../permissions/privileges.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { RoomSlot } from "../room/room-slot.ts";
import type { RelayedMessage, RoomMessage } from "./room-message.ts";

/** The time of each user's last message (as `RoomEnvironment.elapsed`), by bare JID. */
const lastMessages = new RoomSlot("last-messages", () => new Map<string, number>());

/** Limits the users whose last message is remembered; the oldest messages are forgotten first. */
const MOST_USERS = 10_000;

/** Refuses a message with a body that comes too early (section 6). The refusal does not lengthen the wait. */
export function refuseInSlowMode(
  room: Room,
  sender: Occupant,
  { stanza }: RelayedMessage,
): StanzaError | undefined {
  const { slowMode } = room.config;
  const last = lastMessages.peek(room)?.get(sender.bareJid);
  if (last === undefined || isExemptFromSlowMode(sender)) return undefined;
  const waited = room.environment.elapsed() - last;
  if (!counts(stanza) || waited >= slowMode * 1000) return undefined;
  const seconds = Math.ceil(slowMode - waited / 1000);
  return errors.slowDown(
    say`You must wait ${slowMode} seconds between messages in this room. Please try again in ${seconds} seconds.`,
  );
}

/** Remembers the time of a user's last message by bare JID, across clients and nicknames (section 8). */
export function countForSlowMode(
  room: Room,
  { sender, stanza }: Pick<RoomMessage, "sender" | "stanza">,
): void {
  const { slowMode } = room.config;
  const at = room.environment.elapsed();
  if (slowMode === 0) lastMessages.peek(room)?.clear();
  else if (counts(stanza) && !isExemptFromSlowMode(sender)) {
    const last = lastMessages.of(room);
    last.delete(sender.bareJid); // Moves the entry to the end: the map is in order of time.
    last.set(sender.bareJid, at);
    for (const [user, time] of last) {
      if (time > at - slowMode * 1000 && last.size <= MOST_USERS) break;
      last.delete(user);
    }
  }
}

/** Restores the time of a user's last message from the history after a restart. A time in the future counts as now. */
export function restoreSlowMode(room: Room, { jid, at, text }: ArchivedMessage): void {
  const user = parseJid(jid)?.bare;
  if (room.config.slowMode === 0 || user === undefined || text === undefined) return;
  const { environment } = room;
  const ago = Math.max(0, environment.now() - at);
  const last = lastMessages.of(room);
  last.delete(user);
  last.set(user, environment.elapsed() - ago);
}

const counts = (stanza: Stanza): boolean => child(stanza.element, "body") !== undefined;
