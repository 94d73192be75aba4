// Who may do what in a room (XEP-0045 sections 5.1.1 and 5.2.1). The rules ask here and nowhere else.
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { type Affiliation, compareAffiliations, type Role } from "./affiliation.ts";
import type { Occupant } from "./occupant.ts";
import type { Room } from "./room.ts";

/** Whether a user may enter at all; the nickname is judged elsewhere (sections 7.2.5 to 7.2.10). */
export function refuseEntry(
  room: Room,
  bareJid: string,
  password: string | undefined,
): StanzaError | undefined {
  const affiliation = room.affiliationOf(bareJid);
  const { config } = room;
  if (affiliation === "outcast") return errors.forbidden("You are banned from this room");
  if (room.locked && affiliation !== "owner") return errors.itemNotFound("This room is not configured yet");
  if (config.membersOnly && affiliation === "none") {
    return errors.registrationRequired("Only members may enter this room");
  }
  if (config.passwordProtected && password !== config.password) {
    return errors.notAuthorized("This room needs the right password");
  }
  const isStaff = affiliation === "owner" || affiliation === "admin";
  const ownLimit = config.maxUsers || Number.POSITIVE_INFINITY;
  const limit = Math.min(ownLimit, room.environment.limits.occupantsPerRoom);
  if (!isStaff && room.occupants.size >= limit && room.occupantsOf(bareJid).length === 0) {
    return errors.roomFull("This room is full");
  }
  return undefined;
}

/** Section 7.4: visitors have no voice. */
export const maySpeak = (occupant: Occupant): boolean =>
  occupant.role === "participant" || occupant.role === "moderator";

/** Section 8.1. */
export const mayChangeSubject = (room: Room, occupant: Occupant): boolean =>
  occupant.role === "moderator" || (room.config.changeSubject && maySpeak(occupant));

/** XEP-0425: who may retract what others have said. */
export const mayModerate = (occupant: Occupant): boolean => occupant.role === "moderator";

/** Section 7.5, muc#roomconfig_allowpm. */
export function maySendPrivateMessage(room: Room, occupant: Occupant): boolean {
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

/** Section 7.8.2: in a members-only room inviting adds to the member list, which is for admins unless allowed to all. */
export function mayInvite(room: Room, occupant: Occupant): boolean {
  return isAdmin(occupant.affiliation) || room.config.allowInvites;
}

/** Whether an affiliation allows what room admins may do. */
export const isAdmin = (affiliation: Affiliation): boolean => compareAffiliations(affiliation, "admin") >= 0;

/** Sections 8.2 to 8.4 and 9.6 to 9.8: a change of role. */
export function refuseRoleChange(
  actor: { affiliation: Affiliation; role: Role },
  target: Occupant,
  role: Role,
): StanzaError | undefined {
  const asAdmin = isAdmin(actor.affiliation);
  if (actor.role !== "moderator" && !asAdmin) return errors.forbidden("Only moderators may do this");
  if (compareAffiliations(actor.affiliation, target.affiliation) < 0) {
    return errors.notAllowed("This occupant's affiliation is higher than yours");
  }
  if (role === "moderator" || (target.role === "moderator" && role !== "none")) {
    if (!asAdmin) return errors.forbidden("Only admins may grant or revoke moderator status");
  }
  if (role !== "moderator" && role !== "none" && isAdmin(target.affiliation)) {
    return errors.notAllowed("Admins and owners are always moderators");
  }
  return undefined;
}

/** Sections 9.1 to 9.4 and 10.3 to 10.8: a change of affiliation, seen alone (the last owner is judged elsewhere). */
export function refuseAffiliationChange(
  actor: Affiliation,
  isSelf: boolean,
  from: Affiliation,
  to: Affiliation,
): StanzaError | undefined {
  if (isSelf && to === "outcast") return errors.conflict("You cannot ban yourself");
  if (actor === "owner") return undefined;
  const removesOwn = isSelf && compareAffiliations(to, from) < 0;
  if (!isAdmin(actor)) return errors.forbidden("Only admins may change affiliations");
  if (from === "owner") return errors.notAllowed("Only owners may change an owner's affiliation");
  if (
    (from === "admin" && !removesOwn && !(isSelf && to === from)) ||
    (to === "admin" && from !== "admin") ||
    to === "owner"
  ) {
    return to === "outcast"
      ? errors.notAllowed("Only owners may ban an admin")
      : errors.forbidden("Only owners may do this");
  }
  return undefined;
}

/** Sections 9.5, 10.5 and 10.8: who may read a list of affiliations. */
export function mayReadAffiliationList(room: Room, reader: Affiliation, list: Affiliation): boolean {
  if (isAdmin(reader)) return true;
  return room.config.whois === "anyone" && reader === "member" && list !== "outcast";
}

/** Section 7.10: who may register. */
export function refuseRegistration(room: Room, affiliation: Affiliation): StanzaError | undefined {
  if (affiliation === "outcast") return errors.forbidden("You are banned from this room");
  if (affiliation === "none" && !room.config.openRegistration) {
    return errors.registrationRequired("This room is open to registration by its members only");
  }
  return undefined;
}
