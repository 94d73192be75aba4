// The full lists of admins and owners in the configuration form (XEP-0045 sections 10.2 and 16.5.3).
import type { FormField } from "../../xmpp/data-form.ts";
import { type Jid, prepareJid } from "../../xmpp/jid.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { applyAffiliation } from "../affiliations/affiliation-change.ts";
import type { Affiliation } from "../model/affiliation.ts";
import { ADMIN_LIST_BYTES } from "../model/size-limits.ts";
import { refuseAffiliationChange, refuseLossOfOwners } from "../permissions/privileges.ts";
import { actorOf } from "../room/actor.ts";
import { affiliatedAs } from "../room/affiliated.ts";
import type { Room } from "../room/room.ts";
import type { Offer } from "./form-offer.ts";

const ADMINS = "muc#roomconfig_roomadmins";
const OWNERS = "muc#roomconfig_roomowners";

/** The new affiliation of each user whose affiliation changes, by bare JID. */
type AffiliationPlan = ReadonlyMap<string, Affiliation>;

/** Returns the users of both lists for the form's offer. */
export const adminsAndOwnersOffer = (room: Room): (readonly [string, string])[] =>
  adminsAndOwnersFields(room).flatMap(({ var: name, values }) => values.map((jid) => [name, jid] as const));

/**
 * Returns both fields with the current lists, without a list that is too long for the form. Such a list can be changed
 * by muc#admin.
 */
export function adminsAndOwnersFields(room: Room): (FormField & Required<Pick<FormField, "values">>)[] {
  const fields = [
    { var: ADMINS, type: "jid-multi", label: say`Room Admins`, values: addressesOf(room, "admin") },
    { var: OWNERS, type: "jid-multi", label: say`Room Owners`, values: addressesOf(room, "owner") },
  ] as const;
  return fields.filter(({ values }) => Buffer.byteLength(values.join()) <= ADMIN_LIST_BYTES);
}

const addressesOf = (room: Room, affiliation: Affiliation): string[] =>
  affiliatedAs(room, affiliation).map(({ jid }) => jid);

/**
 * Plans the changes of affiliation from the submitted lists. A missing list changes nothing. Removed owners become
 * admins. Removed admins become members if the room is members-only or they have a reserved nickname; otherwise they
 * lose their affiliation. With an offer only the users whom the sender added or removed count. Returns conflict if no
 * owner is left.
 */
export function planAdminsAndOwners(
  room: Room,
  actorJid: string,
  fields: ReadonlyMap<string, readonly string[]>,
  membersOnly: boolean,
  offer?: Offer,
): Result<AffiliationPlan> {
  const admins = readList(fields.get(ADMINS));
  const owners = readList(fields.get(OWNERS));
  if (!admins || !owners)
    return refuse(errors.notAcceptable(say`Admins and owners need an address such as user@domain`));
  const isRemoved = (name: string, list: List, jid: string): boolean =>
    list.listed && !list.jids.has(jid) && (offer?.has(name, jid) ?? true);
  const added = (name: string, { jids }: List): string[] => [...jids].filter((jid) => !offer?.has(name, jid));
  const plan = new Map<string, Affiliation>();
  for (const { jid, affiliation, nick } of room.affiliations.values()) {
    if (affiliation === "owner" && isRemoved(OWNERS, owners, jid)) plan.set(jid, "admin");
    if (affiliation === "admin" && isRemoved(ADMINS, admins, jid))
      plan.set(jid, membersOnly || nick !== undefined ? "member" : "none");
  }
  const stays = (jid: string) => room.affiliations.get(jid)?.affiliation === "owner" && !plan.has(jid);
  const newAdmins = added(ADMINS, admins);
  if ([...admins.jids].some((jid) => owners.jids.has(jid)) || newAdmins.some(stays))
    return refuse(errors.notAcceptable(say`A user cannot be both admin and owner`));
  for (const jid of newAdmins)
    if (room.affiliations.get(jid)?.affiliation !== "admin") plan.set(jid, "admin");
  for (const jid of added(OWNERS, owners))
    if (room.affiliations.get(jid)?.affiliation !== "owner") plan.set(jid, "owner");
  const refusal = refusePlan(room, actorJid, plan);
  return refusal ? refuse(refusal) : ok(plan);
}

interface List {
  readonly listed: boolean;
  readonly jids: ReadonlySet<string>;
}

function readList(values: readonly string[] | undefined): List | undefined {
  const jids = new Set<string>();
  for (const value of values ?? []) {
    if (value.trim() === "") continue;
    const jid = prepareJid(value.trim());
    if (!jid) return undefined;
    jids.add(jid.bare);
  }
  return { listed: values !== undefined, jids };
}

function refusePlan(room: Room, actorJid: string, plan: AffiliationPlan): StanzaError | undefined {
  for (const [jid, affiliation] of plan) {
    const refusal = refuseAffiliationChange(room, actorJid, jid, affiliation);
    if (refusal) return refusal;
  }
  return refuseLossOfOwners(room, plan);
}

/** Applies a plan and announces each change. */
export function applyAdminsAndOwners(room: Room, user: Jid, plan: AffiliationPlan): void {
  const actor = actorOf(room, user);
  for (const [jid, affiliation] of plan) applyAffiliation(room, jid, { affiliation, actor });
}
