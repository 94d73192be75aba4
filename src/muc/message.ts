// Messages to all occupants (XEP-0045 section 7.4) with a stanza-id (XEP-0359).
import { serialize } from "../xmpp/element.ts";
import { escapeAttribute } from "../xmpp/escape.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { tag } from "../xmpp/tag.ts";
import { isForged, occupantMarks } from "./marks.ts";
import type { Occupant } from "./occupant.ts";
import { maySpeak } from "./privileges.ts";
import type { Room } from "./room.ts";
import { isSubjectChange, refuseSubjectChange, setSubject } from "./subject-change.ts";

/** A message as all occupants get it. */
export interface RoomMessage {
  readonly stanza: Stanza;
  readonly sender: Occupant;
  /** Start and end of the stanza as text; the recipient's address goes between. */
  readonly head: string;
  readonly tail: string;
  /** XEP-0359. */
  readonly stanzaId: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Why a message may not be sent, each concern in its turn. */
const REFUSALS: readonly ((room: Room, sender: Occupant, stanza: Stanza) => StanzaError | undefined)[] = [
  refuseWithoutVoice,
  refuseSubjectChange,
];

/** What follows from a message that was sent, each concern in its turn. */
const CONSEQUENCES: readonly ((room: Room, message: RoomMessage) => void)[] = [setSubject, remember];

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
  const { id, element } = stanza;
  const from = room.occupantAddress(sender.nick);
  const payload = element
    .getChildElements()
    .filter((el) => !isForged(el, room.address))
    .map(serialize)
    .join("");
  const stanzaId = room.environment.newId();
  const marks =
    occupantMarks(room, sender) + tag("stanza-id", { xmlns: NS.stanzaId, id: stanzaId, by: room.address });
  const language = element.attrs["xml:lang"];
  const attributes =
    ` type="groupchat" from="${escapeAttribute(from)}" id="${escapeAttribute(id ?? room.environment.newId())}"` +
    (language === undefined ? "" : ` xml:lang="${escapeAttribute(language)}"`);
  const head = `<message${attributes} to="`;
  const tail = `">${payload}${marks}</message>`;
  room.effects.copies(head, tail, [...room.sessions.keys()]);
  return { stanza, sender, head, tail, stanzaId, at: room.environment.now() };
}

/** Messages with a body become discussion history. */
function remember(room: Room, { stanza, head, tail, at }: RoomMessage): void {
  if (!stanza.element.getChild("body")) return;
  const delay = tag("delay", { xmlns: NS.delay, from: room.address, stamp: new Date(at).toISOString() });
  const delayed = tail.replace(/<\/message>$/, `${delay}</message>`);
  const limit = Math.min(room.config.historyLength, room.environment.limits.historyLength);
  room.history.add({ head, tail: delayed, at }, limit);
}
