import { type Element, serialize, sizeOf } from "./element.ts";
import { cutText, escapedBytes } from "./escape.ts";
import { type Jid, parseJid } from "./jid.ts";
import { errors, type StanzaError, writeError } from "./stanza-error.ts";
import { tag } from "./tag.ts";
import { say } from "./text.ts";

/** The longest id of a stanza, in bytes. Replies repeat it, and the archive keeps it with messages. */
const LONGEST_ID = 1024;
/** The bytes of a longer id that an error repeats, so that its sender recognises the stanza. */
const SHOWN_ID = 64;
/** The longest address in bytes: each of its three parts has at most 1023 (RFC 7622 section 3.1). */
const LONGEST_ADDRESS = 3071;

/** A received stanza with valid addresses. `type` is as received (undefined if absent). */
export interface Stanza {
  readonly kind: "message" | "presence" | "iq";
  readonly type: string | undefined;
  readonly id: string | undefined;
  readonly from: Jid;
  readonly to: Jid;
  /** The language in which the sender reads replies (RFC 6120 section 8.1.5); undefined if nothing says it. */
  readonly language: string | undefined;
  readonly element: Element;
}

/** Reads a stanza; undefined if the element is not a stanza or has no valid addresses. */
export function readStanza(element: Element): Stanza | undefined {
  const kind = element.getName();
  if (kind !== "message" && kind !== "presence" && kind !== "iq") return undefined;
  const from = parseJid(element.attrs.from ?? "");
  const to = parseJid(element.attrs.to ?? "");
  if (!from || !to) return undefined;
  const { type, id, "xml:lang": language } = element.attrs;
  return { kind, type, id, from, to, language, element };
}

/**
 * Writes the error reply to a stanza with an invalid `to` that the server passed on (RFC 6120 section 8.3.3.8). Undefined
 * if the stanza gets no reply or has no valid `from`.
 */
export function refuseAddress(element: Element): string | undefined {
  const kind = element.getName();
  const { from: sender, to, type, id, "xml:lang": language } = element.attrs;
  const from = parseJid(sender ?? "");
  if (!from || !to || Buffer.byteLength(to) > LONGEST_ADDRESS) return undefined;
  if (!["message", "presence", "iq"].includes(kind) || !expectsAnswer(kind, type)) return undefined;
  const error = writeError(errors.jidMalformed(say`This is not a valid address`), {
    language,
    by: to.split("/")[0] ?? to,
  });
  return tag(kind, { type: "error", from: to, to: from.full, id: shownId(id) }, error);
}

/** Returns true if a stanza may be answered with an error: errors and IQ results may not (RFC 6120 section 8.3.1). */
export function expectsAnswer(kind: string, type: string | undefined): boolean {
  return type !== "error" && !(kind === "iq" && type === "result");
}

/**
 * Refuses a stanza that is too large: its `size` is more than `most`, in bytes as servers write it, or its id has more than
 * 1024 bytes and a reply would repeat it.
 */
export function refuseSize({ kind, type, id }: Stanza, most: number, size: number): StanzaError | undefined {
  if (size > most) return errors.policyViolation(say`Stanzas may have at most ${most} bytes`);
  const isLong = id !== undefined && expectsAnswer(kind, type) && escapedBytes(id) > LONGEST_ID;
  return isLong ? errors.policyViolation(say`Ids may have at most ${LONGEST_ID} bytes`) : undefined;
}

/** The largest stanza in bytes whose payload an error repeats: a larger one would double its cost. */
const LARGEST_REPEATED = 10_000;

/**
 * Writes the error reply to a stanza, from the address that it was sent to. The reply repeats the payload of small messages
 * and presences.
 */
export function errorReply(stanza: Stanza, refusal: StanzaError, by: string): string {
  const repeatsPayload = stanza.kind !== "iq" && sizeOf(stanza.element) <= LARGEST_REPEATED;
  const payload = repeatsPayload ? stanza.element.getChildElements().map(serialize).join("") : "";
  const error = writeError(refusal, { language: stanza.language, by });
  // The language of the payload, which may not be that of the service.
  const language = payload === "" ? undefined : stanza.element.attrs["xml:lang"];
  return reply(stanza, "error", payload + error, language);
}

/** Writes an error message for a request that came inside another stanza, such as a presence. */
export function errorMessage(
  { from, to, id }: { readonly from: string; readonly to: string; readonly id: string | undefined },
  refusal: StanzaError,
  language: string | undefined,
): string {
  return tag("message", { type: "error", from, to, id }, writeError(refusal, { language, by: from }));
}

/** Writes the result of an IQ; `payload` is markup. */
export function resultReply(stanza: Stanza, payload = ""): string {
  return reply(stanza, "result", payload);
}

function reply(stanza: Stanza, type: string, content: string, language?: string): string {
  const { from, to } = stanza;
  const id = shownId(stanza.id);
  return tag(stanza.kind, { type, from: to.full, to: from.full, id, "xml:lang": language }, content);
}

/** Returns the id for a reply (RFC 6120 section 8.2.3), cut if it is too long. */
const shownId = (id: string | undefined): string | undefined =>
  id === undefined || escapedBytes(id) <= LONGEST_ID ? id : cutText(id, SHOWN_ID);
