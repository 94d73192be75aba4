// Who may do what in a room (XEP-0045 sections 5.1.1 and 5.2.1). The rules ask here and nowhere else.
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import {
  type Affiliation,
  compareAffiliations,
  defaultRole,
  isAdmin,
  type Role,
} from "../model/affiliation.ts";
import { MOST } from "../model/lengths.ts";
import type { RoomConfig } from "../model/room-config.ts";
import { affiliatedAs } from "../room/affiliated.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { lockedNickname } from "./nickname.ts";

/**
 * Whether a user may enter at all; the nickname is judged elsewhere (sections 7.2.5 to 7.2.10). `addsOccupant` is
 * false where the client joins others of the user's under one nickname, for which there is always room.
 */
export function refuseEntry(
  room: Room,
  bareJid: string,
  password: string | undefined,
  addsOccupant: boolean,
): StanzaError | undefined {
  const affiliation = room.affiliationOf(bareJid);
  const { config } = room;
  if (affiliation === "outcast") return errors.forbidden("You are banned from this room");
  // Only its creator is in it (section 10.1.1), with whichever clients.
  if (room.locked && room.occupants.size > 0 && room.occupantsOf(bareJid).length === 0)
    return errors.itemNotFound("This room is not configured yet");
  if (config.membersOnly && affiliation === "none") {
    return errors.registrationRequired("Only members may enter this room");
  }
  if (config.passwordProtected && password !== config.password) {
    return errors.notAuthorized("This room needs the right password");
  }
  if (addsOccupant && room.occupants.size >= mostOccupants(room, affiliation)) {
    return errors.roomFull("This room is full");
  }
  return undefined;
}

/** Returns true for the configuration of a room that everybody may enter who is not banned. */
export const isOpen = ({
  membersOnly,
  passwordProtected,
}: Pick<RoomConfig, "membersOnly" | "passwordProtected">): boolean => !membersOnly && !passwordProtected;

/** Section 7.2.9: a room that others have filled still admits its admins and owners, up to so many more. */
const SEATS_FOR_ADMINS = 10;

function mostOccupants(room: Room, affiliation: Affiliation): number {
  const ownLimit = room.config.maxUsers || Number.POSITIVE_INFINITY;
  const limit = Math.min(ownLimit, room.environment.limits.occupantsPerRoom);
  return isAdmin(affiliation) ? limit + SEATS_FOR_ADMINS : limit;
}

/** Sections 7.2.8 and 7.2.9: why a user may not enter with one more client, whatever its nickname. */
export function refuseSessions(room: Room, bareJid: string): StanzaError | undefined {
  const { sessionsPerUser } = room.environment.limits;
  const inside = room.occupantsOf(bareJid).reduce((sum, { sessions }) => sum + sessions.size, 0);
  if (inside < sessionsPerUser) return undefined;
  return errors.resourceConstraint(`At most ${sessionsPerUser} of your clients may be in a room`);
}

/** Section 7.6: whether an occupant may change its nickname at all. */
export function refuseRename(room: Room, occupant: Occupant, nick: string): StanzaError | undefined {
  const locked = lockedNickname(room, occupant.bareJid);
  if (locked !== undefined && locked !== nick) {
    return errors.nicknameLocked("In this room you use your reserved nickname");
  }
  if (occupant.role === "visitor" && !room.config.visitorsMayRename) {
    return errors.nicknameLocked("Visitors may not change their nickname in this room");
  }
  return undefined;
}

/** Section 7.4: visitors have no voice. */
export const maySpeak = (occupant: Occupant): boolean =>
  occupant.role === "participant" || occupant.role === "moderator";

/** XEP-0500 section 6: whom slow mode does not slow. */
export const isExemptFromSlowMode = (occupant: Occupant): boolean => isAdmin(occupant.affiliation);

