// What a room's presence stanzas say (XEP-0045 sections 7.2.2 and 7.14) and who gets which variant.
import { escapeAttribute } from "../xmpp/escape.ts";
import { NS } from "../xmpp/namespaces.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import type { Actor } from "./actor.ts";
import type { Affiliation, Role } from "./affiliation.ts";
import type { Recipients } from "./effects.ts";
import type { AffiliationRecord } from "./journal.ts";
import { occupantMarks, presenceMarks } from "./marks.ts";
import { leadingSession, type Occupant } from "./occupant.ts";
import { occupantId, occupantIdTag } from "./occupant-id.ts";
import type { Room } from "./room.ts";
import { writeStatuses } from "./status-tags.ts";
import {
  isBroadcast,
  seesRealJids,
  sessionsSeeing,
  showsAbsentMembers,
  splitByVersions,
  wantsVersions,
} from "./visibility.ts";

/** What a presence says beyond the occupant's own state. */
export interface Notice {
  readonly statuses?: readonly number[];
  /** Only the occupant itself is told these (100, 170, 201, 210). */
  readonly selfStatuses?: readonly number[];
  readonly actor?: Actor | undefined;
  readonly reason?: string | undefined;
  /** The new nickname (303). */
  readonly nick?: string;
  /** Children of x beside item, as markup: destroy (section 10.9), at an entry the version of the lists (XEP-0463). */
  readonly extra?: string;
  /** The same, for those alone who see real JIDs and asked for it when they entered (XEP-0463). */
  readonly version?: string | undefined;
}

interface Item {
  readonly affiliation: Affiliation;
  readonly role: Role;
  readonly jid: string | undefined;
}

function writeUserExtension(
  item: Item,
  notice: Notice,
  seesJids: boolean,
  statuses: readonly number[],
): string {
  const { actor, reason } = notice;
  const actorTag = actor ? tag("actor", { nick: actor.nick, jid: seesJids ? actor.jid : undefined }) : "";
  const version = seesJids ? (notice.version ?? "") : "";
  const content = actorTag + (reason ? textTag("reason", reason) : "");
  const { affiliation, role, jid } = item;
  const itemTag = tag("item", { affiliation, role, jid, nick: notice.nick }, content);
  return tag("x", { xmlns: NS.mucUser }, itemTag + writeStatuses(statuses) + (notice.extra ?? "") + version);
}

const head = (from: string, unavailable: boolean): string =>
  `<presence from="${escapeAttribute(from)}"${unavailable ? ' type="unavailable"' : ""} to="`;

/** Tells the others (not the occupant's own sessions) of an occupant, each in the variant it may see. */
function sendToOthers(
  room: Room,
  occupant: Occupant,
  unavailable: boolean,
  payload: string,
  notice: Notice,
  role = occupant.role,
): void {
  const start = head(room.occupantAddress(occupant.nick), unavailable);
  const { affiliation } = occupant;
  const marks = unavailable ? occupantMarks(occupant) : presenceMarks(room, occupant);
  for (const realJids of [true, false]) {
    const to = sessionsSeeing(room, realJids, occupant);
    const item = { affiliation, role, jid: realJids ? leadingSession(occupant).jid : undefined };
    for (const [versions, part] of splitByVersions(room, to, notice.version)) {
      if (part.length === 0) continue;
      const said = { ...notice, version: realJids ? versions : undefined };
      const extension = writeUserExtension(item, said, realJids, notice.statuses ?? []);
      room.effects.copies(start, `">${payload}${marks}${extension}</presence>`, part);
    }
  }
}

/** Tells an occupant's session of itself (status 110); it always sees its own full JID. */
function sendToSelf(
  room: Room,
  occupant: Occupant,
  session: string,
  unavailable: boolean,
  payload: string,
  notice: Notice,
  id?: string,
): void {
  const { affiliation, role } = occupant;
  const marks = unavailable ? occupantMarks(occupant) : presenceMarks(room, occupant);
  const statuses = [...(notice.statuses ?? []), ...(notice.selfStatuses ?? []), 110];
  const actorJidShown = seesRealJids(room, occupant);
  const version = wantsVersions(room, session) ? notice.version : undefined;
  const said = { ...notice, version };
  const extension = writeUserExtension({ affiliation, role, jid: session }, said, actorJidShown, statuses);
  const attributes = {
    from: room.occupantAddress(occupant.nick),
    type: unavailable ? "unavailable" : undefined,
    id,
    to: session,
  };
  room.effects.send(tag("presence", attributes, payload + marks + extension));
}

