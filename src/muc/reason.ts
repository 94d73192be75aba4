// Reasons that somebody gives for what the room tells others of.
import { childText, type Element } from "../xmpp/element.ts";
import { cutText } from "../xmpp/escape.ts";
import { textTag } from "../xmpp/tag.ts";
import { LONGEST } from "./lengths.ts";

/** Reads the reason in an element, cut where it is too long; undefined where there is none. */
export function readReason(element: Element): string | undefined {
  const text = childText(element, "reason");
  return text === undefined ? undefined : boundedReason(text);
}

/** A reason that was kept before reasons had a length, or by an import, cut where it is too long. */
export const boundedReason = (text: string): string => cutText(text, LONGEST.reason);

/** Writes a reason as markup; empty where there is none. */
export const reasonTag = (reason: string | undefined): string => (reason ? textTag("reason", reason) : "");
