// Queries of muc#admin: lists and changes of roles and affiliations (XEP-0045 sections 8, 9 and 17.4).
import { children, childText, type Element } from "../xmpp/element.ts";
import { parseJid } from "../xmpp/jid.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors, type StanzaError } from "../xmpp/stanza-error.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import { type Affiliation, parseAffiliation, parseRole, type Role } from "./affiliation.ts";
import { type AffiliationChange, applyAffiliation } from "./affiliation-change.ts";
import { type IqAnswer, refuse, result } from "./iq-answer.ts";
import { readNickname } from "./nickname.ts";
import { leadingSession, type Occupant } from "./occupant.ts";
import type { Actor } from "./presence.ts";
import { isAdmin, mayReadAffiliationList, refuseAffiliationChange, refuseRoleChange } from "./privileges.ts";
import { applyRole } from "./role-change.ts";
import type { Room } from "./room.ts";

/** Answers a get or set of muc#admin. */
export function handleAdminQuery(room: Room, stanza: Stanza, query: Element): IqAnswer {
  const items = children(query, "item", NS.mucAdmin);
  if (items.length === 0) return refuse(errors.badRequest("The query has no item"));
  return stanza.type === "get" ? list(room, stanza, items) : change(room, stanza, items);
}

function list(room: Room, stanza: Stanza, items: readonly Element[]): IqAnswer {
  const { affiliation: affiliationText, role: roleText } = items[0]?.attrs ?? {};
  const affiliation = parseAffiliation(affiliationText);
  const role = parseRole(roleText);
  const reader = room.affiliationOf(stanza.from.bare);
  if (affiliation && affiliation !== "none" && role === undefined) {
    if (!mayReadAffiliationList(room, reader, affiliation))
      return refuse(errors.forbidden("You may not read this list"));
    return answer(
      [...room.affiliations.values()].filter((record) => record.affiliation === affiliation).map(writeRecord),
    );
  }
  if (role && role !== "none" && affiliation === undefined) {
    const isModerator = room.sessions.get(stanza.from.full)?.role === "moderator";
    if (!isModerator && !isAdmin(reader))
      return refuse(errors.forbidden("Only moderators may read this list"));
    return answer(
      [...room.occupants.values()].filter((occupant) => occupant.role === role).map(writeOccupant),
    );
  }
  return refuse(errors.badRequest("A list is asked for by one affiliation or one role"));
}

const answer = (items: readonly string[]): IqAnswer =>
  result(tag("query", { xmlns: NS.mucAdmin }, items.join("")));

function writeRecord(record: {
  affiliation: string;
  jid: string;
  nick?: string | undefined;
  reason?: string | undefined;
}): string {
  const { affiliation, jid, nick, reason } = record;
  return tag("item", { affiliation, jid, nick }, reason ? textTag("reason", reason) : "");
}

function writeOccupant(occupant: Occupant): string {
  const { affiliation, role, nick } = occupant;
  return tag("item", { affiliation, role, nick, jid: leadingSession(occupant).jid });
}

type PlannedChange =
  | {
      readonly kind: "role";
      readonly occupant: Occupant;
      readonly role: Role;
      readonly reason: string | undefined;
    }
  | { readonly kind: "affiliation"; readonly jid: string; readonly change: AffiliationChange };

/** All items are judged before the first is applied: a list is changed whole or not at all (section 9.2). */
function change(room: Room, stanza: Stanza, items: readonly Element[]): IqAnswer {
  const present = room.sessions.get(stanza.from.full) ?? room.occupantsOf(stanza.from.bare)[0];
  const actor: Actor = { nick: present?.nick, jid: stanza.from.full };
  const planned: PlannedChange[] = [];
  for (const item of items) {
    const plan = planItem(room, stanza, item, actor);
    if ("condition" in plan) return refuse(plan);
    planned.push(plan);
  }
  const conflict = refusePlan(room, planned);
  if (conflict) return refuse(conflict);
  for (const plan of planned) {
    if (plan.kind === "role") applyRole(room, plan.occupant, plan.role, { actor, reason: plan.reason });
    else applyAffiliation(room, plan.jid, plan.change);
  }
  return result();
}

