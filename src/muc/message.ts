// Messages to all occupants (XEP-0045 section 7.4) with a stanza-id (XEP-0359).
import { type Element, serialize } from "../xmpp/element.ts";
import { escapeAttribute } from "../xmpp/escape.ts";
import { bareOf } from "../xmpp/jid.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { tag } from "../xmpp/tag.ts";
import { mayChangeSubject, maySpeak } from "./privileges.ts";
import type { Room } from "./room.ts";
import { isSubjectChange, setSubject } from "./subject-change.ts";

/** A message of type groupchat to the room. */
export function handleGroupchat(room: Room, stanza: Stanza): StanzaError | undefined {
  const sender = room.sessions.get(stanza.from.full);
  if (!sender) return errors.notAcceptable("You are not in this room");
  const changesSubject = isSubjectChange(stanza);
  if (changesSubject && !mayChangeSubject(room, sender))
    return errors.forbidden("You may not change the subject");
  if (!changesSubject && !maySpeak(sender)) return errors.forbidden("You have no voice in this room");
  if (changesSubject) setSubject(room, stanza, sender.nick);
  reflect(room, stanza, sender.nick, !changesSubject);
  return undefined;
}

function reflect(room: Room, stanza: Stanza, nick: string, remember: boolean): void {
  const { id, element } = stanza;
  const from = room.occupantAddress(nick);
  const payload = element
    .getChildElements()
    .filter((el) => !isForged(el, room.address))
    .map(serialize)
    .join("");
  const stanzaId = tag("stanza-id", { xmlns: NS.stanzaId, id: room.environment.newId(), by: room.address });
  const language = element.attrs["xml:lang"];
  const attributes =
    ` type="groupchat" from="${escapeAttribute(from)}" id="${escapeAttribute(id ?? room.environment.newId())}"` +
    (language === undefined ? "" : ` xml:lang="${escapeAttribute(language)}"`);
  const head = `<message${attributes} to="`;
  room.effects.copies(head, `">${payload}${stanzaId}</message>`, [...room.sessions.keys()]);
  if (!remember || !element.getChild("body")) return;
  const at = room.environment.now();
  const delay = tag("delay", { xmlns: NS.delay, from: room.address, stamp: new Date(at).toISOString() });
  const limit = Math.min(room.config.historyLength, room.environment.limits.historyLength);
  room.history.add({ head, tail: `">${payload}${stanzaId}${delay}</message>`, at }, limit);
}

/** What only the service may say: its own stanza-id and delay, and muc#user data (XEP-0359 section 4, XEP-0045 section 17.3). */
function isForged(el: Element, by: string): boolean {
  if (el.is("x", NS.mucUser)) return true;
  if (el.is("stanza-id", NS.stanzaId)) return el.attrs.by === by;
  return el.is("delay", NS.delay) && bareOf(el.attrs.from ?? "") === by;
}
