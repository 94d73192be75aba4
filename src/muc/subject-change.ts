// The room's subject (XEP-0045 sections 7.2.15 and 8.1).
import { child, childText } from "../xmpp/element.ts";
import { escapeAttribute } from "../xmpp/escape.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import type { RoomMessage } from "./message.ts";
import type { Occupant } from "./occupant.ts";
import { mayChangeSubject } from "./privileges.ts";
import type { Room } from "./room.ts";
import type { Subject } from "./subject.ts";

/** Whether a message changes the subject: a subject, but neither body nor thread. */
export function isSubjectChange(stanza: Stanza): boolean {
  const { element } = stanza;
  return child(element, "subject") !== undefined && !child(element, "body") && !child(element, "thread");
}

/** Section 8.1: moderators change the subject, others where the room lets them. */
export function refuseSubjectChange(room: Room, sender: Occupant, stanza: Stanza): StanzaError | undefined {
  if (!isSubjectChange(stanza) || mayChangeSubject(room, sender)) return undefined;
  return errors.forbidden("You may not change the subject");
}

/** Takes over the new subject of a message that changes it. */
export function setSubject(room: Room, { stanza, sender, at }: RoomMessage): void {
  if (!isSubjectChange(stanza)) return;
  const text = childText(stanza.element, "subject") ?? "";
  room.subject = { text, nick: sender.nick, at };
  room.keep({ kind: "subject-changed", node: room.node, subject: room.subject });
}

/** The message that tells a joining client of the subject, in two halves; empty where none was ever set. */
export function subjectMessage(room: Room, subject: Subject | undefined): { head: string; tail: string } {
  const from = subject?.nick ? room.occupantAddress(subject.nick) : room.address;
  const delay = subject
    ? tag("delay", { xmlns: NS.delay, from: room.address, stamp: new Date(subject.at).toISOString() })
    : "";
  return {
    head: `<message type="groupchat" from="${escapeAttribute(from)}" to="`,
    tail: `">${textTag("subject", subject?.text ?? "")}${delay}</message>`,
  };
}
