import { cutText } from "./escape.ts";
import { NS } from "./namespaces.ts";
import { tag, textTag } from "./tag.ts";
import { inLanguage, languageFor, say, type Text } from "./text.ts";

type ErrorType = "auth" | "cancel" | "modify" | "wait";

/** A stanza error (RFC 6120 section 8.3). `text` is for people. */
export interface StanzaError {
  readonly type: ErrorType;
  readonly condition: string;
  readonly text: Text | undefined;
  /** The character data of the condition (an address for gone). */
  readonly content?: string;
  /** The application-specific condition (RFC 6120 section 8.3.2), as markup. */
  readonly specific?: string;
}

const error =
  (type: ErrorType, condition: string) =>
  (text?: Text): StanzaError => ({ type, condition, text });

/** The error conditions in use, each with its type from XEP-0045 or RFC 6120. */
export const errors = {
  badRequest: error("modify", "bad-request"),
  conflict: error("cancel", "conflict"),
  featureNotImplemented: error("cancel", "feature-not-implemented"),
  forbidden: error("auth", "forbidden"),
  internalServerError: error("wait", "internal-server-error"),
  itemNotFound: error("cancel", "item-not-found"),
  jidMalformed: error("modify", "jid-malformed"),
  /** XEP-0045 section 7.6. */
  nicknameLocked: error("cancel", "not-acceptable"),
  notAcceptable: error("modify", "not-acceptable"),
  /** XEP-0410 section 3: the answer to a self-ping from a client that is not joined. */
  notJoined: error("cancel", "not-acceptable"),
  notAllowed: error("cancel", "not-allowed"),
  notAuthorized: error("auth", "not-authorized"),
  policyViolation: error("modify", "policy-violation"),
  recipientUnavailable: error("wait", "recipient-unavailable"),
  remoteServerTimeout: error("wait", "remote-server-timeout"),
  registrationRequired: error("auth", "registration-required"),
  resourceConstraint: error("wait", "resource-constraint"),
  /** XEP-0045 section 7.2.9: the room is full. */
  roomFull: error("wait", "service-unavailable"),
  /** XEP-0500 section 6: a message that comes too early. */
  slowDown: error("wait", "policy-violation"),
  serviceUnavailable: error("cancel", "service-unavailable"),
} as const;

/** Returns the error gone (RFC 6120 section 8.3.3.5). `uri` is the new address, or empty. */
export const gone = (uri: string, text: Text | undefined): StanzaError => ({
  type: "cancel",
  condition: "gone",
  text: text ?? say`This room was destroyed`,
  content: uri,
});

/** The longest error text in bytes. An error text may quote the stanza. */
const LONGEST_TEXT = 1024;

/** Where and how an error element is written. */
interface ErrorPlace {
  /** Language of the reader (`xml:lang` of the stanza that is answered). */
  readonly language: string | undefined;
  /** The address that refuses, if the error names it. */
  readonly by?: string | undefined;
}

/** Writes the error element. */
export function writeError(refusal: StanzaError, { language, by }: ErrorPlace): string {
  const condition = textTag(refusal.condition, refusal.content ?? "", { xmlns: NS.stanzas });
  const text = refusal.text === undefined ? "" : writeText(refusal.text, language);
  return tag("error", { type: refusal.type, by }, condition + text + (refusal.specific ?? ""));
}

const writeText = (text: Text, language: string | undefined): string =>
  textTag("text", cutText(inLanguage(text, language), LONGEST_TEXT), {
    xmlns: NS.stanzas,
    "xml:lang": languageFor(language),
  });
