// The room's subject (XEP-0045 sections 7.2.15 and 8.1).

import { serialize, sizeOf } from "../../xmpp/element.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { openTag, tag, textTag } from "../../xmpp/tag.ts";
import { isSubjectChange, subjectsOf } from "../archive/message-kind.ts";
import { LONGEST } from "../model/lengths.ts";
import type { Subject } from "../model/subject.ts";
import { mayChangeSubject } from "../permissions/privileges.ts";
import type { Occupant } from "../room/occupant.ts";
import { occupantIdTag } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";
import type { RoomMessage, SaidMessage } from "./room-message.ts";

/** Section 8.1: moderators change the subject, others where the room lets them; it is repeated to all who enter. */
export function refuseSubjectChange(
  room: Room,
  sender: Occupant,
  { stanza: { element }, said }: SaidMessage,
): StanzaError | undefined {
  if (!isSubjectChange(said)) return undefined;
  if (!mayChangeSubject(room, sender)) return errors.forbidden("You may not change the subject");
  const sizes = subjectsOf(said).map(sizeOf);
  const size = sizes.reduce((sum, bytes) => sum + bytes, escapedBytes(element.attrs["xml:lang"] ?? ""));
  // Not not-acceptable: that tells a client that it is not in the room (section 7.4).
  return size > LONGEST.subject
    ? errors.policyViolation(`A subject may have at most ${LONGEST.subject} bytes`)
    : undefined;
}

/** Takes over the new subject of a message that changes it. */
export function setSubject(room: Room, { said, sender, kept }: RoomMessage): void {
  const { at, id, stanzaId, language } = kept;
  if (kept.kind !== "subject") return;
  const elements = subjectsOf(said);
  const text = elements[0]?.getText() ?? "";
  const subjects = elements.map(serialize).join("");
  const message = { id, stanzaId, occupantId: sender.id, language, subjects };
  room.change({ kind: "subject-changed", subject: { text, nick: sender.nick, at, message } });
}

/**
 * The message that tells a joining client of the subject, in two halves, as it was when it was set: from whom, when
 * and with its identifiers. Empty and from the room where none was ever set.
 */
export function subjectMessage(room: Room, subject: Subject | undefined): { head: string; tail: string } {
  const from = subject?.nick ? room.occupantAddress(subject.nick) : room.address;
  const { message } = subject ?? {};
  const attributes = { type: "groupchat", from, id: message?.id, "xml:lang": message?.language };
  const marks = message
    ? occupantIdTag(message.occupantId) +
      tag("stanza-id", { xmlns: NS.stanzaId, id: message.stanzaId, by: room.address })
    : "";
  const delay = subject
    ? tag("delay", { xmlns: NS.delay, from: room.address, stamp: new Date(subject.at).toISOString() })
    : "";
  const subjects = message?.subjects ?? textTag("subject", subject?.text ?? "");
  return { head: openTag("message", attributes), tail: `">${subjects}${marks}${delay}</message>` };
}
