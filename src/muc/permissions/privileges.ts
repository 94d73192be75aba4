// Permissions in a room (XEP-0045 sections 5.1.1 and 5.2.1). No other file decides who may do what.
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import {
  type Affiliation,
  compareAffiliations,
  defaultRole,
  isAdmin,
  type Role,
} from "../model/affiliation.ts";
import type { RoomConfig } from "../model/room-config.ts";
import { MAX_COUNT } from "../model/size-limits.ts";
import { affiliatedAs } from "../room/affiliated.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { refuseOutcast } from "./blocked-users.ts";
import { isBehindGate } from "./gate.ts";
import { isQuietInLockdown, refuseInLockdown } from "./lockdown-rules.ts";
import { muteOf } from "./mutes.ts";
import { lockedNickname } from "./nickname.ts";

/**
 * Sections 7.2.5 to 7.2.10: refuses entry to users who may not be in the room, whatever their nickname. `addsOccupant`:
 * false if the client shares the nickname of another client of its user, which is possible in a full room too.
 */
export function refuseEntry(
  room: Room,
  bareJid: string,
  password: string | undefined,
  addsOccupant: boolean,
): StanzaError | undefined {
  const affiliation = room.affiliationOf(bareJid);
  const { config } = room;
  const outcast = refuseOutcast(room, bareJid);
  if (outcast) return outcast;
  // Only clients of its creator are in it (section 10.1.1).
  if (room.locked && room.occupants.size > 0 && room.occupantsOf(bareJid).length === 0)
    return errors.itemNotFound(say`This room is not configured yet`);
  if (config.membersOnly && affiliation === "none") {
    return errors.registrationRequired(say`Only members may enter this room`);
  }
  if (config.passwordProtected && password !== config.password) {
    return errors.notAuthorized(say`The password is missing or wrong`);
  }
  const lockedDown = refuseInLockdown(room, bareJid, affiliation);
  if (lockedDown) return lockedDown;
  if (addsOccupant && room.occupants.size >= mostOccupants(room, affiliation)) {
    return errors.roomFull(say`This room is full`);
  }
  return undefined;
}

/** Returns true if everybody may enter a room of this configuration who is not banned. */
export const isOpen = ({
  membersOnly,
  passwordProtected,
}: Pick<RoomConfig, "membersOnly" | "passwordProtected">): boolean => !membersOnly && !passwordProtected;

/** Section 7.2.9: number of admins and owners who may still enter a full room. */
const SEATS_FOR_ADMINS = 10;

function mostOccupants(room: Room, affiliation: Affiliation): number {
  const ownLimit = room.config.maxUsers || Number.POSITIVE_INFINITY;
  const limit = Math.min(ownLimit, room.environment.limits.occupantsPerRoom);
  return isAdmin(affiliation) ? limit + SEATS_FOR_ADMINS : limit;
}

/** Sections 7.2.8 and 7.2.9: refuses one more client of a user who has too many in the room, under all nicknames. */
export function refuseSessions(room: Room, bareJid: string): StanzaError | undefined {
  const { sessionsPerUser } = room.environment.limits;
  const inside = room.occupantsOf(bareJid).reduce((sum, { sessions }) => sum + sessions.size, 0);
  if (inside < sessionsPerUser) return undefined;
  return errors.resourceConstraint(say`At most ${sessionsPerUser} of your clients may be in a room`);
}

/** Section 7.6: refuses a change of nickname to locked users and to visitors, unless visitors may rename. */
export function refuseRename(room: Room, occupant: Occupant, nick: string): StanzaError | undefined {
  const locked = lockedNickname(room, occupant.bareJid);
  if (locked !== undefined && locked !== nick) {
    return errors.nicknameLocked(say`You must use your reserved nickname in this room`);
  }
  if (occupant.role === "visitor" && !room.config.visitorsMayRename) {
    return errors.nicknameLocked(say`Visitors may not change their nickname in this room`);
  }
  return undefined;
}

/** Section 7.4: returns true for occupants with voice, which visitors lack. */
export const maySpeak = (occupant: Occupant): boolean =>
  occupant.role === "participant" || occupant.role === "moderator";

