// What the configuration form offered, so that a submitted form changes only what its sender changed.
import { createHash } from "node:crypto";
import type { FormField } from "../../xmpp/data-form.ts";

/** Hidden, so clients return it as it is (XEP-0004 section 3.3). */
const OFFER = "verona#offered";

/** Digits of a fingerprint: enough that no two values of one form share it. */
const DIGITS = 8;

/** The values that a form offered, by the names of their fields. */
export interface Offer {
  has(name: string, value: unknown): boolean;
}

/** Writes the fingerprints of the offered values into a field of the form. */
export function offerField(values: readonly (readonly [name: string, value: unknown])[]): FormField {
  const fingerprints = values.map(([name, value]) => fingerprint(name, value));
  return { var: OFFER, type: "hidden", values: [fingerprints.join("")] };
}

/** Reads that field of a submitted form; undefined where the client left it out. */
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
