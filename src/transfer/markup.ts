// What was said, as markup from elsewhere: it will be spliced into streams, so it is read and written anew.
import type { ArchivedMessage } from "../muc/journal.ts";
import { child, type Element, parse, serialize } from "../xmpp/element.ts";
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

/** What kind of message it was, as muc/message.ts tells them apart. */
export function kindOfMessage(message: Element): ArchivedMessage["kind"] {
  const has = (name: string, xmlns?: string): boolean => child(message, name, xmlns) !== undefined;
  if (has("body") || has("retract", NS.retract)) return "discussion";
  return has("subject") && !has("thread") ? "subject" : "other";
}
