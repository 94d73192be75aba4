// Messages to all occupants (XEP-0045 section 7.4) with a stanza-id (XEP-0359).
import { childText, type Element, serialize } from "../../xmpp/element.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { archive, correctedId, rememberId, writeArchived } from "../archive/archive.ts";
import { isPassing, isToBeKept, kindOf } from "../archive/message-kind.ts";
import { otherVersion, readOriginId } from "../archive/retraction-elements.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { type DeliveryOutcome, DONE } from "../model/outcome.ts";
import { maySpeak } from "../permissions/privileges.ts";
import { audienceOf } from "../permissions/room-audience.ts";
import { relayedElements } from "../presence/relay-filter.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { countForActivity } from "./activity.ts";
import { privateMessagesOf } from "./bounced-private-message.ts";
import { withoutForbiddenMentions } from "./mention-permissions.ts";
import { forwardMentions } from "./mentions.ts";
import { applyRetraction, idInOtherVersion, refuseRetraction } from "./retraction.ts";
import type { RoomMessage, SaidMessage } from "./room-message.ts";
import { countForSlowMode, refuseInSlowMode } from "./slow-mode.ts";
import { refuseSubjectChange, setSubject } from "./subject-change.ts";

/** Checks before a message is sent. They judge what the others would get, not what the client wrote. */
const REFUSALS: readonly ((room: Room, sender: Occupant, message: SaidMessage) => StanzaError | undefined)[] =
  [refuseWithoutVoice, refuseSubjectChange, refuseRetraction, refuseInSlowMode];

/** What follows from a message that was sent, each concern in its turn. */
const CONSEQUENCES: readonly ((room: Room, message: RoomMessage) => void)[] = [
  setSubject,
  applyRetraction,
  remember,
  countForSlowMode,
  countForActivity,
  forwardMentions,
];

/** A message of type groupchat to the room. */
export function handleGroupchat(room: Room, stanza: Stanza): DeliveryOutcome {
  const sender = room.sessions.get(stanza.from.full);
  if (!sender) return refuse(errors.notAcceptable("You are not in this room"));
  const said = relayedElements(stanza);
  for (const check of REFUSALS) {
    const refusal = check(room, sender, { stanza, said });
    if (refusal) return refuse(refusal);
  }
  const message = reflect(room, sender, stanza, withoutForbiddenMentions(room, sender, said));
  for (const follow of CONSEQUENCES) follow(room, message);
  return DONE;
}

function refuseWithoutVoice(_room: Room, sender: Occupant): StanzaError | undefined {
  return maySpeak(sender) ? undefined : errors.forbidden("You have no voice in this room");
}

function reflect(room: Room, sender: Occupant, stanza: Stanza, said: readonly Element[]): RoomMessage {
  const { element } = stanza;
  const { nick, affiliation, role, id: author } = sender;
  const kept: ArchivedMessage = {
    kind: kindOf(said),
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
      said.map(serialize).join("") +
      otherVersion(said, (retraction) => idInOtherVersion(room, author, retraction)),
    text: childText(element, "body"),
  };
  const { head, marks } = writeArchived(room, kept);
  const tail = `">${kept.payload}${marks}</message>`;
  room.effects.broadcast(head, tail, audienceOf(room).everybody());
  privateMessagesOf(room).forget(nick, kept.id);
  return { stanza, sender, said, kept, head, tail };
}

function remember(room: Room, { said, kept }: RoomMessage): void {
  if (isPassing(said)) return;
  const ownId = readOriginId(said);
  if (isToBeKept(said)) archive(room, kept, ownId);
  else rememberId(room, kept, ownId);
}
