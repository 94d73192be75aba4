// Which messages are kept, and whether who enters later is given them (XEP-0313 sections 3 and 6.1.2, XEP-0334).
import { type Element, namespaceOf } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { readRetractions } from "./retraction-elements.ts";

/** Chat states (XEP-0085), receipts (XEP-0184) and markers (XEP-0333): what a client tells of its state. */
const STATES: readonly string[] = [NS.chatStates, NS.receipts, NS.chatMarkers];

/** Identifiers (XEP-0359) and hints (XEP-0334): they say nothing by themselves, nor does a thread (RFC 6121). */
const ACCOMPANIMENTS: readonly string[] = [NS.stanzaId, NS.hints];

/** The parts of a message, without those that the room does not take from a client. */
type Said = readonly Element[];

/** The kind of a message: the discussion is what has a body, retracts something, or asks to be stored. */
export function kindOf(said: Said): Exclude<ArchivedMessage["kind"], "private" | "arrival" | "departure"> {
  // To who enters, the first subject is the end of the history (XEP-0045 section 7.2.15).
  if (isSubjectChange(said)) return "subject";
  const isDiscussion = has(said, "body") || hasHint(said, "store") || readRetractions(said).length > 0;
  return isDiscussion ? "discussion" : "other";
}

/** Returns true for a message that changes the subject: it has a subject, but no body and no thread (XEP-0045 section 8.1). */
export const isSubjectChange = (said: Said): boolean =>
  has(said, "subject") && !has(said, "body") && !has(said, "thread");

/** Whether a message holds nothing but the state of its author's client, and does not ask to be stored. */
export const isPassing = (said: Said): boolean => !hasHint(said, "store") && said.every(isAccompaniment);

/** Whether a message is kept: not what passes, nor what its author wants not to be kept. */
export const isToBeKept = (said: Said): boolean =>
  !isPassing(said) && !hasHint(said, "no-store") && !hasHint(said, "no-permanent-store");

const hasHint = (said: Said, name: string): boolean => said.some((el) => el.is(name, NS.hints));

/** Finds the subjects of a message, one for each language. */
export const subjectsOf = (said: Said): Element[] => said.filter((el) => isOwn(el, "subject"));

const has = (said: Said, name: string): boolean => said.some((el) => isOwn(el, name));

/** Whether an element is one of the stanza's own namespace (RFC 6121 section 5.2). */
const isOwn = (el: Element, name: string): boolean =>
  el.getName() === name && namespaceOf(el) === "jabber:client";

function isAccompaniment(el: Element): boolean {
  const xmlns = namespaceOf(el);
  return STATES.includes(xmlns) || ACCOMPANIMENTS.includes(xmlns) || isOwn(el, "thread");
}
