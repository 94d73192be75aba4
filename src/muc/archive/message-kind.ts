// Kinds of messages, which decide what the archive and the history keep (XEP-0313 sections 3 and 6.1.2, XEP-0334).
import { type Element, namespaceOf } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { readRetractions } from "./retraction-elements.ts";

/** States of a client: chat states (XEP-0085), receipts (XEP-0184) and markers (XEP-0333). */
const STATES: readonly string[] = [NS.chatStates, NS.receipts, NS.chatMarkers];

/** Identifiers (XEP-0359) and hints (XEP-0334): like a thread (RFC 6121), they say nothing by themselves. */
const ACCOMPANIMENTS: readonly string[] = [NS.stanzaId, NS.hints];

/** The elements of a message that the room passes on. */
type Said = readonly Element[];

/** Returns the kind of a message. The discussion is what has a body, retracts a message, or asks to be stored. */
export function kindOf(said: Said): Exclude<ArchivedMessage["kind"], "private" | "arrival" | "departure"> {
  // The first subject ends the history for new occupants (XEP-0045 section 7.2.15).
  if (isSubjectChange(said)) return "subject";
  const isDiscussion = has(said, "body") || hasHint(said, "store") || readRetractions(said).length > 0;
  return isDiscussion ? "discussion" : "other";
}

/** Returns true for a change of the subject: a subject without body and thread (XEP-0045 section 8.1). */
export const isSubjectChange = (said: Said): boolean =>
  has(said, "subject") && !has(said, "body") && !has(said, "thread");

/** Returns true for a message that has only states of its author's client and does not ask to be stored. */
export const isPassing = (said: Said): boolean => !hasHint(said, "store") && said.every(isAccompaniment);

/** Returns true for a message that is archived: one with content whose author does not forbid it. */
export const isToBeKept = (said: Said): boolean =>
  !isPassing(said) && !hasHint(said, "no-store") && !hasHint(said, "no-permanent-store");

const hasHint = (said: Said, name: string): boolean => said.some((el) => el.is(name, NS.hints));

/** Finds the subjects of a message, one for each language. */
export const subjectsOf = (said: Said): Element[] => said.filter((el) => isOwn(el, "subject"));

const has = (said: Said, name: string): boolean => said.some((el) => isOwn(el, name));

/** Returns true for an element of the stanza's own namespace (RFC 6121 section 5.2). */
const isOwn = (el: Element, name: string): boolean =>
  el.getName() === name && namespaceOf(el) === "jabber:client";

function isAccompaniment(el: Element): boolean {
  const xmlns = namespaceOf(el);
  return STATES.includes(xmlns) || ACCOMPANIMENTS.includes(xmlns) || isOwn(el, "thread");
}
