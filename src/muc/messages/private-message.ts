// Private messages between occupants (XEP-0045 section 7.5).
import { serialize } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { openTag, tag } from "../../xmpp/tag.ts";
import { say } from "../../xmpp/text.ts";
import { archivePrivateMessage } from "../archive/archive-extras.ts";
import { otherVersion } from "../archive/retraction-elements.ts";
import { type DeliveryOutcome, DONE } from "../model/outcome.ts";
import { maySendPrivateMessage } from "../permissions/privileges.ts";
import { isHeard } from "../permissions/visibility.ts";
import { occupantMarks, relayedElements } from "../presence/relay-filter.ts";
import type { Room } from "../room/room.ts";
import { ROOM_NICK } from "../room/room-voice.ts";
import { privateMessagesOf } from "./bounced-private-message.ts";
import { handleGateAnswer } from "./gate-answer.ts";
import { refusePrivateContent } from "./stranger-content.ts";
import { refuseExcessOfStranger } from "./stranger-limits.ts";

const NO_READER = errors.serviceUnavailable(say`Nobody reads messages to the room itself`);

/** Handles a message to an occupant JID; all clients of that occupant get it (section 7.2.8). */
export function handlePrivateMessage(room: Room, stanza: Stanza): DeliveryOutcome {
  const sender = room.sessions.get(stanza.from.full);
  if (!sender) return refuse(errors.notAcceptable(say`You are not in this room`));
  if (stanza.type === "groupchat")
    return refuse(errors.badRequest(say`A private message cannot have the type groupchat`));
  if (stanza.to.resource === ROOM_NICK) {
    const answered = handleGateAnswer(room, stanza);
    return answered.kind === "unhandled" ? refuse(NO_READER) : answered;
  }
  const recipient = room.occupants.get(stanza.to.resource ?? "");
  if (!recipient) return refuse(errors.itemNotFound(say`No occupant has this nickname`));
  if (!maySendPrivateMessage(room, sender, recipient))
    return refuse(errors.forbidden(say`You may not send private messages in this room`));
  const elements = relayedElements(stanza);
  const excess =
    recipient === sender
      ? undefined
      : (refuseExcessOfStranger(room, sender, { elements }) ?? refusePrivateContent(room, sender, elements));
  if (excess) return refuse(excess);
  // Nothing tells the sender: a message to others is not reflected.
  if (recipient.bareJid !== sender.bareJid && !isHeard(room, sender.bareJid)) return DONE;
  const payload = elements.map(serialize).join("") + otherVersion(elements, ({ id }) => id);
  const mark = tag("x", { xmlns: NS.mucUser }) + occupantMarks(sender);
  const head = openTag("message", {
    type: stanza.type,
    from: room.occupantAddress(sender.nick),
    id: stanza.id,
    "xml:lang": stanza.element.attrs["xml:lang"],
  });
  const to = [...recipient.sessions.keys()];
  room.effects.broadcast(head, `">${payload}${mark}</message>`, to);
  const address = room.occupantAddress(recipient.nick);
  privateMessagesOf(room).add(sender.nick, stanza.id, {
    sender: stanza.from.full,
    address,
    recipients: new Set(to),
  });
  archivePrivateMessage(room, sender, recipient, stanza, { said: elements, payload });
  return DONE;
}
