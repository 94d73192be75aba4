// Messages to all occupants (XEP-0045 section 7.4) with a stanza-id (XEP-0359).
import { child, serialize } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { openTag, tag } from "../xmpp/tag.ts";
import { countForActivity } from "./activity.ts";
import { isForged, occupantMarks } from "./marks.ts";
import { withoutForbiddenMentions } from "./mention-permissions.ts";
import { forwardMentions } from "./mentions.ts";
import type { Occupant } from "./occupant.ts";
import { maySpeak } from "./privileges.ts";
import { applyRetraction, isRetraction, refuseRetraction } from "./retraction.ts";
import type { Room } from "./room.ts";
import { countForSlowMode, refuseInSlowMode } from "./slow-mode.ts";
import { isSubjectChange, refuseSubjectChange, setSubject } from "./subject-change.ts";

const CHAT_STATES = "http://jabber.org/protocol/chatstates";

/** A message as all occupants get it. */
export interface RoomMessage {
  readonly stanza: Stanza;
  readonly sender: Occupant;
  /** Start and end of the stanza as text; the recipient's address goes between. */
  readonly head: string;
  readonly tail: string;
  /** The content as markup: what the occupant said and what the room added. */
  readonly payload: string;
  readonly marks: string;
  readonly id: string;
  /** XEP-0359. */
  readonly stanzaId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
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
  const id = stanza.id ?? room.environment.newId();
  const from = room.occupantAddress(sender.nick);
  const said = element.getChildElements().filter((el) => !isForged(el, room.address));
  const payload = withoutForbiddenMentions(room, sender, said).map(serialize).join("");
  const stanzaId = room.environment.newId();
  const marks =
    occupantMarks(room, sender) + tag("stanza-id", { xmlns: NS.stanzaId, id: stanzaId, by: room.address });
  const head = openTag("message", { type: "groupchat", from, id, "xml:lang": element.attrs["xml:lang"] });
  const tail = `">${payload}${marks}</message>`;
  room.effects.copies(head, tail, [...room.sessions.keys()]);
  return { stanza, sender, head, tail, payload, marks, id, stanzaId, at: room.environment.now() };
}

/**
 * Whatever may be retracted is known by its stanza-id; messages with a body, and retractions, become history. A
 * change of subject is neither: to who enters the first subject is the end of the history (section 7.2.15).
 */
function remember(room: Room, message: RoomMessage): void {
  const { stanza, sender, head, payload, id, stanzaId, at } = message;
  if (isSubjectChange(stanza)) return;
  if (!isPassing(stanza)) {
    room.recentMessages.add(stanzaId, sender.id, room.environment.limits.historyLength);
  }
  if (!child(stanza.element, "body") && !isRetraction(room, stanza)) return;
  const delay = tag("delay", { xmlns: NS.delay, from: room.address, stamp: new Date(at).toISOString() });
  const marks = message.marks + delay;
  const corrects = child(stanza.element, "replace", NS.correct)?.attrs.id;
  const tail = `">${payload}${marks}</message>`;
  room.remember({ head, tail, at, stanzaId, id, corrects, author: sender.id, marks });
}

/** Chat states alone (XEP-0085) say nothing that would be retracted. */
const isPassing = (stanza: Stanza): boolean =>
  stanza.element.getChildElements().every((el) => el.getNS() === CHAT_STATES);
