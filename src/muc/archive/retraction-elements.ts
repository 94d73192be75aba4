// Elements of retractions: those of XEP-0424, and those of its version 0.3, which clients still use.
import { child, type Element } from "../../xmpp/element.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { tag } from "../../xmpp/tag.ts";
import { MAX_BYTES } from "../model/size-limits.ts";

/** A retraction in a message. */
export interface Retraction {
  /** The room's stanza-id. In the earlier version it may be the author's own id of the message (XEP-0359). */
  readonly id: string;
  readonly isEarlier: boolean;
}

/** Maximum number of retractions read in one message. A message has one, which clients may write in both versions. */
const MOST = 10;

/** Reads the retractions in the parts of a message. */
export const readRetractions = (said: readonly Element[]): Retraction[] =>
  said.flatMap((el) => read(el) ?? []).slice(0, MOST);

function read(el: Element): Retraction | undefined {
  const isEarlier = el.is("apply-to", NS.fasten) && child(el, "retract", NS.retractEarlier) !== undefined;
  if (!isEarlier && !el.is("retract", NS.retract)) return undefined;
  const id = readId(el);
  return id === undefined ? undefined : { id, isEarlier };
}

/** Reads the id that the author of a message gave it (XEP-0359). */
export function readOriginId(said: readonly Element[]): string | undefined {
  const origin = said.find((el) => el.is("origin-id", NS.stanzaId));
  return origin && readId(origin);
}

/** Reads an id. Ids are repeated and remembered, so one that is too long is ignored. */
export const readId = ({ attrs: { id } }: Element): string | undefined =>
  id === undefined || escapedBytes(id) > MAX_BYTES.token ? undefined : id;

/** Writes a retraction of a message by the room's stanza-id. */
export const retractTag = (stanzaId: string, content?: string): string =>
  tag("retract", { xmlns: NS.retract, id: stanzaId }, content);

/**
 * Writes the retraction of a message in the version that its author did not use, so that clients of both versions see
 * it. `idOf`: returns the id by which that version knows the message. Empty without a retraction, or with both versions.
 */
export function otherVersion(said: readonly Element[], idOf: (retraction: Retraction) => string): string {
  const [retraction, ...more] = readRetractions(said);
  if (!retraction || more.some(({ isEarlier }) => isEarlier !== retraction.isEarlier)) return "";
  const id = idOf(retraction);
  return retraction.isEarlier ? retractTag(id) : fasten(id, tag("retract", { xmlns: NS.retractEarlier }));
}

/** Writes what the earlier version fastens to a message. */
export const fasten = (id: string, content: string): string =>
  tag("apply-to", { xmlns: NS.fasten, id }, content);

/** Writes the tombstones of both versions; `at` in milliseconds since 1970, `id` that of the retraction's own stanza. */
export function retractedTags(
  ownId: string,
  { id, at }: { readonly id: string | undefined; readonly at: number },
): string {
  const stamp = new Date(at).toISOString();
  const origin = tag("origin-id", { xmlns: NS.stanzaId, id: ownId });
  return (
    tag("retracted", { xmlns: NS.retract, id, stamp }) +
    tag("retracted", { xmlns: NS.retractEarlier, stamp }, origin)
  );
}