/** XEP-0500 section 6: returns true for admins and owners, who are exempt from slow mode. */
export const isExemptFromSlowMode = (occupant: Occupant): boolean => isAdmin(occupant.affiliation);

/** Section 7.13: refuses a request for voice that cannot be granted. */
export function refuseVoiceRequest(room: Room, occupant: Occupant): StanzaError | undefined {
  if (!room.config.allowVoiceRequests) return errors.forbidden(say`This room does not accept voice requests`);
  const { bareJid, affiliation } = occupant;
  if (isBehindGate(room, bareJid, affiliation))
    return errors.notAllowed(say`Answer the question of this room first`);
  if (!room.config.moderated && !isQuietInLockdown(room, bareJid, affiliation))
    return errors.notAllowed(say`This room is not moderated`);
  return maySpeak(occupant) ? errors.notAllowed(say`You already have voice`) : undefined;
}

/** Section 8.1: returns true for moderators, and for all with voice if the room lets them. */
export const mayChangeSubject = (room: Room, occupant: Occupant): boolean =>
  occupant.role === "moderator" || (room.config.changeSubject && maySpeak(occupant));

/** Returns true for an occupant whom a mute, the gate or a lock-down leaves no voice. */
function isKeptQuiet(room: Room, { bareJid, affiliation, role }: Occupant): boolean {
  if (muteOf(room, bareJid)) return true;
  if (role !== "visitor") return false;
  return isBehindGate(room, bareJid, affiliation) || isQuietInLockdown(room, bareJid, affiliation);
}

/** The choices of XEP-0513 section 3.6. */
export type Mentioners = "participants" | "moderators" | "none";

/** XEP-0513 section 3.6: returns true for occupants whose role suffices for a mention. */
export const mayMention = (mentioners: Mentioners, occupant: Occupant): boolean =>
  occupant.role === "moderator" ? mentioners !== "none" : mentioners === "participants" && maySpeak(occupant);

/** XEP-0425: returns true for occupants who may retract messages of others. */
export const mayModerate = (occupant: Occupant): boolean => occupant.role === "moderator";

/**
 * Section 7.5 and muc#roomconfig_allowpm: returns true if an occupant may send private messages. Messages to oneself
 * are always allowed: clients send markers that way to the user's other clients. A muted user writes only to moderators, as
 * do users whom the gate or a lock-down leaves no voice.
 */
export function maySendPrivateMessage(room: Room, occupant: Occupant, recipient: Occupant): boolean {
  if (recipient === occupant) return true;
  if (recipient.role !== "moderator" && isKeptQuiet(room, occupant)) return false;
  switch (room.config.allowPrivateMessages) {
    case "anyone":
      return true;
    case "participants":
      return maySpeak(occupant);
    case "moderators":
      return occupant.role === "moderator";
    case "none":
      return false;
  }
}

/**
 * Sections 5.1.1, 7.8.2 and 9.5: an invitation to a members-only room adds to the member list, as admins do. Members may
 * do it if the room is configured so; nobody else is in such a room. A muted user invites nobody.
 */
export const mayInvite = (room: Room, occupant: Occupant): boolean =>
  isAdmin(occupant.affiliation) || (othersMayInvite(room) && !isKeptQuiet(room, occupant));

/** Returns true if occupants may invite who are neither admins nor owners. */
export const othersMayInvite = ({ config }: Room): boolean => !config.membersOnly || config.memberInvites;

/**
 * Sections 8.2 to 8.5 and 9.6 to 9.8: refuses a change of an occupant's role by a user. Administrators of the service need not be
 * inside.
 */
