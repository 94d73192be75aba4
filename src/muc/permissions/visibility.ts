// Rules for what users may see. All code that could show a real JID or a hidden occupant uses them.
import type { Jid } from "../../xmpp/jid.ts";
import { isAdmin } from "../model/affiliation.ts";
import { textNote } from "../model/note-format.ts";
import type { Actor } from "../room/actor.ts";
import { lockdownOf } from "../room/lockdown.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { isModerator, isOpen } from "./privileges.ts";
import { isSilenced } from "./silences.ts";

/** Returns true for an occupant who sees the real JIDs of the others (XEP-0045 sections 7.2.3 and 7.2.4). */
export function seesRealJids(room: Room, viewer: Occupant): boolean {
  return room.config.whois === "anyone" || viewer.role === "moderator";
}

/**
 * Returns true for an occupant whose presence the others get (muc#roomconfig_presencebroadcast). A lock-down hides
 * unaffiliated occupants without voice: a raid reaches people by its nicknames too. A moderated room shows its visitors.
 * All it depends on is stored, so a restart changes nothing.
 */
export function isBroadcast(room: Room, { role, affiliation }: Occupant): boolean {
  const { presenceBroadcast, moderated } = room.config;
  const isQuiet = role === "visitor" && affiliation === "none" && !moderated;
  return presenceBroadcast.includes(role) && !(isQuiet && lockdownOf(room));
}

/**
 * Returns true if the others hear what a user (bare JID) says: messages, private messages and invitations. A silenced user
 * is not told.
 */
export const isHeard = (room: Room, bareJid: string): boolean => !isSilenced(room, bareJid);

/** Returns true if kicks, bans and moderations name who did them (XEP-0045 section 8.2, XEP-0425). */
export const namesModerators = ({ config }: Room): boolean => config.nameModerators;

/** Returns the actor that a presence shows. */
export const shownActor = (room: Room, actor: Actor | undefined): Actor | undefined =>
  namesModerators(room) ? actor : undefined;

/** Returns true if members who are not in the room are shown as unavailable (the broadcast of "none"). */
export function showsAbsentMembers(room: Room): boolean {
  return room.config.presenceBroadcast.includes("none");
}

/**
 * Returns true if a room answers requests of a user (section 10.1.1). A room that is not configured yet answers only
 * its owners, administrators of the service and occupants.
 */
export function isThereFor(room: Room, user: Jid): boolean {
  return !room.locked || room.sessions.has(user.full) || room.affiliationOf(user.bare) === "owner";
}

/**
 * Returns true for a user who may know the subject and the number of occupants (section 14.4): occupants, admins,
 * owners, and users who could enter without a password.
 */
export function seesDiscussion(room: Room, user: Jid): boolean {
  if (room.sessions.has(user.full)) return true;
  const affiliation = room.affiliationOf(user.bare);
  if (isAdmin(affiliation)) return true;
  if (affiliation === "outcast" || room.config.passwordProtected) return false;
  return affiliation === "member" || (room.config.public && !room.config.membersOnly);
}

/**
 * Returns true for a user who may know who is in the room (section 6.5): occupants, and in a public and open room
 * everybody who is not banned.
 */
export function seesOccupants(room: Room, user: Jid): boolean {
  if (room.sessions.has(user.full)) return true;
  return room.config.public && isOpen(room.config) && room.affiliationOf(user.bare) !== "outcast";
}

/**
 * Returns true for a user who may read the archive: one who may enter now (XEP-0313 section 6.1.2). In a room with a
 * password these are occupants and affiliated users: others have not shown that they know it.
 */
export function readsArchive(room: Room, user: Jid): boolean {
  const affiliation = room.affiliationOf(user.bare);
  if (affiliation !== "none") return affiliation !== "outcast";
  return isOpen(room.config) || room.occupantsOf(user.bare).length > 0;
}

/**
 * Returns true for a user who may read in the archive who entered and left: occupants and affiliated users. Others who
 * could enter would be seen in the room while they watch.
 */
export function seesPastPresence(room: Room, user: Jid): boolean {
  const affiliation = room.affiliationOf(user.bare);
  return affiliation === "none" ? room.occupantsOf(user.bare).length > 0 : affiliation !== "outcast";
}

/** Name of the note with the time since which all occupants see real JIDs; there is none if they always did. */
const OPEN_SINCE = "real-jids-since";

/** If it is damaged, real JIDs from before now stay hidden. */
export const realJidsNote = textNote(
  OPEN_SINCE,
  "milliseconds since 1970",
  (text) => /^\d{1,15}$/.test(text),
  String,
);

/** Notes that all occupants see real JIDs from now on. */
export function noteRealJids(room: Room): void {
  room.note(OPEN_SINCE, String(room.environment.now()));
}

/**
 * Returns the time since which the archive shows a user the real JIDs of senders, in milliseconds since 1970: 0 for
 * always, undefined for never. Moderators, admins and owners see all. In a non-anonymous room occupants and members see
 * those of messages since the room became so.
 */
export function realJidsSince(room: Room, user: Jid): number | undefined {
  const affiliation = room.affiliationOf(user.bare);
  if (isAdmin(affiliation) || isModerator(room, user.bare)) return 0;
  const isInside = affiliation === "member" || room.occupantsOf(user.bare).length > 0;
  return room.config.whois === "anyone" && isInside ? Number(room.notes.get(OPEN_SINCE) ?? 0) : undefined;
}
