// Who may see what. Everything that could show a real JID or a hidden occupant asks here.
import type { Jid } from "../../xmpp/jid.ts";
import { isAdmin } from "../model/affiliation.ts";
import { textNote } from "../model/note-format.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { isModerator, isOpen } from "./privileges.ts";

/** Whether an occupant sees the real JIDs of the others (XEP-0045 sections 7.2.3 and 7.2.4). */
export function seesRealJids(room: Room, viewer: Occupant): boolean {
  return room.config.whois === "anyone" || viewer.role === "moderator";
}

/** Whether the others are told of an occupant (muc#roomconfig_presencebroadcast). */
export function isBroadcast(room: Room, occupant: Occupant): boolean {
  return room.config.presenceBroadcast.includes(occupant.role);
}

/** Whether members who are not in the room are shown as unavailable (the broadcast of "none"). */
export function showsAbsentMembers(room: Room): boolean {
  return room.config.presenceBroadcast.includes("none");
}

/**
 * Whether a room answers a user's requests (section 10.1.1): one that is not configured yet answers its owners, the
 * service's administrators among them, and who is in it.
 */
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
  if (isAdmin(affiliation)) return true;
  if (affiliation === "outcast" || room.config.passwordProtected) return false;
  return affiliation === "member" || (room.config.public && !room.config.membersOnly);
}

/**
 * Whether a user is told who is in the room (section 6.5): those in it, and everybody but the banned where anybody who
 * finds the room could just walk in.
 */
export function seesOccupants(room: Room, user: Jid): boolean {
  if (room.sessions.has(user.full)) return true;
  return room.config.public && isOpen(room.config) && room.affiliationOf(user.bare) !== "outcast";
}

/**
 * Whether a user may read the archive: whoever may enter now (XEP-0313 section 6.1.2). Where that takes a password,
 * it is for those who are inside, and for the affiliated: others have not shown that they know it.
 */
export function readsArchive(room: Room, user: Jid): boolean {
  const affiliation = room.affiliationOf(user.bare);
  if (affiliation !== "none") return affiliation !== "outcast";
  return isOpen(room.config) || room.occupantsOf(user.bare).length > 0;
}

/**
 * Whether a user is told who came to the room and who went: those who are told of it as it happens, or would be if they
 * were in the room as the members that they are. Whoever else could walk in would be seen there.
 */
export function seesPastPresence(room: Room, user: Jid): boolean {
  const affiliation = room.affiliationOf(user.bare);
  return affiliation === "none" ? room.occupantsOf(user.bare).length > 0 : affiliation !== "outcast";
}

/** The note that tells since when everybody in the room sees real JIDs; none where that was always so. */
const OPEN_SINCE = "real-jids-since";

/** Where it is damaged nobody is shown the real JIDs of before. */
export const realJidsNote = textNote(
  OPEN_SINCE,
  "milliseconds since 1970",
  (text) => /^\d{1,15}$/.test(text),
  String,
);

/** Notes that from now on everybody sees real JIDs. */
export function noteRealJids(room: Room): void {
  room.note(OPEN_SINCE, String(room.environment.now()));
}

/**
 * From when on the archive shows a user who has spoken, by real JID: in milliseconds since 1970, 0 for always,
 * undefined for never. Moderators and the room's staff see all; in a room that shows real JIDs to all, occupants and
 * members see those of what was said there since it does.
 */
export function realJidsSince(room: Room, user: Jid): number | undefined {
  const affiliation = room.affiliationOf(user.bare);
  if (isAdmin(affiliation) || isModerator(room, user.bare)) return 0;
  const isInside = affiliation === "member" || room.occupantsOf(user.bare).length > 0;
  return room.config.whois === "anyone" && isInside ? Number(room.notes.get(OPEN_SINCE) ?? 0) : undefined;
}