/** Section 7.13: who may ask for voice. */
export function refuseVoiceRequest(room: Room, occupant: Occupant): StanzaError | undefined {
  if (!room.config.allowVoiceRequests) return errors.forbidden("This room takes no requests for voice");
  if (!room.config.moderated) return errors.notAllowed("This room is not moderated");
  return maySpeak(occupant) ? errors.notAllowed("You have voice already") : undefined;
}

/** Section 8.1. */
export const mayChangeSubject = (room: Room, occupant: Occupant): boolean =>
  occupant.role === "moderator" || (room.config.changeSubject && maySpeak(occupant));

/** The choices of XEP-0513 section 3.6. */
export type Mentioners = "participants" | "moderators" | "none";

/** XEP-0513 section 3.6: the least role that a mention takes. */
export const mayMention = (mentioners: Mentioners, occupant: Occupant): boolean =>
  occupant.role === "moderator" ? mentioners !== "none" : mentioners === "participants" && maySpeak(occupant);

/** XEP-0425: who may retract what others have said. */
export const mayModerate = (occupant: Occupant): boolean => occupant.role === "moderator";

/**
 * Section 7.5, muc#roomconfig_allowpm. Messages to oneself disturb nobody: clients mark there what was read for the
 * user's other clients.
 */
export function maySendPrivateMessage(room: Room, occupant: Occupant, recipient: Occupant): boolean {
  if (recipient === occupant) return true;
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
 * do it if the room is configured so; nobody else is in such a room.
 */
export const mayInvite = (room: Room, occupant: Occupant): boolean =>
  isAdmin(occupant.affiliation) || othersMayInvite(room);

/** Tells that those may invite who are neither admins nor owners: any occupant, in a members-only room the members. */
export const othersMayInvite = ({ config }: Room): boolean => !config.membersOnly || config.memberInvites;

/** Sections 8.2 to 8.5 and 9.6 to 9.8: a change of somebody's role by a user, in whichever client that user is here. */
export function refuseRoleChange(
  room: Room,
  bareJid: string,
  target: Occupant,
  role: Role,
): StanzaError | undefined {
  const affiliation = room.affiliationOf(bareJid);
  const asAdmin = isAdmin(affiliation);
  const concernsModerators = role === "moderator" || (target.role === "moderator" && role !== "none");
  if (!isModerator(room, bareJid) && !(asAdmin && concernsModerators))
    return errors.forbidden("Only moderators may do this");
  if (compareAffiliations(affiliation, target.affiliation) < 0)
    return errors.notAllowed("This occupant's affiliation is higher than yours");
  if (concernsModerators && !asAdmin)
    return errors.forbidden("Only admins may grant or revoke moderator status");
  if (role === "none" && target.role === "moderator" && !asAdmin && target.bareJid !== bareJid)
    return errors.notAllowed("Only admins may kick moderators");
  if (role !== "moderator" && role !== "none" && isAdmin(target.affiliation))
    return errors.notAllowed("Admins and owners are always moderators");
  // "None" is the absence of an affiliation (section 5.2): moderators without one are not below who has none either.
  if (role === "visitor" && target.affiliation !== "none" && target.affiliation === affiliation)
    return errors.notAllowed("This occupant's affiliation is not lower than yours");
  return undefined;
}

/**
 * Sections 8.2, 9.1 and 9.5: reserving a nickname for somebody else removes who uses it. Unlike who was kicked it does
 * not come back under that name, so this goes as far as a ban does: only owners do it to admins and owners.
 */
export function refuseEviction(room: Room, adminJid: string, user: Occupant): StanzaError | undefined {
  const affiliation = room.affiliationOf(adminJid);
  if (affiliation === "owner" || user.bareJid === adminJid || !isAdmin(user.affiliation)) return undefined;
  return errors.notAllowed("This nickname is used by somebody whose affiliation is not lower than yours");
}

/** Whether a user may change anybody's role at all. */
export const mayAskForRoles = (room: Room, bareJid: string): boolean =>
  isModerator(room, bareJid) || isAdmin(room.affiliationOf(bareJid));

/** Returns true for a user who is a moderator in the room, under any nickname. */
export const isModerator = (room: Room, bareJid: string): boolean =>
  room.occupantsOf(bareJid).some((occupant) => occupant.role === "moderator");

/** Sections 8.5 and 9.8: the moderator list is for admins, the other lists of roles are for moderators. */
export function mayReadRoleList(room: Room, bareJid: string, list: Role): boolean {
  return list === "moderator" ? isAdmin(room.affiliationOf(bareJid)) : isModerator(room, bareJid);
}

/** Sections 9.1 to 9.5 and 10.3 to 10.8: an admin's or owner's change of an affiliation, seen alone (the last owner is judged elsewhere). */
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
    return errors.notAllowed("Rooms and occupants have no affiliation: name the user's own address");
  if (isSelf && to === "outcast") return errors.conflict("You cannot ban yourself");
  const tooMany = from === "none" && to !== "none" ? refuseMoreAffiliations(room) : undefined;
  if (tooMany) return tooMany;
  if (to === "outcast" && room.environment.isServiceAdmin(jid))
    return errors.notAllowed("An admin of the service cannot be banned");
  if (actor === "owner") return undefined;
  if (to === "outcast" && isAdmin(from)) return errors.notAllowed("Only owners may ban admins and owners");
  const keepsOwn = isSelf && to === from;
  if ((isAdmin(from) || isAdmin(to)) && !keepsOwn)
    return errors.forbidden("Only owners may change who is admin or owner");
  return undefined;
}

