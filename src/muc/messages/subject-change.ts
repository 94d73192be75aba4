// The room's subject (XEP-0045 sections 7.2.15 and 8.1).

import { child, children, childText, serialize, sizeOf } from "../../xmpp/element.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { openTag, tag, textTag } from "../../xmpp/tag.ts";
import { LONGEST } from "../model/lengths.ts";
import type { Subject } from "../model/subject.ts";
import { mayChangeSubject } from "../permissions/privileges.ts";
import type { Occupant } from "../room/occupant.ts";
import { occupantIdTag } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";
import type { RoomMessage } from "./groupchat.ts";

/** Whether a message changes the subject: a subject, but neither body nor thread. */
export function isSubjectChange(stanza: Stanza): boolean {
  const { element } = stanza;
  return child(element, "subject") !== undefined && !child(element, "body") && !child(element, "thread");
}

/** Section 8.1: moderators change the subject, others where the room lets them; it is repeated to all who enter. */
export function refuseSubjectChange(room: Room, sender: Occupant, stanza: Stanza): StanzaError | undefined {
  if (!isSubjectChange(stanza)) return undefined;
  if (!mayChangeSubject(room, sender)) return errors.forbidden("You may not change the subject");
  const { element } = stanza;
  const subjects = children(element, "subject").map(sizeOf);
  const size = subjects.reduce((sum, bytes) => sum + bytes, escapedBytes(element.attrs["xml:lang"] ?? ""));
  // Not not-acceptable: that tells a client that it is not in the room (section 7.4).
  return size > LONGEST.subject
    ? errors.policyViolation(`A subject has at most ${LONGEST.subject} bytes`)
    : undefined;
}

/** Takes over the new subject of a message that changes it. */
export function setSubject(room: Room, { stanza, sender, kept }: RoomMessage): void {
  const { at, id, stanzaId } = kept;
  if (!isSubjectChange(stanza)) return;
  const { element } = stanza;
  const text = childText(element, "subject") ?? "";
  const subjects = children(element, "subject").map(serialize).join("");
  const message = { id, stanzaId, occupantId: sender.id, language: element.attrs["xml:lang"], subjects };
  room.subject = { text, nick: sender.nick, at, message };
  room.keep({ kind: "subject-changed", node: room.node, subject: room.subject });
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
