// Occupants take back what they have said (XEP-0424): the message passes, and the history keeps a tombstone.
import { children } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { tag } from "../xmpp/tag.ts";
import { know } from "./archive.ts";
import { lookUp } from "./archive-lookup.ts";
import { isForged } from "./marks.ts";
import type { RoomMessage } from "./message.ts";
import type { Occupant } from "./occupant.ts";
import type { Room } from "./room.ts";

/** Section 5: only the author, known by occupant-id, retracts a message; what the room does not know is for clients to judge. */
export function refuseRetraction(room: Room, sender: Occupant, stanza: Stanza): StanzaError | undefined {
  const isOthers = retractedIds(room, stanza).some((id) => {
    const message = room.recentMessages.get(id);
    return message !== undefined && message.author !== sender.id;
  });
  return isOthers ? errors.forbidden("You may retract only your own messages this way") : undefined;
}

/**
 * Section 5: what was retracted is not given to those who enter, or who ask the archive. One that the room does not
 * know any more is looked up there; of several in one message, which the specification does not have, only the first.
 */
export function applyRetraction(room: Room, { stanza, kept }: RoomMessage): void {
  const ids = retractedIds(room, stanza);
  for (const stanzaId of ids) retract(room, stanzaId, kept);
  const older = ids.find((stanzaId) => !room.recentMessages.get(stanzaId));
  if (older === undefined) return;
  lookUp(room, stanza, older, (message) => {
    if (!message || message.author !== kept.author || room.closed) return;
    know(room, message);
    retract(room, older, kept);
  });
}

/**
 * Makes a tombstone of a message that the room knows, once. `id` is that of the retraction's own stanza, `at` in milliseconds since 1970,
 * `content` markup (XEP-0425 tells there who did it).
 */
export function retract(
  room: Room,
  stanzaId: string,
  retraction: { readonly id: string; readonly at: number; readonly content?: string },
): void {
  const { id, at, content } = retraction;
  const message = room.recentMessages.get(stanzaId);
  if (!message || message.retracted) return;
  message.retracted = true;
  const stamp = new Date(at).toISOString();
  const payload = tag("retracted", { xmlns: NS.retract, id, stamp }, content);
  room.history.retract(stanzaId, payload);
  // Also where the archive is off by now: it may be on again.
  room.keep({ kind: "message-retracted", node: room.node, stanzaId, payload });
}

function retractedIds(room: Room, { element }: Stanza): string[] {
  const retractions = children(element, "retract", NS.retract).filter((el) => !isForged(el, room.address));
  return retractions.flatMap((el) => el.attrs.id ?? []);
}
