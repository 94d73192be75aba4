// Queries of muc#admin: changes of roles and affiliations (XEP-0045 sections 8, 9, 10.3 to 10.8 and 17.4).
import { children, type Element } from "../../xmpp/element.ts";
import { normalizeResource, prepareJid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { ok, type Refused, type Result, refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { type AffiliationChange, applyAffiliation, recordAfter } from "../affiliations/affiliation-change.ts";
import { evictFor, refuseReservations } from "../affiliations/nickname-reservation.ts";
import { applyRole } from "../affiliations/role-change.ts";
import { inviteNewMember } from "../membership/invitation.ts";
import { type Affiliation, isAdmin, parseAffiliation, parseRole, type Role } from "../model/affiliation.ts";
import { type IqOutcome, result } from "../model/outcome.ts";
import { readReason } from "../model/reason.ts";
import { readGivenNickname } from "../permissions/nickname.ts";
import {
  mayAskForRoles,
  refuseAffiliationChange,
  refuseLossOfOwners,
  refuseRoleChange,
} from "../permissions/privileges.ts";
import { type Actor, actorOf } from "../room/actor.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { listAnswer } from "./admin-lists.ts";

/** Answers a get or set of muc#admin. */
export function handleAdminQuery(room: Room, stanza: Stanza, query: Element): IqOutcome {
  const items = children(query, "item", NS.mucAdmin);
  if (items.length === 0) return refuse(errors.badRequest(say`The query has no item`));
  return stanza.type === "get" ? listAnswer(room, stanza, query, items) : change(room, stanza, items);
}

type PlannedChange =
  | {
      readonly kind: "role";
      readonly occupant: Occupant;
      readonly role: Role;
      readonly reason: string | undefined;
    }
  | { readonly kind: "affiliation"; readonly jid: string; readonly change: AffiliationChange };

/**
 * An item that the user may not change, with its present values. It is ignored, because clients send whole lists back
 * as they got them.
 */
const UNCHANGED = { kind: "unchanged" } as const;

type Plan = PlannedChange | typeof UNCHANGED | Refused;

/** Checks all items before it applies the first, so that a list changes as a whole or not at all (section 9.2). */
function change(room: Room, stanza: Stanza, items: readonly Element[]): IqOutcome {
  const actor = actorOf(room, stanza.from);
  const planned: PlannedChange[] = [];
  for (const item of items) {
    const plan = planItem(room, stanza, item, actor);
    if (plan.kind === "refused") return plan;
    if (plan.kind !== "unchanged") planned.push(plan);
  }
  const refusal = refusePlan(room, stanza.from.bare, planned);
  if (refusal) return refuse(refusal);
  for (const plan of planned) {
    if (plan.kind === "role") changeRole(room, plan.occupant, plan.role, { actor, reason: plan.reason });
    else changeAffiliation(room, plan.jid, plan.change, actor);
  }
  return result();
}

/** Changes a role, unless another item of the same list has removed the occupant. */
function changeRole(
  room: Room,
  occupant: Occupant,
  role: Role,
  notice: Parameters<typeof applyRole>[3],
): void {
  if (room.occupants.get(occupant.nick) === occupant) applyRole(room, occupant, role, notice);
}

/** Changes an affiliation, and invites new members of a members-only room (section 9.5). */
function changeAffiliation(room: Room, jid: string, planned: AffiliationChange, actor: Actor): void {
  const isNew = !room.affiliations.has(jid);
  evictFor(room, jid, recordAfter(room, jid, planned).nick);
  applyAffiliation(room, jid, planned);
  if (isNew && planned.affiliation === "member" && room.config.membersOnly)
    inviteNewMember(room, jid, actor, planned.reason);
}

function planItem(room: Room, stanza: Stanza, item: Element, actor: Actor): Plan {
  const hasRole = item.attrs.role !== undefined;
  const hasAffiliation = item.attrs.affiliation !== undefined;
  if (hasRole === hasAffiliation)
    return refuse(errors.badRequest(say`An item may change either a role or an affiliation`));
  return hasRole ? planRole(room, stanza, item) : planAffiliation(room, stanza, item, actor);
}

function planRole(room: Room, stanza: Stanza, item: Element): Plan {
  const role = parseRole(item.attrs.role);
  if (!role) return refuse(errors.badRequest(say`There is no such role`));
  const { nick } = item.attrs;
  if (nick === undefined) return refuse(errors.badRequest(say`Changing a role requires a nickname`));
  if (!mayAskForRoles(room, stanza.from.bare))
    return refuse(errors.forbidden(say`Only moderators may do this`));
  const occupant = room.occupants.get(normalizeResource(nick) ?? nick);
  if (!occupant) return refuse(errors.itemNotFound(say`No occupant has this nickname`));
  const reason = readReason(item);
  const refusal = refuseRoleChange(room, stanza.from.bare, occupant, role);
  if (!refusal) return { kind: "role", occupant, role, reason };
  return role === occupant.role && reason === undefined ? UNCHANGED : refuse(refusal);
}

function planAffiliation(room: Room, stanza: Stanza, item: Element, actor: Actor): Plan {
  const affiliation = parseAffiliation(item.attrs.affiliation);
  if (!affiliation) return refuse(errors.badRequest(say`There is no such affiliation`));
  // Checked before any lookup, so that errors do not show others who is here.
  if (!isAdmin(room.affiliationOf(stanza.from.bare)))
    return refuse(errors.forbidden(say`Only admins may change affiliations`));
  const address = affiliationAddress(room, item, affiliation);
  if (address.kind === "refused") return address;
  const jid = address.value;
  const reserved = reservedNick(room, item.attrs.nick, item.attrs.jid !== undefined);
  if (reserved.kind === "refused") return reserved;
  const nick = reserved.value;
  const reason = readReason(item);
  const before = room.affiliations.get(jid);
  // A client that sends back an item of the list does not make a timed ban permanent. Who bans again does.
  const isListed = before?.affiliation === affiliation && reason !== undefined && before.reason === reason;
  const change = { affiliation, nick, reason, until: isListed ? before.until : undefined, actor };
  const refusal = refuseAffiliationChange(room, stanza.from.bare, jid, affiliation);
  if (!refusal) return { kind: "affiliation", jid, change };
  return changesNothing(room, jid, change) ? UNCHANGED : refuse(refusal);
}

function changesNothing(room: Room, jid: string, { affiliation, nick, reason }: AffiliationChange): boolean {
  const record = room.affiliations.get(jid);
  return (
    affiliation === (record?.affiliation ?? "none") &&
    (nick === undefined || (nick ?? undefined) === record?.nick) &&
    (reason === undefined || reason === record?.reason)
  );
}

/**
 * Returns the bare JID of an item, which has a JID or an occupant's nickname. The affiliation of a domain is that of
 * the domain itself, such as a component; only a ban applies to its users too. One word is refused as a domain: it is
 * likely a nickname that the client took for an address.
 */
function affiliationAddress(room: Room, item: Element, affiliation: Affiliation): Result<string> {
  const { jid: text, nick } = item.attrs;
  if (text === undefined) {
    if (nick === undefined) return refuse(errors.badRequest(say`Changing an affiliation requires a JID`));
    const occupant = room.occupants.get(normalizeResource(nick) ?? nick);
    if (!occupant) return refuse(errors.itemNotFound(say`No occupant has this nickname`));
    return ok(occupant.bareJid);
  }
  const jid = prepareJid(text);
  if (!jid) return refuse(errors.jidMalformed(say`This is not an address`));
  const grants = affiliation !== "outcast" && affiliation !== "none";
  if (grants && /^[^@.:]+$/.test(jid.bare) && room.occupantsOf(jid.bare).length === 0)
    return refuse(errors.notAllowed(say`This is the address of a domain, not a nickname: use user@domain`));
  return ok(jid.bare);
}

/** Reads the nickname to reserve for a JID (section 9.5); null removes the reservation. */
function reservedNick(
  room: Room,
  text: string | undefined,
  hasJid: boolean,
): Result<string | null | undefined> {
  if (text === undefined || !hasJid) return ok(undefined);
  if (text === "") return ok(null);
  return readGivenNickname(room, text);
}

/** Checks whether another item makes the occupant an admin or owner, who cannot have the planned role. */
function contradicts(planned: readonly PlannedChange[], { bareJid }: Occupant, role: Role): boolean {
  if (role === "none" || role === "moderator") return false;
  return planned.some(
    (plan) => plan.kind === "affiliation" && plan.jid === bareJid && isAdmin(plan.change.affiliation),
  );
}

/** Refuses a list that names a user twice, leaves no owner, or reserves a nickname for two users. */
function refusePlan(
  room: Room,
  adminJid: string,
  planned: readonly PlannedChange[],
): StanzaError | undefined {
  const affiliations = new Map<string, Affiliation>();
  const targets = new Set<string | Occupant>();
  const reserved = new Map<string, string | undefined>();
  for (const plan of planned) {
    const target = plan.kind === "role" ? plan.occupant : plan.jid;
    if (targets.has(target)) return errors.badRequest(say`The list contains a user twice`);
    targets.add(target);
    if (plan.kind === "role") continue;
    affiliations.set(plan.jid, plan.change.affiliation);
    reserved.set(plan.jid, recordAfter(room, plan.jid, plan.change).nick);
  }
  if (planned.some((plan) => plan.kind === "role" && contradicts(planned, plan.occupant, plan.role)))
    return errors.notAllowed(say`Admins and owners are always moderators`);
  return refuseLossOfOwners(room, affiliations) ?? refuseReservations(room, adminJid, reserved);
}
