// The subject of a room (XEP-0045 sections 7.2.15 and 8.1).

import { serialize, sizeOf } from "../../xmpp/element.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { openTag, tag, textTag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { isSubjectChange, subjectsOf } from "../archive/message-kind.ts";
import { MAX_BYTES } from "../model/size-limits.ts";
import type { Subject } from "../model/subject.ts";
import { mayChangeSubject } from "../permissions/privileges.ts";
import type { Occupant } from "../room/occupant.ts";
import { occupantIdTag } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";
import type { RelayedMessage, RoomMessage } from "./room-message.ts";

/**
 * Refuses a subject change by an occupant without that privilege, or a subject that is too long (section 8.1). Every
 * joining client gets the subject again.
 */
export function refuseSubjectChange(
  room: Room,
  sender: Occupant,
  { stanza: { element }, elements }: RelayedMessage,
): StanzaError | undefined {
  if (!isSubjectChange(elements)) return undefined;
  if (!mayChangeSubject(room, sender)) return errors.forbidden(say`You may not change the subject`);
  const sizes = subjectsOf(elements).map(sizeOf);
  const size = sizes.reduce((sum, bytes) => sum + bytes, escapedBytes(element.attrs["xml:lang"] ?? ""));
  // The condition is policy-violation: not-acceptable means that the sender is not in the room (section 7.4).
  return size > MAX_BYTES.subject
    ? errors.policyViolation(say`A subject may have at most ${MAX_BYTES.subject} bytes`)
    : undefined;
}

/** Sets the room's subject if a message changes it. */
export function setSubject(room: Room, { elements, sender, archived }: RoomMessage): void {
  const { at, id, stanzaId, language } = archived;
  if (archived.kind !== "subject") return;
  const subjectElements = subjectsOf(elements);
  const text = subjectElements[0]?.getText() ?? "";
  const subjects = subjectElements.map(serialize).join("");
  const message = { id, stanzaId, occupantId: sender.id, language, subjects };
  room.change({ kind: "subject-changed", subject: { text, nick: sender.nick, at, message } });
}

/**
 * Writes the subject message for a joining client: the text before and after the recipient's address. It has the original
 * sender, time and identifiers. The subject is empty and from the room where none was ever set.
 */
export function subjectMessage(room: Room, subject: Subject | undefined): { head: string; tail: string } {
  const from = subject?.nick ? room.occupantAddress(subject.nick) : room.address;
  const { message } = subject ?? {};
  const attributes = { type: "groupchat", from, id: message?.id, "xml:lang": message?.language };
  const marks = message
    ? (message.occupantId === "" ? "" : occupantIdTag(message.occupantId)) +
      tag("stanza-id", { xmlns: NS.stanzaId, id: message.stanzaId, by: room.address })
    : "";
  const delay = subject
    ? tag("delay", { xmlns: NS.delay, from: room.address, stamp: new Date(subject.at).toISOString() })
    : "";
  const subjects = message?.subjects ?? textTag("subject", subject?.text ?? "");
  return { head: openTag("message", attributes), tail: `">${subjects}${marks}${delay}</message>` };
}
