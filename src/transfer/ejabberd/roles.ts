// Roles that moderators gave. ejabberd stores them and applies them in moderated rooms.
import { defaultRole } from "../../muc/model/affiliation.ts";
import type { AffiliationRecord } from "../../muc/model/journal.ts";
import { KEPT_ROLES } from "../../muc/permissions/kept-roles.ts";
import { bareJid } from "./bare-jid.ts";
import { itemsOf, type Term, wordOf } from "./term.ts";

/**
 * Returns the note of muc/permissions/kept-roles.ts: the roles that differ from the default role of the user's
 * affiliation. Undefined if there are none. Roles that Verona does not store are added to `losses`.
 */
export function readRoles(
  list: Term,
  affiliations: readonly AffiliationRecord[],
  isModerated: boolean,
  losses: string[],
): string | undefined {
  const affiliationOf = new Map(affiliations.map(({ jid, affiliation }) => [jid, affiliation]));
  const roles = new Map<string, "participant" | "visitor">();
  for (const entry of itemsOf(list)) {
    const [address, value] = itemsOf(entry);
    const jid = bareJid(address);
    const role = wordOf(value) ?? wordOf(itemsOf(value)[0]);
    const affiliation = affiliationOf.get(jid ?? "") ?? "none";
    const own = defaultRole(affiliation, { moderated: isModerated });
    if (role === own || affiliation === "outcast") continue;
    if (jid !== undefined && own !== "moderator" && (role === "participant" || role === "visitor"))
      roles.set(jid, role);
    else losses.push(`the role ${role} of ${jid ?? "no address"}`);
  }
  if (roles.size > KEPT_ROLES) losses.push(`the roles of ${roles.size - KEPT_ROLES} more users`);
  return roles.size === 0 ? undefined : JSON.stringify([...roles].slice(0, KEPT_ROLES));
}
