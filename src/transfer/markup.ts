// Messages as markup from elsewhere. It goes into streams as it is, so it is parsed and serialized again first.

import { isPassing, kindOf } from "../muc/archive/message-kind.ts";
import { type Affiliation, defaultRole } from "../muc/model/affiliation.ts";
import type { ArchivedMessage } from "../muc/model/journal.ts";
import { isForged } from "../muc/presence/relay-filter.ts";
import { child, childText, type Element, parse, serialize } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";

/** Parses markup into the children of a message. Returns undefined if it is not well-formed. */
export function readMarkup(payload: string): Element | undefined {
  try {
    return parse(`<message xmlns="jabber:client">${payload}</message>`);
  } catch {
    return undefined;
  }
}

/** Serializes the child elements of a message. Text between them is not part of a stanza. */
export function writeMarkup(elements: readonly Element[]): string {
  return elements.map(serialize).join("");
}

/** The part of a record that comes from the message itself and from its sender's affiliation. */
type Content = Pick<
  ArchivedMessage,
  "kind" | "affiliation" | "role" | "id" | "language" | "corrects" | "payload" | "text"
>;

/**
 * Reads a message that somebody with that affiliation sent to the room `address`. `id` replaces a missing id. Returns
 * undefined if the message has nothing that Verona archives.
 */
export function readContent(
  stanza: Element,
  address: string,
  affiliation: Affiliation,
  id: string,
): Content | undefined {
  const said = stanza.getChildElements().filter((el) => !isForged(el, address));
  if (isPassing(said)) return undefined;
  return {
    kind: kindOf(said),
    affiliation,
    role: defaultRole(affiliation, { moderated: false }),
    id: stanza.attrs.id ?? id,
    language: stanza.attrs["xml:lang"],
    corrects: child(stanza, "replace", NS.correct)?.attrs.id,
    payload: writeMarkup(said),
    text: childText(stanza, "body"),
  };
}
