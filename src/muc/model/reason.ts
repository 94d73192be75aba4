// Reasons that somebody gives for what the room tells others of.
import { child, childText, type Element, namespaceOf } from "../../xmpp/element.ts";
import { cutText } from "../../xmpp/escape.ts";
import { textTag } from "../../xmpp/tag.ts";
import { readLanguage } from "./language.ts";
import { LONGEST } from "./lengths.ts";

/** Reads the reason in an element, cut where it is too long; undefined where there is none. */
export function readReason(element: Element): string | undefined {
  const text = childText(element, "reason");
  return text === undefined ? undefined : boundedReason(text);
}

/** A reason that was kept before reasons had a length, or by an import, cut where it is too long. */
export const boundedReason = (text: string): string => cutText(text, LONGEST.reason);

/** Reads the language of the reason in an element, where it is marked with one. */
export function reasonLanguage(element: Element): string | undefined {
  const reason = child(element, "reason", namespaceOf(element));
  return reason && readLanguage(reason);
}

/** Writes a reason as markup; empty where there is none. */
export const reasonTag = (reason: string | undefined, language?: string): string =>
  reason ? textTag("reason", reason, { "xml:lang": language }) : "";
