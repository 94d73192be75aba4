// Messages to all occupants (XEP-0045 section 7.4) with a stanza-id (XEP-0359).
import { child, childText, serialize } from "../xmpp/element.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { countForActivity } from "./activity.ts";
import { archive, correctedId, isPassing, isToBeKept, know, writeArchived } from "./archive.ts";
import type { ArchivedMessage } from "./journal.ts";
import { passedOn } from "./marks.ts";
import { withoutForbiddenMentions } from "./mention-permissions.ts";
import { forwardMentions } from "./mentions.ts";
import type { Occupant } from "./occupant.ts";
import { maySpeak } from "./privileges.ts";
import { applyRetraction, isRetraction, refuseRetraction } from "./retraction.ts";
import type { Room } from "./room.ts";
import { countForSlowMode, refuseInSlowMode } from "./slow-mode.ts";
import { isSubjectChange, refuseSubjectChange, setSubject } from "./subject-change.ts";

/** A message as it was sent to all occupants: what is kept of it, and the stanza, the recipient's address between. */
export interface RoomMessage {
  readonly stanza: Stanza;
  readonly sender: Occupant;
  readonly kept: ArchivedMessage;
  readonly head: string;
  readonly tail: string;
}

/** Why a message may not be sent, each concern in its turn. */
const REFUSALS: readonly ((room: Room, sender: Occupant, stanza: Stanza) => StanzaError | undefined)[] = [
  refuseWithoutVoice,
  refuseSubjectChange,
  refuseRetraction,
  refuseInSlowMode,
];

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
export function handleGroupchat(room: Room, stanza: Stanza): StanzaError | undefined {
  const sender = room.sessions.get(stanza.from.full);
  if (!sender) return errors.notAcceptable("You are not in this room");
  for (const refuse of REFUSALS) {
    const refusal = refuse(room, sender, stanza);
    if (refusal) return refusal;
  }
  const message = reflect(room, sender, stanza);
  for (const follow of CONSEQUENCES) follow(room, message);
  return undefined;
}

function refuseWithoutVoice(_room: Room, sender: Occupant, stanza: Stanza): StanzaError | undefined {
  if (isSubjectChange(stanza) || maySpeak(sender)) return undefined;
  return errors.forbidden("You have no voice in this room");
}

function reflect(room: Room, sender: Occupant, stanza: Stanza): RoomMessage {
  const { element } = stanza;
  const said = passedOn(stanza);
  const { nick, affiliation, role, id: author } = sender;
  const kept: ArchivedMessage = {
    kind: kindOf(room, stanza),
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
    payload: withoutForbiddenMentions(room, sender, said).map(serialize).join(""),
    text: childText(element, "body"),
  };
  const { head, marks } = writeArchived(room, kept);
  const tail = `">${kept.payload}${marks}</message>`;
  room.effects.copies(head, tail, room.audience.everybody());
  room.privateMessages.forget(nick, kept.id);
  return { stanza, sender, kept, head, tail };
}

/**
 * Messages with a body, and retractions, are the discussion. A change of subject is not: to who enters the first
 * subject is the end of the history (section 7.2.15).
 */
function kindOf(room: Room, stanza: Stanza): ArchivedMessage["kind"] {
  if (isSubjectChange(stanza)) return "subject";
  return child(stanza.element, "body") || isRetraction(room, stanza) ? "discussion" : "other";
}

function remember(room: Room, { stanza, kept }: RoomMessage): void {
  if (isPassing(stanza)) return;
  if (isToBeKept(stanza)) archive(room, kept);
  else know(room, kept);
}
