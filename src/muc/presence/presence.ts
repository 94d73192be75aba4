// Presence stanzas of a room (XEP-0045 sections 7.2.2 and 7.14), and the recipients of each variant.
import { archivePresence } from "../archive/archive-extras.ts";
import { type ClientPresence, EMPTY_PRESENCE } from "../model/client-presence.ts";
import { audienceOf, sessionsSeeing, wantsVersions } from "../permissions/room-audience.ts";
import { isBroadcast, seesRealJids, showsAbsentMembers } from "../permissions/visibility.ts";
import { leadingSession, type Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { tellDeparture, tellEntry } from "../room/tell.ts";
import { showAbsentMembers } from "./absent-members.ts";
import { type Notice, stateOf } from "./occupant-presence.ts";
import { PresenceBroadcast, SelfPresence } from "./presence-broadcast.ts";
import { rosterOf } from "./roster.ts";

const NO_NOTICE: Notice = {};

/** Sends an occupant's current state to the others. It may replace an earlier state that still waits in the output. */
function showToOthers(room: Room, occupant: Occupant): void {
  for (const realJids of [true, false]) {
    const to = sessionsSeeing(room, realJids, occupant);
    if (to.count === 0) continue;
    // The first presence must not be replaced: messages may follow it.
    const coalesceKey = occupant.announced ? `${realJids} ${occupant.nick}` : undefined;
    room.effects.broadcastLazily(rosterOf(room).show(occupant, realJids), to, coalesceKey);
  }
}

/** Sends an occupant's presence to the others (not its own sessions), each in the variant it may see. */
function sendToOthers(
  room: Room,
  occupant: Occupant,
  unavailable: boolean,
  { payload, language }: ClientPresence,
  notice: Notice,
  role = occupant.role,
): void {
  const { jid } = leadingSession(occupant);
  const view = { unavailable, payload, language, role, jid, notice };
  const others = audienceOf(room).besides(occupant);
  room.effects.defer(new PresenceBroadcast(room, stateOf(room, occupant), view, others));
}

/** Sends self-presence (status 110) to clients of an occupant. Each always sees its own full JID. */
function sendToSelf(
  room: Room,
  occupant: Occupant,
  sessions: readonly string[],
  unavailable: boolean,
  { payload, language }: ClientPresence,
  notice: Notice,
): void {
  const view = { unavailable, payload, language, notice, seesJids: seesRealJids(room, occupant) };
  const { version } = notice;
  const wanting = version === undefined ? [] : sessions.filter((session) => wantsVersions(room, session));
  room.effects.defer(new SelfPresence(room, stateOf(room, occupant), view, sessions, wanting));
}

/** Sends an occupant's current state to the others and to its own sessions (sections 7.2.2 and 7.7). */
export function broadcastPresence(room: Room, occupant: Occupant, notice: Notice = {}): void {
  announce(room, occupant, notice);
  sendToSelf(room, occupant, occupant.sessions.list, false, leadingSession(occupant), notice);
}

/** Sends an occupant's presence to the others; unavailable presence if its role is not broadcast any more. */
export function announce(room: Room, occupant: Occupant, notice = NO_NOTICE): void {
  if (isBroadcast(room, occupant)) {
    const session = leadingSession(occupant);
    if (!occupant.announced) {
      archivePresence(room, occupant, "arrival", session);
      tellEntry(room, occupant);
    }
    if (notice === NO_NOTICE) showToOthers(room, occupant);
    else sendToOthers(room, occupant, false, session, notice);
    occupant.announced = true;
  } else if (occupant.announced) {
    archivePresence(room, occupant, "departure", EMPTY_PRESENCE);
    tellDeparture(room, occupant, notice, true);
    occupant.announced = false;
    sendToOthers(room, occupant, true, EMPTY_PRESENCE, notice, "none");
  }
}

/** Shows and hides occupants after a change of what isBroadcast depends on for many of them. */
export function updateAnnounced(room: Room): void {
  for (const occupant of room.occupants.values())
    if (isBroadcast(room, occupant) !== occupant.announced) announce(room, occupant);
}

/** Sends one client the self-presence that ends the list of occupants (section 7.2.2). */
export function sendOwnPresence(room: Room, occupant: Occupant, session: string, notice: Notice): void {
  sendToSelf(room, occupant, [session], false, leadingSession(occupant), notice);
}

/** Sends one session the presence of all others that it may see, then of absent members if the room shows them. */
export function sendRoster(room: Room, viewer: Occupant, session: string): void {
  const realJids = seesRealJids(room, viewer);
  room.effects.defer(rosterOf(room).others(viewer, realJids, session));
  if (showsAbsentMembers(room)) showAbsentMembers(room, realJids, session);
}

/**
 * Broadcasts the presence of an occupant whose role or affiliation may have changed. If it sees real JIDs now and did
 * not before (`sawRealJids`), also sends it the presence of the others again, after everything else (sections 7.2.3 and
 * 7.2.4).
 */
export function broadcastRole(
  room: Room,
  occupant: Occupant,
  sawRealJids: boolean,
  notice: Notice = {},
): void {
  broadcastPresence(room, occupant, notice);
  if (!sawRealJids && seesRealJids(room, occupant)) showOthersTo(room, occupant);
}

/** Sends the others' presence to an occupant, once all changes are made: one request may change many occupants. */
function showOthersTo(room: Room, occupant: Occupant): void {
  room.beforeEffects(occupant, () => {
    if (room.occupants.get(occupant.nick) !== occupant || !seesRealJids(room, occupant)) return;
    for (const session of occupant.sessions.keys()) sendRoster(room, occupant, session);
  });
}

/** Sends clients unavailable self-presence: they left the room, or gave up this nickname (sections 7.6 and 7.14). */
export function sendDeparture(
  room: Room,
  occupant: Occupant,
  sessions: readonly string[],
  notice: Notice,
  exit = EMPTY_PRESENCE,
): void {
  sendToSelf(room, occupant, sessions, true, exit, notice);
}

/** Sends the others unavailable presence of an occupant that has left. */
export function announceDeparture(
  room: Room,
  occupant: Occupant,
  notice: Notice,
  exit = EMPTY_PRESENCE,
): void {
  if (!occupant.announced) return;
  archivePresence(room, occupant, "departure", exit);
  tellDeparture(room, occupant, notice);
  occupant.announced = false;
  sendToOthers(room, occupant, true, exit, notice);
}
