// Changes affiliations and handles the consequences (XEP-0045 sections 9.1 to 9.5 and 10.3 to 10.8).

import { accountOf } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { openTag, tag } from "../../xmpp/tag.ts";
import { type Affiliation, defaultRole, isAdmin, type Role } from "../model/affiliation.ts";
import type { AffiliationRecord } from "../model/journal.ts";
import { reasonTag } from "../model/reason.ts";
import { removeOccupant } from "../occupants/leave.ts";
import { forgetRole } from "../permissions/kept-roles.ts";
import { forgetMute, roleUnderMute } from "../permissions/mutes.ts";
import { audienceOf, splitByVersions } from "../permissions/room-audience.ts";
import { forgetSilence } from "../permissions/silences.ts";
import { seesRealJids, shownActor } from "../permissions/visibility.ts";
import { announceAbsentMember } from "../presence/absent-members.ts";
import { broadcastRole } from "../presence/presence.ts";
import type { Actor } from "../room/actor.ts";
import { unbanErased } from "../room/erased-bans.ts";
import type { Occupant } from "../room/occupant.ts";
import { forgetRequest } from "../room/pending-registrations.ts";
import { forgetVoiceRequest } from "../room/pending-voice-requests.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";
import { advanceVersion } from "./affiliation-versions.ts";
import { leaveBanGroup } from "./ban-group.ts";

/**
 * A new affiliation. `nick`: undefined leaves the reserved nickname as it is, null removes it. `until`: the time at which it
 * ends, in milliseconds since 1970.
 */
export interface AffiliationChange {
  readonly affiliation: Affiliation;
  readonly nick?: string | null | undefined;
  readonly reason?: string | undefined;
  readonly until?: number | undefined;
  /** The user whom presence names. */
  readonly actor?: Actor | undefined;
  /** Bare JID of the user who acted, if it is not the actor. */
  readonly by?: string;
  /** The rule that caused the change, if no user did. */
  readonly rule?: string;
}

/**
 * Sets a user's affiliation and reserved nickname and notifies the room. The caller has checked the permissions. Sends
 * nothing if neither affiliation, nickname nor reason changes. A change that names a nickname is always announced, because
 * clients expect to see the nickname.
 */
export function applyAffiliation(room: Room, jid: string, change: AffiliationChange): void {
  const before = room.affiliations.get(jid);
  const record = recordAfter(room, jid, change);
  unbanErased(room, jid);
  if (typeof change.nick !== "string" && isSame(before, record)) return;
  room.change({ kind: "affiliation-changed", record });
  const isChange = (before?.affiliation ?? "none") !== record.affiliation;
  recordChange(room, change, before, record);
  const version = isChange ? advanceVersion(room, jid) : undefined;
  if (isChange) {
    forgetRole(room, jid);
    forgetRequest(room, jid);
    if (before?.affiliation === "owner") leaveBanGroup(room, jid);
    if (isAdmin(record.affiliation) || record.affiliation === "outcast") endMeasures(room, jid);
  }
  const own = room.occupantsOf(jid);
  const others = otherAffectedOccupants(room, jid);
  if (record.affiliation === "outcast") room.expectDepartures(own.length + others.length);
  for (const occupant of own) updateOccupant(room, occupant, change, version);
  for (const occupant of others) updateOccupant(room, occupant, change, undefined);
  if (own.length > 0) return;
  notifyOfAbsent(room, record, isChange, version);
  announceAbsentMember(room, record, before?.nick);
}

function recordChange(
  room: Room,
  { by, actor, reason, rule }: AffiliationChange,
  before: AffiliationRecord | undefined,
  { jid, affiliation, nick, until }: AffiliationRecord,
): void {
  const old = before?.affiliation ?? "none";
  const details = [
    ...(old === affiliation ? [] : [`${old} to ${affiliation}`]),
    ...(before?.nick === nick ? [] : [nick === undefined ? "nickname released" : `nickname ${nick}`]),
    ...(until === undefined ? [] : [`until ${new Date(until).toISOString()}`]),
  ];
  recordAct(room, {
    kind: affiliation === "outcast" && old !== "outcast" ? "banned" : "affiliation-changed",
    by: by ?? (actor && accountOf(actor.jid)),
    target: jid,
    reason,
    rule,
    detail: details.join(", ") || undefined,
  });
}