export function refuseRoleChange(
  room: Room,
  bareJid: string,
  target: Pick<Occupant, "affiliation" | "bareJid" | "role">,
  role: Role,
): StanzaError | undefined {
  const affiliation = room.affiliationOf(bareJid);
  const asAdmin = isAdmin(affiliation);
  const concernsModerators = role === "moderator" || (target.role === "moderator" && role !== "none");
  const mayAct = isModerator(room, bareJid) || room.environment.isServiceAdmin(bareJid);
  if (!mayAct && !(asAdmin && concernsModerators)) return errors.forbidden(say`Only moderators may do this`);
  if (compareAffiliations(affiliation, target.affiliation) < 0)
    return errors.notAllowed(say`This occupant's affiliation is higher than yours`);
  if (concernsModerators && !asAdmin)
    return errors.forbidden(say`Only admins may grant or revoke moderator status`);
  if (role === "none" && target.role === "moderator" && !asAdmin && target.bareJid !== bareJid)
    return errors.notAllowed(say`Only admins may kick moderators`);
  if (role !== "moderator" && role !== "none" && isAdmin(target.affiliation))
    return errors.notAllowed(say`Admins and owners are always moderators`);
  // "None" is the absence of an affiliation (section 5.2), so two users without one are not equals in this sense.
  if (role === "visitor" && target.affiliation !== "none" && target.affiliation === affiliation)
    return errors.notAllowed(say`This occupant's affiliation is not lower than yours`);
  return undefined;
}

/**
 * Refuses a measure against an account (bare JID), inside or not, to those who may not revoke its voice: a mute, silence,
 * the removal of its messages.
 */
export function refuseMeasure(room: Room, moderatorJid: string, jid: string): StanzaError | undefined {
  const inside = room.occupantsOf(jid);
  const absent = { bareJid: jid, affiliation: room.affiliationOf(jid), role: "participant" } as const;
  for (const target of inside.length > 0 ? inside : [absent]) {
    const refusal = refuseRoleChange(room, moderatorJid, target, "visitor");
    if (refusal) return refusal;
  }
  return undefined;
}

/**
 * Sections 8.2, 9.1 and 9.5: refuses to remove an occupant by reserving its nickname for another user. The occupant
 * cannot come back under that nickname, unlike after a kick. So the rule is that of a ban: only owners do it to admins
 * and owners.
 */
export function refuseEviction(room: Room, adminJid: string, user: Occupant): StanzaError | undefined {
  const affiliation = room.affiliationOf(adminJid);
  if (affiliation === "owner" || user.bareJid === adminJid || !isAdmin(user.affiliation)) return undefined;
  return errors.notAllowed(say`This nickname is used by somebody whose affiliation is not lower than yours`);
}

/** Sections 9.1 and 9.2: refuses to ban an account. */
export function refuseBan(room: Room, adminJid: string, jid: string): StanzaError | undefined {
  if (!isAdmin(room.affiliationOf(adminJid))) return errors.forbidden(say`Only admins may ban users`);
  return (
    refuseAffiliationChange(room, adminJid, jid, "outcast") ??
    refuseLossOfOwners(room, new Map([[jid, "outcast"]]))
  );
}

/** Returns true for users who may change any roles. */
export const mayAskForRoles = (room: Room, bareJid: string): boolean =>
  isModerator(room, bareJid) || isAdmin(room.affiliationOf(bareJid));

/** Returns true for a user who is a moderator in the room, under any nickname. */
export const isModerator = (room: Room, bareJid: string): boolean =>
  room.occupantsOf(bareJid).some((occupant) => occupant.role === "moderator");

/** Sections 8.5 and 9.8: admins may read the moderator list, moderators the other lists of roles. */
export function mayReadRoleList(room: Room, bareJid: string, list: Role): boolean {
  return list === "moderator" ? isAdmin(room.affiliationOf(bareJid)) : isModerator(room, bareJid);
}

/** Sections 9.1 to 9.5 and 10.3 to 10.8: refuses one change of an affiliation; see also `refuseLossOfOwners`. */
export function refuseAffiliationChange(
  room: Room,
  actorJid: string,
  jid: string,
  to: Affiliation,
): StanzaError | undefined {
  const actor = room.affiliationOf(actorJid);
  const from = room.affiliations.get(jid)?.affiliation ?? "none";
  const isSelf = jid === actorJid;
  if (to !== "none" && jid.slice(jid.indexOf("@") + 1) === room.environment.domain)
    return errors.notAllowed(say`Rooms and occupants have no affiliation: use the user's own address`);
  if (isSelf && to === "outcast") return errors.conflict(say`You cannot ban yourself`);
  const tooMany = from === "none" && to !== "none" ? refuseMoreAffiliations(room) : undefined;
  if (tooMany) return tooMany;
  if (to === "outcast" && room.environment.isServiceAdmin(jid))
    return errors.notAllowed(say`A service administrator cannot be banned`);
  if (actor === "owner") return undefined;
  if (to === "outcast" && isAdmin(from)) return errors.notAllowed(say`Only owners may ban admins and owners`);
  const keepsOwn = isSelf && to === from;
  if ((isAdmin(from) || isAdmin(to)) && !keepsOwn)
    return errors.forbidden(say`Only owners may change who is admin or owner`);
  return undefined;
}

