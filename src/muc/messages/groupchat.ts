// Messages to all occupants (XEP-0045 section 7.4) with a stanza-id (XEP-0359).
import { childText, type Element, serialize } from "../../xmpp/element.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { archive, correctedId, rememberId } from "../archive/archive.ts";
import { isPassing, isToBeKept, kindOf } from "../archive/message-kind.ts";
import { writeArchived } from "../archive/message-text.ts";
import { otherVersion, readOriginId } from "../archive/retraction-elements.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { type DeliveryOutcome, DONE } from "../model/outcome.ts";
import { muteOf } from "../permissions/mutes.ts";
import { maySpeak } from "../permissions/privileges.ts";
import { hearersOf } from "../permissions/room-audience.ts";
import { isHeard } from "../permissions/visibility.ts";
import { relayedElements } from "../presence/relay-filter.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { countForActivity } from "./activity.ts";
import { privateMessagesOf } from "./bounced-private-message.ts";
import { handleGateAnswer } from "./gate-answer.ts";
import { withoutForbiddenMentions } from "./mention-permissions.ts";
import { forwardMentions } from "./mentions.ts";
import { applyRetraction, idInOtherVersion, refuseRetraction } from "./retraction.ts";
import type { RelayedMessage, RoomMessage } from "./room-message.ts";
import { countForSlowMode, refuseInSlowMode } from "./slow-mode.ts";
import { refuseContentOfStranger } from "./stranger-content.ts";
import { refuseExcessOfStranger } from "./stranger-limits.ts";
import { refuseSubjectChange, setSubject } from "./subject-change.ts";

/** Checks before a message is sent. They examine the elements that are relayed, not all that the client sent. */
const REFUSALS: readonly ((
  room: Room,
  sender: Occupant,
  message: RelayedMessage,
) => StanzaError | undefined)[] = [
  refuseWithoutVoice,
  refuseSubjectChange,
  refuseRetraction,
  refuseExcessOfStranger,
  refuseInSlowMode,
  // The last: it may hold a message that nothing else refuses.
  refuseContentOfStranger,
];

/** The steps after a message was sent, in this order. */
const CONSEQUENCES: readonly ((room: Room, message: RoomMessage) => void)[] = [
  setSubject,
  applyRetraction,
  archiveOrRemember,
  countForSlowMode,
  countForActivity,
  forwardMentions,
];

/** The steps after a message that only its author gets. */
const UNHEARD: typeof CONSEQUENCES = [countForSlowMode];

/** Handles a message of type groupchat to the room. */
export function handleGroupchat(room: Room, stanza: Stanza): DeliveryOutcome {
  const sender = room.sessions.get(stanza.from.full);
  if (!sender) return refuse(errors.notAcceptable(say`You are not in this room`));
  const answered = handleGateAnswer(room, stanza);
  if (answered.kind !== "unhandled") return answered;
  const elements = relayedElements(stanza);
  for (const check of REFUSALS) {
    const refusal = check(room, sender, { stanza, elements });
    if (refusal) return refuse(refusal);
  }
  const message = reflect(room, sender, stanza, withoutForbiddenMentions(room, sender, elements));
  const steps = isHeard(room, sender.bareJid) ? CONSEQUENCES : UNHEARD;
  for (const step of steps) step(room, message);
  return DONE;
}

function refuseWithoutVoice(room: Room, sender: Occupant): StanzaError | undefined {
  if (maySpeak(sender)) return undefined;
  const mute = muteOf(room, sender.bareJid);
  if (!mute) return errors.forbidden(say`You have no voice in this room`);
  return errors.forbidden(say`You have no voice in this room until ${new Date(mute.until).toISOString()}`);
}

function reflect(room: Room, sender: Occupant, stanza: Stanza, elements: readonly Element[]): RoomMessage {
  const { element } = stanza;
  const { nick, affiliation, role, id: author } = sender;
  const archived: ArchivedMessage = {
    kind: kindOf(elements),
    stanzaId: room.environment.newId(),
    at: room.environment.now(),
    nick,
    jid: stanza.from.full,
    author,
    affiliation,
    role,
    id: stanza.id ?? room.environment.newId(),
    language: element.attrs["xml:lang"],
    corrects: correctedId(stanza),
    payload:
      elements.map(serialize).join("") +
      otherVersion(elements, (retraction) => idInOtherVersion(room, author, retraction)),
    text: childText(element, "body"),
  };
  const { head, marks } = writeArchived(room, archived);
  const tail = `">${archived.payload}${marks}</message>`;
  room.effects.broadcast(head, tail, hearersOf(room, sender));
  privateMessagesOf(room).forget(nick, archived.id);
  return { stanza, sender, elements, archived, head, tail };
}

function archiveOrRemember(room: Room, { elements, archived }: RoomMessage): void {
  if (isPassing(elements)) return;
  const ownId = readOriginId(elements);
  if (isToBeKept(elements)) archive(room, archived, ownId);
  else rememberId(room, archived, ownId);
}
