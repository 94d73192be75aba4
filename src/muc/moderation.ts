// Moderators retract what others have said (XEP-0425).

import { child, type Element } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { errorReply, resultReply, type Stanza } from "../xmpp/stanza.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { tag } from "../xmpp/tag.ts";
import { archive, know, writeArchived } from "./archive.ts";
import { lookUp } from "./archive-lookup.ts";
import { answeredLater, type DirectAnswer, type IqAnswer, refuse, result } from "./iq-answer.ts";
import type { ArchivedMessage } from "./journal.ts";
import type { Occupant } from "./occupant.ts";
import { occupantIdTag } from "./occupant-id.ts";
import { mayModerate } from "./privileges.ts";
import { readReason, reasonTag } from "./reason.ts";
import { retract } from "./retraction.ts";
import type { Room } from "./room.ts";

const NO_MODERATOR = errors.forbidden("Only moderators are allowed to moderate other participants' messages");

/**
 * Answers a request to moderate one message, named by the room's stanza-id (section 3). What is retracted already
 * is not retracted again, and that is no error: two moderators may have acted at once.
 */
export function handleModeration(room: Room, stanza: Stanza, request: Element): IqAnswer {
  const stanzaId = request.attrs.id;
  if (stanza.type !== "set" || !stanzaId) {
    return refuse(errors.badRequest("A moderation is a set that names a message by its stanza-id"));
  }
  if (!child(request, "retract", NS.retract)) {
    return refuse(errors.badRequest("Messages can be retracted, and moderated in no other way"));
  }
  const moderator = room.sessions.get(stanza.from.full);
  if (!moderator || !mayModerate(moderator)) return refuse(NO_MODERATOR);
  const reason = readReason(request);
  if (room.recentMessages.get(stanzaId)) return moderate(room, stanza, stanzaId, reason);
  lookUp(room, stanza, stanzaId, (message) => {
    if (message) know(room, message);
    const answer = moderate(room, stanza, stanzaId, reason);
    const isRefusal = answer.kind === "error";
    room.effects.send(
      isRefusal ? errorReply(stanza, answer.error, room.address) : resultReply(stanza, answer.payload),
    );
  });
  return answeredLater;
}

/** Moderates a message that the room knows. */
function moderate(room: Room, stanza: Stanza, stanzaId: string, reason: string | undefined): DirectAnswer {
  const moderator = room.sessions.get(stanza.from.full);
  if (!moderator || !mayModerate(moderator)) return refuse(NO_MODERATOR);
  const message = room.recentMessages.get(stanzaId);
  if (!message || room.closed)
    return refuse(errors.itemNotFound("The room knows no message with this stanza-id"));
  if (!message.retracted) announceRetraction(room, moderator, stanzaId, reason);
  return result();
}

/** Tells everybody who retracted the message (by occupant JID) and keeps that for those who enter later. */
function announceRetraction(
  room: Room,
  moderator: Occupant,
  retracted: string,
  reason: string | undefined,
): void {
  const { environment } = room;
  const { nick, affiliation, role } = moderator;
  const by = room.occupantAddress(nick);
  const content =
    tag("moderated", { xmlns: NS.moderate, by }, occupantIdTag(moderator.id)) + reasonTag(reason);
  const kept: ArchivedMessage = {
    kind: "discussion",
    stanzaId: environment.newId(),
    at: environment.now(),
    nick: "",
    jid: "",
    author: "",
    affiliation,
    role,
    id: environment.newId(),
    language: undefined,
    corrects: undefined,
    payload: tag("retract", { xmlns: NS.retract, id: retracted }, content),
    text: undefined,
  };
  retract(room, retracted, { id: kept.id, at: kept.at, content });
  const { head, marks } = writeArchived(room, kept);
  room.effects.copies(head, `">${kept.payload}${marks}</message>`, room.audience.everybody());
  archive(room, kept);
}