/**
 * Sections 5.2.1, 7.11, 9.2, 9.5, 10.5 and 10.8: returns true for users who may read a list of affiliations, which
 * shows real JIDs. Admins read the lists that they may change. In a non-anonymous room the roles of
 * muc#roomconfig_getmemberlist, and members who are away, read all lists but the ban list. In a semi-anonymous room
 * moderators, who see real JIDs anyway, read the member list if they have such a role.
 */
export function mayReadAffiliationList(room: Room, bareJid: string, list: Affiliation): boolean {
  const reader = room.affiliationOf(bareJid);
  const isOpen = room.config.whois === "anyone";
  if (reader === "owner") return true;
  if (reader === "admin" && (list === "member" || list === "outcast" || isOpen)) return true;
  if (list === "outcast") return false;
  const present = room.occupantsOf(bareJid).map((occupant) => occupant.role);
  const roles = present.length === 0 && reader === "member" ? [defaultRole(reader, room.config)] : present;
  const allowed = roles.filter((role) => room.config.memberListRoles.some((known) => known === role));
  return isOpen ? allowed.length > 0 : list === "member" && allowed.includes("moderator");
}

/**
 * Sections 10.4, 10.5 and 10.8: refuses changes after which a room that has owners has none. `changes`: the affiliations
 * that are set, by bare JID.
 */
export function refuseLossOfOwners(
  room: Room,
  changes: ReadonlyMap<string, Affiliation>,
): StanzaError | undefined {
  const owners = affiliatedAs(room, "owner");
  const remains = ({ jid }: { jid: string }) => (changes.get(jid) ?? "owner") === "owner";
  if (owners.length === 0 || owners.some(remains) || [...changes.values()].includes("owner"))
    return undefined;
  return errors.conflict(say`A room must have at least one owner`);
}

/** Returns true for owners, who may read what staff did in the room: the records name accounts. */
export const mayReadActs = (room: Room, bareJid: string): boolean => room.affiliationOf(bareJid) === "owner";

/** XEP-0486 section 6: returns true for owners. */
export const mayChangeAvatar = (room: Room, bareJid: string): boolean =>
  room.affiliationOf(bareJid) === "owner";

/** XEP-0317: returns true for occupants and affiliated users, who may list the hats of the room. */
export const mayListHats = (room: Room, bareJid: string): boolean =>
  room.occupantsOf(bareJid).length > 0 || compareAffiliations(room.affiliationOf(bareJid), "member") >= 0;

/** Section 7.10: refuses registration to users who may not register. */
export function refuseRegistration(room: Room, affiliation: Affiliation): StanzaError | undefined {
  if (affiliation === "outcast") return errors.notAllowed(say`You are banned from this room`);
  if (affiliation === "none" && !room.config.openRegistration && !room.config.registrationApproval) {
    return errors.registrationRequired(say`Only members may register with this room`);
  }
  return affiliation === "none" ? refuseMoreAffiliations(room) : undefined;
}

/** Limits the affiliated users of a room: all are in memory with it, and strangers may register. */
const refuseMoreAffiliations = (room: Room): StanzaError | undefined =>
  room.affiliations.size < MAX_COUNT.affiliations
    ? undefined
    : errors.resourceConstraint(say`A room may have at most ${MAX_COUNT.affiliations} affiliated users`);

/** Section 7.10: returns true if a registration needs an admin's approval; affiliated users only choose a nickname. */
export const needsApproval = (room: Room, affiliation: Affiliation): boolean =>
  room.config.registrationApproval && affiliation === "none";
