// Who may see what. Everything that could show a real JID or a hidden occupant asks here.
import type { Occupant } from "./occupant.ts";
import type { Room } from "./room.ts";

/** Whether an occupant sees the real JIDs of the others (XEP-0045 sections 7.2.3 and 7.2.4). */
export function seesRealJids(room: Room, viewer: Occupant): boolean {
  return room.config.whois === "anyone" || viewer.role === "moderator";
}

/** Whether the others are told of an occupant (muc#roomconfig_presencebroadcast). */
export function isBroadcast(room: Room, occupant: Occupant): boolean {
  return occupant.role !== "none" && room.config.presenceBroadcast.includes(occupant.role);
}

/** Whether members who are not in the room are shown as unavailable (the broadcast of "none"). */
export function showsAbsentMembers(room: Room): boolean {
  return room.config.presenceBroadcast.includes("none");
}

/** Full JIDs of the sessions of those who see real JIDs (`true`) or do not (`false`), one occupant left out. */
export function sessionsSeeing(room: Room, realJids: boolean, except?: Occupant): string[] {
  const found: string[] = [];
  for (const viewer of room.occupants.values()) {
    if (viewer.nick === except?.nick || seesRealJids(room, viewer) !== realJids) continue;
    found.push(...viewer.sessions.keys());
  }
  return found;
}
