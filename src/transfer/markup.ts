// What was said, as markup from elsewhere: it will be spliced into streams, so it is read and written anew.
import { type Element, parse, serialize } from "../xmpp/element.ts";

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
