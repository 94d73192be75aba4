// The consequences of a changed configuration (XEP-0045 sections 10.2 and 10.2.1).

import { resetRoles } from "../affiliations/role-change.ts";
import { settlePublicLog } from "../archive/public-log.ts";
import type { RoomConfig } from "../model/room-config.ts";
import { removeOccupant } from "../occupants/leave.ts";
import { isBehindGate } from "../permissions/gate.ts";
import { forgetRoles } from "../permissions/kept-roles.ts";
import { sessionsSeeing } from "../permissions/room-audience.ts";
import { noteRealJids, showsAbsentMembers } from "../permissions/visibility.ts";
import { sendAbsentMembers } from "../presence/absent-members.ts";
import { announce, updateAnnounced } from "../presence/presence.ts";
import type { Room } from "../room/room.ts";
import { logStatus } from "./log-change.ts";
import { sendStatuses } from "./status-message.ts";

/** Applies a configuration, announces the changes and removes occupants who may not stay. */
export function applyConfig(room: Room, config: RoomConfig): void {
  const before = room.config;
  const wasLocked = room.locked;
  // Occupants who have to leave have not agreed to show their real JIDs, so `whois` changes after they have left.
  room.change({ kind: "config-changed", config: { ...config, whois: before.whois }, locked: false });
  const logs = settlePublicLog(room) ? [logStatus(room)] : [];
  // The creator of a locked room is alone in it: no change of the broadcast to announce.
  const { presenceBroadcast } = config;
  const statuses = changeStatuses(wasLocked ? { ...before, presenceBroadcast } : before, config, logs);
  if (statuses.length > 0) sendStatuses(room, statuses);
  if (config.membersOnly) removeNonMembers(room);
  if (before.whois !== config.whois) room.change({ kind: "config-changed", config, locked: false });
  if (before.moderated !== config.moderated) {
    forgetRoles(room);
    resetRoles(room);
  }
  if (before.gate !== config.gate || before.gateQuestion !== config.gateQuestion) moveGate(room);
  if (before.whois !== config.whois && config.whois === "anyone") noteRealJids(room);
  if (before.whois !== config.whois) for (const occupant of room.occupants.values()) announce(room, occupant);
  updateBroadcast(room, before);
  room.closeIfAbandoned();
}

/** Returns the status codes of a change (sections 10.2.1 and 16.6) in ascending order, but 104 (other changes) last. */
function changeStatuses(before: RoomConfig, after: RoomConfig, logs: readonly number[]): number[] {
  const statuses: number[] = [];
  const absent = [before, after].map((config) => config.presenceBroadcast.includes("none"));
  if (!absent[0] && absent[1]) statuses.push(102);
  if (absent[0] && !absent[1]) statuses.push(103);
  statuses.push(...logs);
  if (before.whois !== after.whois) statuses.push(after.whois === "anyone" ? 172 : 173);
  const others = [before, after].map(
    ({ whois: _whois, publicLogging: _publicLogging, presenceBroadcast, ...rest }) =>
      JSON.stringify({ ...rest, shown: presenceBroadcast.filter((role) => role !== "none") }),
  );
  if (others[0] !== others[1]) statuses.push(104);
  return statuses;
}

/** Removes non-members from a room that became members-only (section 10.2). */
function removeNonMembers(room: Room): void {
  const leaving = [...room.occupants.values()].filter(({ affiliation }) => affiliation === "none");
  room.expectDepartures(leaving.length);
  const notice = { statuses: [322] };
  for (const occupant of leaving) removeOccupant(room, occupant, notice);
}

/** Takes the voice of those who have to answer now, and gives it to those who need not any more. */
function moveGate(room: Room): void {
  resetRoles(
    room,
    ({ bareJid, affiliation, role }) => role === "visitor" || isBehindGate(room, bareJid, affiliation),
  );
}

/** Shows and hides occupants and absent members according to the new muc#roomconfig_presencebroadcast. */
function updateBroadcast(room: Room, before: RoomConfig): void {
  updateAnnounced(room);
  if (showsAbsentMembers(room) && !before.presenceBroadcast.includes("none")) {
    for (const realJids of [true, false]) sendAbsentMembers(room, realJids, sessionsSeeing(room, realJids));
  }
}
