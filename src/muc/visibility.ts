// Who may see what. Everything that could show a real JID or a hidden occupant asks here.
import type { Jid } from "../xmpp/jid.ts";
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

/** Whether a room is there for a user: until it is configured, for its creator and those in it (section 10.1.1). */
export function isThereFor(room: Room, user: Jid): boolean {
  return !room.locked || room.sessions.has(user.full) || room.affiliationOf(user.bare) === "owner";
}

/**
 * Whether a user is told what is being discussed and by how many (section 14.4): those in the room, those who
 * could just walk in, and the room's staff.
 */
export function seesDiscussion(room: Room, user: Jid): boolean {
  if (room.sessions.has(user.full)) return true;
  const affiliation = room.affiliationOf(user.bare);
  if (affiliation === "owner" || affiliation === "admin") return true;
  if (affiliation === "outcast" || room.config.passwordProtected) return false;
  return affiliation === "member" || (room.config.public && !room.config.membersOnly);
}

/** Whether a client, by full JID, asked for versions of the lists of affiliations when it entered (XEP-0463). */
export const wantsVersions = (room: Room, session: string): boolean =>
  room.sessions.get(session)?.sessions.get(session)?.wantsVersions === true;

/** Recipients with what each is told of a new version: those who asked for it, and the others; all together where there is none. */
export function splitByVersions(
  room: Room,
  to: readonly string[],
  version: string | undefined,
): [version: string | undefined, to: readonly string[]][] {
  if (version === undefined) return [[undefined, to]];
  const asked = to.filter((session) => wantsVersions(room, session));
  return [
    [version, asked],
    [undefined, to.filter((session) => !wantsVersions(room, session))],
  ];
}
