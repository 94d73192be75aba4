/** The rights of a caller. Each includes those before it. */
export const SCOPES = ["read", "moderate", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export const isScope = (text: string): text is Scope => SCOPES.some((scope) => scope === text);

/** Returns true if the rights of one scope include those of another. */
export const includesScope = (scope: Scope, other: Scope): boolean =>
  SCOPES.indexOf(scope) >= SCOPES.indexOf(other);