function isSame(
  before: AffiliationRecord | undefined,
  { affiliation, nick, reason, until }: AffiliationRecord,
): boolean {
  if (before === undefined) return affiliation === "none";
  const isKept = before.affiliation === affiliation && before.nick === nick;
  return isKept && before.reason === reason && before.until === until;
}

/** Forgets the measures against an account: admins are under none, and a ban replaces them. */
function endMeasures(room: Room, jid: string): void {
  forgetMute(room, jid);
  forgetSilence(room, jid);
}

/** Returns the affiliation record of a user after a change. */
export function recordAfter(room: Room, jid: string, change: AffiliationChange): AffiliationRecord {
  const { affiliation, reason, until } = change;
  const losesNick = change.nick === null || affiliation === "none" || affiliation === "outcast";
  const nick = losesNick ? undefined : (change.nick ?? room.affiliations.get(jid)?.nick);
  return { jid, affiliation, reason, nick, until };
}

/**
 * Returns the occupants whose affiliation changes with that of their domain. Only a ban of a domain applies to its users;
 * other affiliations apply to the domain's own address alone.
 */
function otherAffectedOccupants(room: Room, jid: string): readonly Occupant[] {
  if (jid.includes("@")) return [];
  const atDomain = `@${jid}`;
  return [...room.occupants.values()].filter(
    ({ bareJid, affiliation }) => bareJid.endsWith(atDomain) && room.affiliationOf(bareJid) !== affiliation,
  );
}

function updateOccupant(
  room: Room,
  occupant: Occupant,
  { reason, actor }: AffiliationChange,
  version: string | undefined,
): void {
  const affiliation = room.affiliationOf(occupant.bareJid);
  const notice = { reason, actor: shownActor(room, actor), version };
  const isRemoved = affiliation === "outcast" || (affiliation === "none" && room.config.membersOnly);
  if (isRemoved) {
    room.setAffiliationAndRole(occupant, affiliation, occupant.role);
    removeOccupant(room, occupant, { ...notice, statuses: [affiliation === "outcast" ? 301 : 321] });
    return;
  }
  const sawRealJids = seesRealJids(room, occupant);
  const { role: before, affiliation: affiliationBefore, bareJid } = occupant;
  const voiced = roleAfter(room, before, affiliationBefore, affiliation);
  const role = roleUnderMute(room, bareJid, affiliation, voiced);
  if (role !== occupant.role) forgetVoiceRequest(room, occupant);
  room.setAffiliationAndRole(occupant, affiliation, role);
  broadcastRole(room, occupant, sawRealJids, notice);
}

/** Returns the new role (section 5.1.3): a higher affiliation brings its role, a lost one takes away its privileges. */
function roleAfter(room: Room, role: Role, before: Affiliation, after: Affiliation): Role {
  if (before === after) return role;
  const newDefault = defaultRole(after, room.config);
  if (newDefault === "moderator" || isAdmin(before)) return newDefault;
  return role === "visitor" && newDefault === "participant" ? newDefault : role;
}

/**
 * Announces the affiliation of a user who is not in the room, in a message to those who may see the user's JID (section
 * 10.3). A ban is announced with its reason and status 301, as for an occupant (section 9.1).
 */
function notifyOfAbsent(
  room: Room,
  { jid, affiliation, reason }: AffiliationRecord,
  isChange: boolean,
  version: string | undefined,
): void {
  const isBan = isChange && affiliation === "outcast";
  const item = tag("item", { jid, affiliation }, isBan ? reasonTag(reason) : "");
  const status = isBan ? tag("status", { code: "301" }) : "";
  const head = openTag("message", { from: room.address, id: room.environment.newId() });
  for (const [mav = "", to] of splitByVersions(audienceOf(room).besides(), version)) {
    const x = tag("x", { xmlns: NS.mucUser }, item + status + mav);
    room.effects.broadcast(head, `">${x}</message>`, to);
  }
}
