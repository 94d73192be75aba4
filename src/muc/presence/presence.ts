// What a room's presence stanzas say (XEP-0045 sections 7.2.2 and 7.14) and who gets which variant.
import { archivePresence } from "../archive/archive-extras.ts";
import { type ClientPresence, SAYS_NOTHING } from "../model/client-presence.ts";
import { audienceOf, sessionsSeeing, wantsVersions } from "../permissions/room-audience.ts";
import { isBroadcast, seesRealJids, showsAbsentMembers } from "../permissions/visibility.ts";
import { leadingSession, type Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { showAbsentMembers } from "./absent-members.ts";
import { type Notice, stateOf } from "./occupant-presence.ts";
import { PresenceBroadcast, SelfPresence } from "./presence-broadcast.ts";
import { rosterOf } from "./roster.ts";

const NOTHING: Notice = {};

/** Shows an occupant as it is to the others, who may be spared an earlier state of it that they have not got yet. */
function showToOthers(room: Room, occupant: Occupant): void {
  for (const realJids of [true, false]) {
    const to = sessionsSeeing(room, realJids, occupant);
    if (to.count === 0) continue;
    // Its first presence is always told: messages may follow it.
    const replaceable = occupant.announced ? `${realJids} ${occupant.nick}` : undefined;
    room.effects.broadcastLazily(rosterOf(room).show(occupant, realJids), to, replaceable);
  }
}

/** Tells the others (not the occupant's own sessions) of an occupant, each in the variant it may see. */
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

/** Tells clients of an occupant of itself (status 110); each always sees its own full JID. */
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

/** Sends an occupant's present state to the others and to its own sessions (sections 7.2.2 and 7.7). */
export function broadcastPresence(room: Room, occupant: Occupant, notice: Notice = {}): void {
  announce(room, occupant, notice);
  sendToSelf(room, occupant, occupant.sessions.list, false, leadingSession(occupant), notice);
}

/** Tells the others of an occupant, or takes it back where its role is not (any more) one that is broadcast. */
export function announce(room: Room, occupant: Occupant, notice = NOTHING): void {
  if (isBroadcast(room, occupant)) {
    const said = leadingSession(occupant);
    if (!occupant.announced) archivePresence(room, occupant, "arrival", said);
    if (notice === NOTHING) showToOthers(room, occupant);
    else sendToOthers(room, occupant, false, said, notice);
    occupant.announced = true;
  } else if (occupant.announced) {
    archivePresence(room, occupant, "departure", SAYS_NOTHING);
    occupant.announced = false;
    sendToOthers(room, occupant, true, SAYS_NOTHING, notice, "none");
  }
}

/** Sends one client the self-presence that ends the list of occupants (section 7.2.2). */
export function sendOwnPresence(room: Room, occupant: Occupant, session: string, notice: Notice): void {
  sendToSelf(room, occupant, [session], false, leadingSession(occupant), notice);
}

/** Sends one session the presence of everybody else it may know of, then of absent members where they are shown. */
export function sendRoster(room: Room, viewer: Occupant, session: string): void {
  const realJids = seesRealJids(room, viewer);
  room.effects.defer(rosterOf(room).others(viewer, realJids, session));
  if (showsAbsentMembers(room)) showAbsentMembers(room, realJids, session);
}

/**
 * Tells everybody of an occupant whose role or affiliation may have changed; where it sees
 * real JIDs now and did not before (`sawRealJids`), it is told of the others anew when all else is told (sections 7.2.3
 * and 7.2.4).
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

/** Shows an occupant who sees real JIDs now the others, once all changes are made: many may gain that sight at once. */
function showOthersTo(room: Room, occupant: Occupant): void {
  room.beforeEffects(occupant, () => {
    if (room.occupants.get(occupant.nick) !== occupant || !seesRealJids(room, occupant)) return;
    for (const session of occupant.sessions.keys()) sendRoster(room, occupant, session);
  });
}

/** Tells clients of an occupant that they are out of the room, or out under this nickname (sections 7.6 and 7.14). */
export function sendDeparture(
  room: Room,
  occupant: Occupant,
  sessions: readonly string[],
  notice: Notice,
  said = SAYS_NOTHING,
): void {
  sendToSelf(room, occupant, sessions, true, said, notice);
}

/** Tells the others that an occupant is gone. */
export function announceDeparture(room: Room, occupant: Occupant, notice: Notice, said = SAYS_NOTHING): void {
  if (!occupant.announced) return;
  archivePresence(room, occupant, "departure", said);
  occupant.announced = false;
  sendToOthers(room, occupant, true, said, notice);
}
