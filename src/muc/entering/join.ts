// Joins (XEP-0045 section 7.2).
import { child, childText } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { sendAvatar } from "../administration/avatar.ts";
import { followPages } from "../administration/log-change.ts";
import { noteEntry } from "../administration/raids.ts";
import { currentVersion, sendAffiliations } from "../affiliations/affiliation-versions.ts";
import { askAtGate } from "../affiliations/gate-question.ts";
import { historyOf } from "../archive/archive.ts";
import { historyLengthOf, historySince } from "../archive/archive-limits.ts";
import { readHistoryRequest } from "../archive/history.ts";
import { isPubliclyLogged } from "../archive/public-log.ts";
import { sendPendingRequests } from "../membership/registration-request.ts";
import { subjectMessage } from "../messages/subject-change.ts";
import { type DeliveryOutcome, DONE } from "../model/outcome.ts";
import { entryRole } from "../permissions/kept-roles.ts";
import { isRewritten, refuseNickname } from "../permissions/nickname.ts";
import { refuseEntry, refuseSessions } from "../permissions/privileges.ts";
import { requestOf } from "../presence/occupant-presence.ts";
import { announce, sendOwnPresence, sendRoster } from "../presence/presence.ts";
import { readPresence } from "../presence/presence-payload.ts";
import { leadingSession, newOccupant, type Occupant } from "../room/occupant.ts";
import { occupantId } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";

/** Lets a client enter (section 7.2). Access checks run before nickname checks. */
export function enter(room: Room, stanza: Stanza, nick: string, created: boolean): DeliveryOutcome {
  const { bare } = stanza.from;
  const muc = child(stanza.element, "x", NS.muc);
  noteEntry(room, bare);
  followPages(room);
  const addsOccupant = room.occupants.get(nick)?.bareJid !== bare;
  const refusal =
    refuseEntry(room, bare, muc && childText(muc, "password"), addsOccupant) ??
    refuseNickname(room, bare, nick) ??
    refuseSessions(room, bare);
  if (refusal) return refuse(refusal);
  join(room, stanza, nick, created);
  return DONE;
}

function join(room: Room, stanza: Stanza, nick: string, created: boolean): void {
  const { full, bare } = stanza.from;
  const shared = room.occupants.get(nick);
  const occupant = shared ?? enteringOccupant(room, bare, nick);
  if (!shared) room.addOccupant(occupant);
  room.setPresence(occupant, full, readPresence(stanza));
  welcome(room, occupant, stanza, created ? [201] : []);
}

function enteringOccupant(room: Room, bareJid: string, nick: string): Occupant {
  const affiliation = room.affiliationOf(bareJid);
  const role = entryRole(room, bareJid, affiliation);
  return newOccupant({ nick, bareJid, id: occupantId(room, bareJid), affiliation, role });
}

/**
 * Handles a client that joins again: it gets everything that a new occupant gets (sections 7.2.1 and 17.3), but no
 * history if the join changes its nickname (section 7.6).
 */
export function resynchronize(room: Room, occupant: Occupant, stanza: Stanza, isRename: boolean): void {
  const before = leadingSession(occupant);
  const presence = readPresence(stanza);
  const isSame = before.payload === presence.payload && before.language === presence.language;
  const changed = isRename || before.jid !== stanza.from.full || !isSame;
  // The service may have stopped after it stored the join and before it sent the presence to the others.
  const isRestored = occupant.sessions.get(stanza.from.full)?.isRestored === true;
  room.setPresence(occupant, stanza.from.full, presence);
  welcome(room, occupant, stanza, [], { announces: changed || isRestored, isRename });
}

/**
 * Sends a client all presence in the order of section 7.1, then history and subject. `announces`: sends its presence to
 * the others too.
 */
function welcome(
  room: Room,
  occupant: Occupant,
  stanza: Stanza,
  statuses: readonly number[],
  { announces = true, isRename = false } = {},
): void {
  const { full } = stanza.from;
  sendAffiliations(room, occupant, stanza);
  sendRoster(room, occupant, full);
  if (announces) {
    announce(room, occupant);
    for (const session of occupant.sessions.keys())
      if (session !== full) sendOwnPresence(room, occupant, session, {});
  }
  const selfStatuses = [...entryStatuses(room, occupant, stanza), ...statuses];
  const extra = currentVersion(room, stanza.from);
  sendOwnPresence(room, occupant, full, { selfStatuses, extra, answers: requestOf(stanza) });
  sendAvatar(room, full);
  sendConversation(room, stanza, isRename);
  sendPendingRequests(room, occupant, full);
  askAtGate(room, occupant, full, stanza.id);
}

/** Returns the statuses of the self-presence on entering (sections 7.2.2, 7.2.3 and 7.2.12). */
function entryStatuses(room: Room, occupant: Occupant, stanza: Stanza): number[] {
  return [
    ...(room.config.whois === "anyone" ? [100] : []),
    ...(isPubliclyLogged(room) ? [170] : []),
    ...(isRewritten(stanza, occupant.nick) ? [210] : []),
  ];
}

/** Sends the history, then the subject (sections 7.2.13 and 7.2.15). */
function sendConversation(room: Room, stanza: Stanza, isRename: boolean): void {
  const muc = child(stanza.element, "x", NS.muc);
  const now = room.environment.now();
  const request = muc
    ? readHistoryRequest(muc, now)
    : { maxChars: undefined, maxStanzas: undefined, since: undefined };
  const historyLength = historyLengthOf(room);
  const maxStanzas = Math.min(request.maxStanzas ?? historyLength, historyLength);
  const since = Math.max(request.since ?? 0, historySince(room));
  const { full } = stanza.from;
  const messages = isRename ? [] : historyOf(room).select({ ...request, maxStanzas, since }, full);
  room.effects.batch([...messages, subjectMessage(room, room.subject)], full);
}
