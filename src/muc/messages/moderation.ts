// Moderators retract the messages of others (XEP-0425).

import { child, type Element } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { recentMessagesOf, rememberOlder } from "../archive/archive.ts";
import { answerLater, lookUp } from "../archive/archive-lookup.ts";
import { ANSWERED_LATER, type IqOutcome, type IqReply, result } from "../model/outcome.ts";
import { readReason } from "../model/reason.ts";
import { mayModerate } from "../permissions/privileges.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";
import { announceRetraction } from "./moderated-retraction.ts";

const NO_MODERATOR = errors.forbidden(
  say`Only moderators are allowed to moderate other participants' messages`,
);

/** Answers a request to moderate one message, named by the room's stanza-id (section 3). */
export function handleModeration(room: Room, stanza: Stanza, request: Element): IqOutcome {
  return answer(room, stanza, request.attrs.id, request, NS.retract);
}

/** Answers a request in the earlier version 0.2, which fastens it to the message (XEP-0422). */
export function handleEarlierModeration(room: Room, stanza: Stanza, fastened: Element): IqOutcome {
  const request = child(fastened, "moderate", NS.moderateEarlier);
  if (!request)
    return refuse(errors.serviceUnavailable(say`Rooms support nothing else that is fastened to a message`));
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
    return refuse(
      errors.badRequest(say`A moderation needs an IQ of type set and the stanza-id of a message`),
    );
  }
  if (!child(request, "retract", retraction)) {
    return refuse(errors.badRequest(say`Moderation supports only retraction`));
  }
  const moderator = room.sessions.get(stanza.from.full);
  if (!moderator || !mayModerate(moderator)) return refuse(NO_MODERATOR);
  const reason = readReason(request);
  if (recentMessagesOf(room).get(stanzaId)) return moderate(room, stanza, stanzaId, reason);
  lookUp(room, stanza, stanzaId, (message) => {
    if (message) rememberOlder(room, message);
    const answer = moderate(room, stanza, stanzaId, reason);
    answerLater(room, stanza, answer);
  });
  return ANSWERED_LATER;
}

/** Moderates a message that is among the recent ones. */
function moderate(room: Room, stanza: Stanza, stanzaId: string, reason: string | undefined): IqReply {
  const moderator = room.sessions.get(stanza.from.full);
  if (!moderator || !mayModerate(moderator)) return refuse(NO_MODERATOR);
  const message = recentMessagesOf(room).get(stanzaId);
  if (!message || room.closed)
    return refuse(errors.itemNotFound(say`This room has no message with this stanza-id`));
  if (message.retracted) return result();
  recordAct(room, { kind: "message-retracted", by: moderator.bareJid, target: stanzaId, reason });
  announceRetraction(room, { moderator, reason }, stanzaId);
  return result();
}
