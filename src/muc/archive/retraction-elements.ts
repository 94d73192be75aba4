// How a message retracts another: as XEP-0424 has it, and as its version 0.3 had it, which clients still speak.
import { child, type Element } from "../../xmpp/element.ts";
import { escapedBytes } from "../../xmpp/escape.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { tag } from "../../xmpp/tag.ts";
import { LONGEST } from "../model/lengths.ts";

/** What a message retracts. */
export interface Retraction {
  /** The room's stanza-id; in the earlier version the author's own id of the message (XEP-0359), or the stanza-id. */
  readonly id: string;
  readonly isEarlier: boolean;
}

/** More in one message are not retractions: the specification has one, and clients may write it in both versions. */
const MOST = 10;

/** Reads the retractions in the parts of a message. */
export const readRetractions = (said: readonly Element[]): Retraction[] =>
  said.flatMap((el) => read(el) ?? []).slice(0, MOST);

function read(el: Element): Retraction | undefined {
  const id = readId(el);
  if (id === undefined) return undefined;
  if (el.is("retract", NS.retract)) return { id, isEarlier: false };
  const isEarlier = el.is("apply-to", NS.fasten) && child(el, "retract", NS.retractEarlier) !== undefined;
  return isEarlier ? { id, isEarlier } : undefined;
}

/** Reads the id that the author of a message gave it (XEP-0359). */
export function readOriginId(said: readonly Element[]): string | undefined {
  const origin = said.find((el) => el.is("origin-id", NS.stanzaId));
  return origin && readId(origin);
}

/** Ids are repeated and remembered: a longer one is none. */
export const readId = ({ attrs: { id } }: Element): string | undefined =>
  id === undefined || escapedBytes(id) > LONGEST.token ? undefined : id;

/** Writes a retraction of a message by the room's stanza-id. */
export const retractTag = (stanzaId: string, content?: string): string =>
  tag("retract", { xmlns: NS.retract, id: stanzaId }, content);

/**
 * The retraction in a message in the version that its author's client does not speak, as markup: so clients of both see
 * it. `idOf`: the id by which that version knows the message. Empty where there is none, or the message has both.
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
