// The room's subject as it is kept (XEP-0045 section 7.2.15).
import { cutText, escapedBytes } from "../../xmpp/escape.ts";
import { textTag } from "../../xmpp/tag.ts";
import { LONGEST } from "./lengths.ts";

/** The room's subject and who set it when (milliseconds since 1970). An empty text means it was cleared. */
export interface Subject {
  readonly text: string;
  readonly nick: string;
  readonly at: number;
  /** The message that set it, for those who enter later; subjects kept by earlier versions lack it. */
  readonly message?: {
    readonly id: string;
    /** XEP-0359. */
    readonly stanzaId: string;
    /** XEP-0421. */
    readonly occupantId: string;
    readonly language: string | undefined;
    /** The subject elements as markup: one for each language. */
    readonly subjects: string;
  };
}

/** Cuts a subject from an earlier version or an import to the length that a subject may have. */
export function boundedSubject(subject: Subject): Subject {
  const { message } = subject;
  const isShort =
    Buffer.byteLength(message?.subjects ?? "") <= LONGEST.subject &&
    escapedBytes(subject.text) <= LONGEST.subject;
  if (isShort) return subject;
  const text = cutText(subject.text, LONGEST.subject);
  return {
    ...subject,
    text,
    ...(message && { message: { ...message, subjects: textTag("subject", text) } }),
  };
}
