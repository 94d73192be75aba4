// The text of output.
import { escapeAttribute } from "../../xmpp/escape.ts";
import type { AddressedStanza, Batch, Recipients, StanzaTemplate } from "./effects.ts";

/**
 * Limits of a search for recipients: how many to find and how many empty places to skip; for `isLate` see `Recipients`.
 */
interface SearchLimits {
  readonly count?: number;
  readonly skipping?: number;
  readonly isLate?: boolean;
}

/** Returns the next recipients, beginning at a place, and the place after them. */
export function nextRecipients(
  to: Recipients,
  start = 0,
  {
    count = Number.POSITIVE_INFINITY,
    skipping = Number.POSITIVE_INFINITY,
    isLate = false,
  }: SearchLimits = {},
): { found: string[]; end: number } {
  const found: string[] = [];
  let end = start;
  for (; end < to.length && found.length < count && end - start - found.length < skipping; end += 1) {
    const recipient = to.at(end, isLate);
    if (recipient !== undefined) found.push(recipient);
  }
  return { found, end };
}

/**
 * Writes the stanzas of a batch, beginning at a place, until the text has `length` characters. Returns the text and the
 * place after the last stanza. Skips stanzas that `admits` refuses, and those that throw when they are built, which it
 * reports to `faulted`.
 */
export function writeBatch(
  { stanzas, to }: Pick<Batch, "stanzas" | "to">,
  start: number,
  length: number,
  faulted: (error: unknown) => void,
  admits: (stanza: StanzaTemplate) => boolean = () => true,
): { text: string; end: number } {
  const recipient = escapeAttribute(to);
  let text = "";
  let end = start;
  for (; end < stanzas.length && text.length < length; end += 1) {
    const stanza = stanzas[end];
    try {
      if (stanza && admits(stanza)) text += stanza.head + recipient + stanza.tail;
    } catch (error) {
      faulted(error);
    }
  }
  return { text, end };
}

/** Returns all copies of a stanza as one text. */
export function writeBroadcast({ head, tail, to }: AddressedStanza): string {
  let text = "";
  for (const recipient of nextRecipients(to).found) text += head + escapeAttribute(recipient) + tail;
  return text;
}
