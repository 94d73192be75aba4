// The stored subject of a room (XEP-0045 section 7.2.15).
import { cutText, escapedBytes } from "../../xmpp/escape.ts";
import { textTag } from "../../xmpp/tag.ts";
import { MAX_BYTES } from "./size-limits.ts";

/** Subject of a room, with the nickname that set it and the time (milliseconds since 1970). Empty: it was cleared. */
export interface Subject {
  readonly text: string;
  readonly nick: string;
  readonly at: number;
  /** Message that set it, which is sent to new occupants; missing in subjects that earlier versions stored. */
  readonly message?: {
    readonly id: string;
    /** XEP-0359. */
    readonly stanzaId: string;
    /** XEP-0421. */
    readonly occupantId: string;
    readonly language: string | undefined;
    /** Subject elements as markup: one per language. */
    readonly subjects: string;
  };
}

/** Cuts a subject from an earlier version or an import to the maximum length. */
export function boundedSubject(subject: Subject): Subject {
  const { message } = subject;
  const isShort =
    Buffer.byteLength(message?.subjects ?? "") <= MAX_BYTES.subject &&
    escapedBytes(subject.text) <= MAX_BYTES.subject;
  if (isShort) return subject;
  const text = cutText(subject.text, MAX_BYTES.subject);
  return {
    ...subject,
    text,
    ...(message && { message: { ...message, subjects: textTag("subject", text) } }),
  };
}
