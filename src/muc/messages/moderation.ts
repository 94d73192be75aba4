// Moderators retract the messages of others (XEP-0425).

import { child, type Element } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import { errorReply, resultReply, type Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { tag } from "../../xmpp/tag.ts";
import { archive, recentMessagesOf, rememberOlder, retract } from "../archive/archive.ts";
import { lookUp } from "../archive/archive-lookup.ts";
import { writeArchived } from "../archive/message-text.ts";
import { fasten, retractTag } from "../archive/retraction-elements.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { ANSWERED_LATER, type IqOutcome, type IqReply, result } from "../model/outcome.ts";
import { readReason, reasonTag } from "../model/reason.ts";
import { mayModerate } from "../permissions/privileges.ts";
import { audienceOf } from "../permissions/room-audience.ts";
import type { Occupant } from "../room/occupant.ts";
import { occupantIdTag } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";

const NO_MODERATOR = errors.forbidden("Only moderators are allowed to moderate other participants' messages");

/** Answers a request to moderate one message, named by the room's stanza-id (section 3). */
export function handleModeration(room: Room, stanza: Stanza, request: Element): IqOutcome {
  return answer(room, stanza, request.attrs.id, request, NS.retract);
}

/** Answers a request in the earlier version 0.2, which fastens it to the message (XEP-0422). */
export function handleEarlierModeration(room: Room, stanza: Stanza, fastened: Element): IqOutcome {
  const request = child(fastened, "moderate", NS.moderateEarlier);
  if (!request)
    return refuse(errors.serviceUnavailable("Rooms support nothing else that is fastened to a message"));
  return answer(room, stanza, fastened.attrs.id, request, NS.retractEarlier);
}

/**
 * Retracts a message for a moderator. A message that is retracted already stays as it is, without an error: two moderators
 * may have acted at once.
 */
function answer(
  room: Room,
  stanza: Stanza,
  stanzaId: string | undefined,
  request: Element,
  retraction: string,
): IqOutcome {
  if (stanza.type !== "set" || !stanzaId) {
    return refuse(errors.badRequest("A moderation needs an IQ of type set and the stanza-id of a message"));
  }
  if (!child(request, "retract", retraction)) {
    return refuse(errors.badRequest("Moderation supports only retraction"));
  }
  const moderator = room.sessions.get(stanza.from.full);
  if (!moderator || !mayModerate(moderator)) return refuse(NO_MODERATOR);
  const reason = readReason(request);
  if (recentMessagesOf(room).get(stanzaId)) return moderate(room, stanza, stanzaId, reason);
  lookUp(room, stanza, stanzaId, (message) => {
    if (message) rememberOlder(room, message);
    const answer = moderate(room, stanza, stanzaId, reason);
    const isRefusal = answer.kind === "refused";
    room.effects.send(
      isRefusal ? errorReply(stanza, answer.error, room.address) : resultReply(stanza, answer.payload),
    );
  });
  return ANSWERED_LATER;
}

/** Moderates a message that is among the recent ones. */
function moderate(room: Room, stanza: Stanza, stanzaId: string, reason: string | undefined): IqReply {
  const moderator = room.sessions.get(stanza.from.full);
  if (!moderator || !mayModerate(moderator)) return refuse(NO_MODERATOR);
  const message = recentMessagesOf(room).get(stanzaId);
  if (!message || room.closed)
    return refuse(errors.itemNotFound("This room has no message with this stanza-id"));
  if (!message.retracted) announceRetraction(room, moderator, stanzaId, reason);
  return result();
}

/**
 * Announces a retraction in both versions, with the moderator's occupant JID, and archives the announcement for those
 * who enter later.
 */
function announceRetraction(
  room: Room,
  moderator: Occupant,
  retracted: string,
  reason: string | undefined,
): void {
  const { environment } = room;
  const { nick, affiliation, role } = moderator;
  const by = room.occupantAddress(nick);
  const occupantId = occupantIdTag(moderator.id);
  const reasonElement = reasonTag(reason);
  const content = tag("moderated", { xmlns: NS.moderate, by }, occupantId) + reasonElement;
  const earlier = (action: string): string =>
    tag("moderated", { xmlns: NS.moderateEarlier, by }, occupantId + action + reasonElement);
  const announcement: ArchivedMessage = {
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
    payload:
      retractTag(retracted, content) +
      fasten(retracted, earlier(tag("retract", { xmlns: NS.retractEarlier }))),
    text: undefined,
  };
  const stamp = new Date(announcement.at).toISOString();
  const tombstone =
    tag("retracted", { xmlns: NS.retract, id: announcement.id, stamp }, content) +
    earlier(tag("retracted", { xmlns: NS.retractEarlier, stamp }));
  retract(room, retracted, () => tombstone);
  const { head, marks } = writeArchived(room, announcement);
  room.effects.broadcast(head, `">${announcement.payload}${marks}</message>`, audienceOf(room).everybody());
  archive(room, announcement);
}