/** Sends an occupant's present state to the others and to its own sessions (sections 7.2.2 and 7.7). */
export function broadcastPresence(room: Room, occupant: Occupant, notice: Notice = {}): void {
  announce(room, occupant, notice);
  const { payload } = leadingSession(occupant);
  for (const session of occupant.sessions.keys()) sendToSelf(room, occupant, session, false, payload, notice);
}

/** Tells the others of an occupant, or takes it back where its role is not (any more) one that is broadcast. */
export function announce(room: Room, occupant: Occupant, notice: Notice = {}): void {
  if (isBroadcast(room, occupant)) {
    sendToOthers(room, occupant, false, leadingSession(occupant).payload, notice);
    occupant.announced = true;
  } else if (occupant.announced) {
    occupant.announced = false;
    sendToOthers(room, occupant, true, "", notice, "none");
  }
}

/** Sends the self-presence that ends the list of occupants (section 7.2.2), with the id of the request. */
export function sendOwnPresence(
  room: Room,
  occupant: Occupant,
  session: string,
  notice: Notice,
  id?: string,
): void {
  sendToSelf(room, occupant, session, false, leadingSession(occupant).payload, notice, id);
}

/** Sends one session the presence of everybody else it may know of, then of absent members where they are shown. */
export function sendRoster(room: Room, viewer: Occupant, session: string): void {
  const realJids = seesRealJids(room, viewer);
  for (const occupant of room.occupants.values()) {
    if (occupant === viewer || !isBroadcast(room, occupant)) continue;
    const { jid, payload } = leadingSession(occupant);
    const { affiliation, role } = occupant;
    const extension = writeUserExtension(
      { affiliation, role, jid: realJids ? jid : undefined },
      {},
      false,
      [],
    );
    room.effects.copies(
      head(room.occupantAddress(occupant.nick), false),
      `">${payload}${presenceMarks(room, occupant)}${extension}</presence>`,
      [session],
    );
  }
  if (showsAbsentMembers(room)) sendAbsentMembers(room, realJids, [session]);
}

/**
 * Tells everybody of an occupant whose role or affiliation may have changed; where it sees
 * real JIDs now and did not before (`sawRealJids`), it is told of the others anew (sections 7.2.3 and 7.2.4).
 */
export function broadcastStanding(
  room: Room,
  occupant: Occupant,
  sawRealJids: boolean,
  notice: Notice = {},
): void {
  broadcastPresence(room, occupant, notice);
  if (sawRealJids || !seesRealJids(room, occupant)) return;
  for (const session of occupant.sessions.keys()) sendRoster(room, occupant, session);
}

/** Sends the unavailable presence of members who have a reserved nickname and are not in the room. */
export function sendAbsentMembers(room: Room, realJids: boolean, to: Recipients): void {
  for (const record of room.affiliations.values()) sendAbsentMember(room, record, realJids, to);
}

function sendAbsentMember(room: Room, record: AffiliationRecord, realJids: boolean, to: Recipients): void {
  const { nick, affiliation, jid } = record;
  if (nick === undefined || affiliation === "outcast" || room.occupantsOf(jid).length > 0) return;
  const item: Item = { affiliation, role: "none", jid: realJids ? jid : undefined };
  const extension = writeUserExtension(item, { nick }, false, []);
  const mark = occupantIdTag(occupantId(room, jid));
  room.effects.copies(head(room.occupantAddress(nick), true), `">${mark}${extension}</presence>`, to);
}

/** Tells everybody of one member who is not in the room, where absent members are shown. */
export function announceAbsentMember(room: Room, record: AffiliationRecord): void {
  if (room.closed || !showsAbsentMembers(room)) return;
  for (const realJids of [true, false])
    sendAbsentMember(room, record, realJids, sessionsSeeing(room, realJids));
}

/** Tells clients of an occupant that they are out of the room, or out under this nickname (sections 7.6 and 7.14). */
export function sendDeparture(
  room: Room,
  occupant: Occupant,
  sessions: readonly string[],
  notice: Notice,
  payload = "",
): void {
  for (const session of sessions) sendToSelf(room, occupant, session, true, payload, notice);
}

/** Tells the others that an occupant is gone. */
export function announceDeparture(room: Room, occupant: Occupant, notice: Notice, payload = ""): void {
  if (!occupant.announced) return;
  sendToOthers(room, occupant, true, payload, notice);
}
