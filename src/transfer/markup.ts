// What was said, as markup from elsewhere: it will be spliced into streams, so it is read and written anew.

import { isPassing, kindOf } from "../muc/archive/message-kind.ts";
import { type Affiliation, defaultRole } from "../muc/model/affiliation.ts";
import type { ArchivedMessage } from "../muc/model/journal.ts";
import { isForged } from "../muc/presence/relay-filter.ts";
import { child, childText, type Element, parse, serialize } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";

/** The elements of a piece of markup, as children of a message; undefined where it is not well-formed. */
export function readMarkup(payload: string): Element | undefined {
  try {
    return parse(`<message xmlns="jabber:client">${payload}</message>`);
  } catch {
    return undefined;
  }
}

/** The child elements of a message as markup; text between them is no part of a stanza. */
export function writeMarkup(elements: readonly Element[]): string {
  return elements.map(serialize).join("");
}

/** What a record has of the message itself, and of its speaker's rights. */
type Content = Pick<
  ArchivedMessage,
  "kind" | "affiliation" | "role" | "id" | "language" | "corrects" | "payload" | "text"
>;

/**
 * What was said to the room at that address, by somebody who now has that affiliation; `id` is its identifier where it
 * has none. Undefined where there is nothing in it that is kept here.
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
