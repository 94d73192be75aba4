// Descriptions of settings.

/** Kind of an environment variable. It determines how the text is parsed into the value of the configuration file. */
export type VariableKind = "text" | "number" | "boolean" | "list" | "json";

/** A setting as described to operators in errors, the JSON Schema and the documentation. */
export interface Setting {
  readonly description: string;
  /** Completes "expected ...". */
  readonly expected: string;
  readonly default?: unknown;
  readonly variable?: string;
  readonly kind?: VariableKind;
  /** True if its value must not be shown. */
  readonly confidential?: boolean;
}

export const YES_NO = "true or false";
export const TEXT = "a text";
export const COUNT = "a whole number, 0 or more";
export const POSITIVE = "a whole number, 1 or more";
export const URIS = 'a list of URIs such as "mailto:abuse@example.org"';
export const BARE_JIDS = 'a list of bare JIDs such as "juliet@example.org"';

export const PATTERNS = 'a list of patterns such as "spam*"';
export const NAMES = 'a list of words such as "admin" and patterns such as "admin-*"';
export const USERS =
  'a list of accounts such as "juliet@example.org", domains such as "example.org" and patterns such as "*.example.org"';
export const USER_SET = `"anyone", "local", "admins" or ${USERS}`;

/** Describes a choice among some texts. */
export function oneOf(values: readonly string[]): string {
  return `one of ${values.map((value) => JSON.stringify(value)).join(", ")}`;
}
