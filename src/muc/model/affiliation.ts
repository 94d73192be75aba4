/** XEP-0045 section 5.2, lowest first. */
export const AFFILIATIONS = ["outcast", "none", "member", "admin", "owner"] as const;
export type Affiliation = (typeof AFFILIATIONS)[number];

/** XEP-0045 section 5.1, lowest first. */
export const ROLES = ["none", "visitor", "participant", "moderator"] as const;
export type Role = (typeof ROLES)[number];

export function parseAffiliation(text: string | undefined): Affiliation | undefined {
  return AFFILIATIONS.find((affiliation) => affiliation === text);
}

export function parseRole(text: string | undefined): Role | undefined {
  return ROLES.find((role) => role === text);
}

/** Negative where `a` is below `b`, zero where they are the same, positive where `a` is above. */
export function compareAffiliations(a: Affiliation, b: Affiliation): number {
  return AFFILIATIONS.indexOf(a) - AFFILIATIONS.indexOf(b);
}

/** Whether an affiliation allows what room admins may do: admins and owners, the staff of a room. */
export const isAdmin = (affiliation: Affiliation): boolean => compareAffiliations(affiliation, "admin") >= 0;