function planItem(room: Room, stanza: Stanza, item: Element, actor: Actor): PlannedChange | StanzaError {
  const hasRole = item.attrs.role !== undefined;
  const hasAffiliation = item.attrs.affiliation !== undefined;
  if (hasRole === hasAffiliation) return errors.badRequest("An item changes either a role or an affiliation");
  return hasRole ? planRole(room, stanza, item) : planAffiliation(room, stanza, item, actor);
}

function planRole(room: Room, stanza: Stanza, item: Element): PlannedChange | StanzaError {
  const role = parseRole(item.attrs.role);
  if (!role || item.attrs.nick === undefined) return errors.badRequest("A role is changed by nickname");
  const present = room.sessions.get(stanza.from.full);
  const affiliation = room.affiliationOf(stanza.from.bare);
  if (present?.role !== "moderator" && !isAdmin(affiliation))
    return errors.forbidden("Only moderators may do this");
  const occupant = room.occupants.get(item.attrs.nick);
  if (!occupant) return errors.itemNotFound("Nobody here has this nickname");
  const refusal = refuseRoleChange({ affiliation, role: present?.role ?? "none" }, occupant, role);
  return refusal ?? { kind: "role", occupant, role, reason: childText(item, "reason") };
}

function planAffiliation(
  room: Room,
  stanza: Stanza,
  item: Element,
  actor: Actor,
): PlannedChange | StanzaError {
  const affiliation = parseAffiliation(item.attrs.affiliation);
  if (!affiliation) return errors.badRequest("There is no such affiliation");
  const own = room.affiliationOf(stanza.from.bare);
  if (!isAdmin(own) && affiliation !== "none") return errors.forbidden("Only admins may change affiliations");
  const jid = affiliationAddress(room, item, affiliation);
  if (typeof jid !== "string") return jid;
  const from = room.affiliations.get(jid)?.affiliation ?? "none";
  const refusal = refuseAffiliationChange(own, jid === stanza.from.bare, from, affiliation);
  if (refusal) return refusal;
  const nick = reservedNick(item.attrs.nick, item.attrs.jid !== undefined);
  if (typeof nick === "object" && nick !== null) return nick;
  if (typeof nick === "string") {
    const owner = room.reservedFor(nick);
    if (owner !== undefined && owner !== jid)
      return errors.conflict("This nickname is reserved for somebody else");
  }
  return {
    kind: "affiliation",
    jid,
    change: { affiliation, nick, reason: childText(item, "reason"), actor },
  };
}

/** By bare JID (a full one is cut), or by the nickname of somebody who is here; a whole domain may only be banned. */
function affiliationAddress(room: Room, item: Element, affiliation: Affiliation): string | StanzaError {
  if (item.attrs.jid === undefined) {
    const occupant = room.occupants.get(item.attrs.nick ?? "");
    return occupant?.bareJid ?? errors.itemNotFound("Nobody here has this nickname");
  }
  const jid = parseJid(item.attrs.jid);
  if (!jid) return errors.jidMalformed("This is no address");
  if (!jid.local && affiliation !== "outcast" && affiliation !== "none") {
    return errors.notAllowed("Only bans apply to a whole domain");
  }
  return jid.bare;
}

/** Section 9.5: a nickname beside the JID is reserved, an empty one takes the reservation away. */
function reservedNick(text: string | undefined, hasJid: boolean): string | null | undefined | StanzaError {
  if (text === undefined || !hasJid) return undefined;
  if (text === "") return null;
  return readNickname(text) ?? errors.jidMalformed("This nickname is empty or not allowed");
}

/** What only the whole list shows: no owner left, or one nickname for two users. */
function refusePlan(room: Room, planned: readonly PlannedChange[]): StanzaError | undefined {
  const owners = new Set(
    [...room.affiliations.values()].filter((r) => r.affiliation === "owner").map((r) => r.jid),
  );
  const nicks = new Set<string>();
  for (const plan of planned) {
    if (plan.kind === "role") continue;
    if (plan.change.affiliation === "owner") owners.add(plan.jid);
    else owners.delete(plan.jid);
    const { nick } = plan.change;
    if (typeof nick === "string" && nicks.has(nick))
      return errors.conflict("One nickname is given to two users");
    if (typeof nick === "string") nicks.add(nick);
  }
  return owners.size === 0 ? errors.conflict("A room has at least one owner") : undefined;
}
