// The reasons that users give for kicks, bans, invitations and other actions.
import { child, childText, type Element, namespaceOf } from "../../xmpp/element.ts";
import { cutText } from "../../xmpp/escape.ts";
import { textTag } from "../../xmpp/tag.ts";
import { readLanguage } from "./language.ts";
import { MAX_BYTES } from "./size-limits.ts";

/** Reads the reason in an element and cuts it to the maximum length; undefined if there is none. */
export function readReason(element: Element): string | undefined {
  const text = childText(element, "reason");
  return text === undefined ? undefined : boundedReason(text);
}

/** Cuts a reason to the maximum length. Imports and older versions may have stored longer ones. */
export const boundedReason = (text: string): string => cutText(text, MAX_BYTES.reason);

/** Reads the language of the reason in an element, if it has one. */
export function reasonLanguage(element: Element): string | undefined {
  const reason = child(element, "reason", namespaceOf(element));
  return reason && readLanguage(reason);
}

/** Writes a reason as markup; empty if there is none. */
export const reasonTag = (reason: string | undefined, language?: string): string =>
  reason ? textTag("reason", reason, { "xml:lang": language }) : "";
