import type { StanzaError } from "./stanza-error.ts";

/** The refusal of a stanza or of a value in it (RFC 6120 section 8.3). */
export interface Refused {
  readonly kind: "refused";
  readonly error: StanzaError;
}

/** A value that was read from a stanza, or the refusal of the stanza. */
export type Result<T> = { readonly kind: "ok"; readonly value: T } | Refused;

export const ok = <T>(value: T): Result<T> => ({ kind: "ok", value });

export const refuse = (error: StanzaError): Refused => ({ kind: "refused", error });