/**
 * Sections 5.2.1, 7.11, 9.2, 9.5, 10.5 and 10.8: who may read a list of affiliations, which shows real JIDs.
 * Admins read those that they may change; in a non-anonymous room occupants of the roles of
 * muc#roomconfig_getmemberlist, and members who are away, read all but the ban list; in a semi-anonymous room such
 * a moderator, who sees JIDs anyway, reads the member list.
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
 * Sections 10.4, 10.5 and 10.8: refuses changes after which a room that has owners has none. `changes`: the new affiliation of each
 * user whose affiliation is set, by bare JID.
 */
export function refuseLossOfOwners(
  room: Room,
  changes: ReadonlyMap<string, Affiliation>,
): StanzaError | undefined {
  const owners = affiliatedAs(room, "owner");
  const remains = ({ jid }: { jid: string }) => (changes.get(jid) ?? "owner") === "owner";
  if (owners.length === 0 || owners.some(remains) || [...changes.values()].includes("owner"))
    return undefined;
  return errors.conflict("A room has at least one owner");
}

/** XEP-0486 section 6. */
export const mayChangeAvatar = (room: Room, bareJid: string): boolean =>
  room.affiliationOf(bareJid) === "owner";

/** XEP-0317: the list of hats is for whoever is in the room or affiliated with it. */
export const mayListHats = (room: Room, bareJid: string): boolean =>
  room.occupantsOf(bareJid).length > 0 || compareAffiliations(room.affiliationOf(bareJid), "member") >= 0;

/** Section 7.10: who may register. */
export function refuseRegistration(room: Room, affiliation: Affiliation): StanzaError | undefined {
  if (affiliation === "outcast") return errors.notAllowed("You are banned from this room");
  if (affiliation === "none" && !room.config.openRegistration && !room.config.registrationApproval) {
    return errors.registrationRequired("This room is open to registration by its members only");
  }
  return affiliation === "none" ? refuseMoreAffiliations(room) : undefined;
}

/** All affiliated users are in memory with their room, and strangers may register. */
const refuseMoreAffiliations = (room: Room): StanzaError | undefined =>
  room.affiliations.size < MOST.affiliations
    ? undefined
    : errors.resourceConstraint(`A room has at most ${MOST.affiliations} affiliated users`);

/** Section 7.10: whether a registration waits for an admin; the affiliated only choose their nickname. */
export const needsApproval = (room: Room, affiliation: Affiliation): boolean =>
  room.config.registrationApproval && affiliation === "none";
