// Records the values that a configuration form offered, so that its submission changes only what its sender edited.
import { createHash } from "node:crypto";
import type { FormField } from "../../xmpp/data-form.ts";

/** A hidden field, which clients return unchanged (XEP-0004 section 3.3). */
const OFFER = "verona#offered";

/** Digits of a fingerprint, enough to avoid collisions within one form. */
const DIGITS = 8;

/** The values that a form offered, by field. */
export interface Offer {
  has(name: string, value: unknown): boolean;
}

/** Writes the fingerprints of the offered values into a field of the form. */
export function offerField(values: readonly (readonly [name: string, value: unknown])[]): FormField {
  const fingerprints = values.map(([name, value]) => fingerprint(name, value));
  return { var: OFFER, type: "hidden", values: [fingerprints.join("")] };
}

/** Reads that field of a submitted form; undefined if it is missing. */
export function readOffer(fields: ReadonlyMap<string, readonly string[]>): Offer | undefined {
  const [text] = fields.get(OFFER) ?? [];
  if (text === undefined) return undefined;
  const offered = new Set<string>();
  for (let at = 0; at < text.length; at += DIGITS) offered.add(text.slice(at, at + DIGITS));
  return { has: (name, value) => offered.has(fingerprint(name, value)) };
}

const fingerprint = (name: string, value: unknown): string =>
  createHash("sha256")
    .update(JSON.stringify([name, value]))
    .digest("base64url")
    .slice(0, DIGITS);
