/** Affiliations (XEP-0045 section 5.2), lowest first. */
export const AFFILIATIONS = ["outcast", "none", "member", "admin", "owner"] as const;
export type Affiliation = (typeof AFFILIATIONS)[number];

/** Roles (XEP-0045 section 5.1), lowest first. */
export const ROLES = ["none", "visitor", "participant", "moderator"] as const;
export type Role = (typeof ROLES)[number];

export function parseAffiliation(text: string | undefined): Affiliation | undefined {
  return AFFILIATIONS.find((affiliation) => affiliation === text);
}

export function parseRole(text: string | undefined): Role | undefined {
  return ROLES.find((role) => role === text);
}

/** Returns a negative number if `a` is below `b`, zero if they are equal, a positive number if `a` is above. */
export function compareAffiliations(a: Affiliation, b: Affiliation): number {
  return AFFILIATIONS.indexOf(a) - AFFILIATIONS.indexOf(b);
}

/** Returns true for admins and owners. */
export const isAdmin = (affiliation: Affiliation): boolean => compareAffiliations(affiliation, "admin") >= 0;

/** Returns the role that a user with this affiliation gets on entering (section 5.1.2). */
export function defaultRole(affiliation: Affiliation, { moderated }: { readonly moderated: boolean }): Role {
  if (isAdmin(affiliation)) return "moderator";
  return moderated && affiliation !== "member" ? "visitor" : "participant";
}
