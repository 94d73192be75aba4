// Entering a room (XEP-0045 section 7.2).
import { child, childText } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { readHistoryRequest } from "./history.ts";
import { changeNickname, refuseNickname } from "./nickname.ts";
import { leadingSession, type Occupant } from "./occupant.ts";
import { occupantId } from "./occupant-id.ts";
import { announce, broadcastPresence, sendOwnPresence, sendRoster } from "./presence.ts";
import { presencePayload } from "./presence-payload.ts";
import { refuseEntry } from "./privileges.ts";
import type { Room } from "./room.ts";
import { subjectMessage } from "./subject-change.ts";

/** Available presence to an occupant's address: a join, a resynchronization, a new nickname or a new status. */
export function handleAvailablePresence(
  room: Room,
  stanza: Stanza,
  created: boolean,
): StanzaError | undefined {
  const nick = stanza.to.resource;
  if (nick === undefined) return errors.jidMalformed("A nickname is needed: room@service/nickname");
  const muc = child(stanza.element, "x", NS.muc);
  const present = room.sessions.get(stanza.from.full);
  if (present && present.nick !== nick) return changeNickname(room, present, nick, stanza);
  if (present && muc) return resynchronize(room, present, stanza);
  if (present) {
    updatePayload(present, stanza);
    broadcastPresence(room, present);
    return undefined;
  }
  const refusal =
    refuseEntry(room, stanza.from.bare, muc && childText(muc, "password")) ??
    refuseNickname(room, stanza.from.bare, nick);
  if (refusal) return refusal;
  join(room, stanza, nick, created);
  return undefined;
}

function join(room: Room, stanza: Stanza, nick: string, created: boolean): void {
  const { full, bare } = stanza.from;
  const shared = room.occupants.get(nick);
  const occupant = shared ?? newOccupant(room, bare, nick);
  occupant.sessions.set(full, { jid: full, payload: presencePayload(stanza) });
  room.occupants.set(nick, occupant);
  room.sessions.set(full, occupant);
  sendRoster(room, occupant, full);
  announce(room, occupant);
  for (const session of occupant.sessions.keys()) {
    if (session !== full) sendOwnPresence(room, occupant, session, {});
  }
  sendOwnPresence(room, occupant, full, { selfStatuses: entryStatuses(room, created) }, stanza.id);
  sendConversation(room, stanza);
}

/** Sections 7.2.1 and 17.3: a client that joins again gets all that a new occupant gets. */
function resynchronize(room: Room, occupant: Occupant, stanza: Stanza): undefined {
  const before = leadingSession(occupant);
  const payload = presencePayload(stanza);
  const changed = before.jid !== stanza.from.full || before.payload !== payload;
  updatePayload(occupant, stanza);
  sendRoster(room, occupant, stanza.from.full);
  if (changed) announce(room, occupant);
  sendOwnPresence(room, occupant, stanza.from.full, { selfStatuses: entryStatuses(room, false) }, stanza.id);
  sendConversation(room, stanza);
}

function newOccupant(room: Room, bareJid: string, nick: string): Occupant {
  const affiliation = room.affiliationOf(bareJid);
  const role = room.defaultRole(affiliation);
  const id = occupantId(room, bareJid);
  return { nick, bareJid, id, affiliation, role, sessions: new Map(), announced: false };
}

function entryStatuses(room: Room, created: boolean): number[] {
  const statuses = room.config.whois === "anyone" ? [100] : [];
  return created ? [...statuses, 201] : statuses;
}

/** History, then the subject (sections 7.2.13 and 7.2.15). */
function sendConversation(room: Room, stanza: Stanza): void {
  const to = [stanza.from.full];
  const muc = child(stanza.element, "x", NS.muc);
  const now = room.environment.now();
  const request = muc
    ? readHistoryRequest(muc, now)
    : { maxChars: undefined, maxStanzas: undefined, since: undefined };
  for (const message of room.history.select(request, stanza.from.full)) {
    room.effects.copies(message.head, message.tail, to);
  }
  const { head, tail } = subjectMessage(room, room.subject);
  room.effects.copies(head, tail, to);
}

function updatePayload(occupant: Occupant, stanza: Stanza): void {
  const { full } = stanza.from;
  occupant.sessions.delete(full); // put last: its presence is the one that counts now
  occupant.sessions.set(full, { jid: full, payload: presencePayload(stanza) });
}
