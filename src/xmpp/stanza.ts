import { type Element, serialize, sizeOf } from "./element.ts";
import { cutText, escapedBytes } from "./escape.ts";
import { type Jid, parseJid } from "./jid.ts";
import { errors, type StanzaError, writeError } from "./stanza-error.ts";
import { tag } from "./tag.ts";

/** The longest id of a stanza, in bytes. It is repeated in answers, and kept with messages. */
const LONGEST_ID = 1024;
/** So much of a longer one tells its sender which stanza was refused. */
const SHOWN_ID = 64;
/** The parts of an address have at most 1023 bytes each (RFC 7622 section 3.1). */
const LONGEST_ADDRESS = 3071;

/** A received stanza whose addresses are known to be good. `type` is as sent (undefined where absent). */
export interface Stanza {
  readonly kind: "message" | "presence" | "iq";
  readonly type: string | undefined;
  readonly id: string | undefined;
  readonly from: Jid;
  readonly to: Jid;
  readonly element: Element;
}

/** Reads a stanza; undefined for what is none, or has no usable addresses. */
export function readStanza(element: Element): Stanza | undefined {
  const kind = element.getName();
  if (kind !== "message" && kind !== "presence" && kind !== "iq") return undefined;
  const from = parseJid(element.attrs.from ?? "");
  const to = parseJid(element.attrs.to ?? "");
  if (!from || !to) return undefined;
  return { kind, type: element.attrs.type, id: element.attrs.id, from, to, element };
}

/**
 * The answer to a stanza whose `to` is no address, though the server has let it through (RFC 6120 section
 * 8.3.3.8); undefined where no answer is due or nobody could be answered.
 */
export function refuseAddress(element: Element): string | undefined {
  const kind = element.getName();
  const { from: sender, to, type, id } = element.attrs;
  const from = parseJid(sender ?? "");
  if (!from || !to || Buffer.byteLength(to) > LONGEST_ADDRESS) return undefined;
  if (!["message", "presence", "iq"].includes(kind) || !expectsAnswer(kind, type)) return undefined;
  const error = writeError(errors.jidMalformed("This is not a valid address"), to.split("/")[0] ?? to);
  return tag(kind, { type: "error", from: to, to: from.full, id: shownId(id) }, error);
}

/** Errors get no answer, nor do the answers to IQs (RFC 6120 section 8.3.1). */
export function expectsAnswer(kind: string, type: string | undefined): boolean {
  return type !== "error" && !(kind === "iq" && type === "result");
}

/**
 * Why a stanza is too large to be taken: its `size` is more than `most`, in bytes as servers write it, or its id is repeated
 * and has more than 1024.
 */
export function refuseSize({ kind, type, id }: Stanza, most: number, size: number): StanzaError | undefined {
  if (size > most) return errors.policyViolation(`Stanzas may have at most ${most} bytes`);
  const isLong = id !== undefined && expectsAnswer(kind, type) && escapedBytes(id) > LONGEST_ID;
  return isLong ? errors.policyViolation(`Ids may have at most ${LONGEST_ID} bytes`) : undefined;
}

/** The largest stanza, in bytes, whose payload an error gives back: a larger one would weigh as much once more. */
const GIVEN_BACK = 10_000;

/** The refusal of a stanza as text, from the address it was sent to. The payload of small messages and presences is given back. */
export function errorReply(stanza: Stanza, refusal: StanzaError, by: string): string {
  const givesBack = stanza.kind !== "iq" && sizeOf(stanza.element) <= GIVEN_BACK;
  const payload = givesBack ? stanza.element.getChildElements().map(serialize).join("") : "";
  const language = payload === "" ? undefined : stanza.element.attrs["xml:lang"];
  return reply(stanza, "error", payload + writeError(refusal, by), language);
}

/** An error message that answers no message, as text: of what came with something else. */
export function errorMessage(from: string, to: string, id: string | undefined, refusal: StanzaError): string {
  return tag("message", { type: "error", from, to, id }, writeError(refusal, from));
}

/** The result of an IQ as text; `payload` is markup. */
export function resultReply(stanza: Stanza, payload = ""): string {
  return reply(stanza, "result", payload);
}

function reply(stanza: Stanza, type: string, content: string, language?: string): string {
  const { from, to } = stanza;
  const id = shownId(stanza.id);
  return tag(stanza.kind, { type, from: to.full, to: from.full, id, "xml:lang": language }, content);
}

/** RFC 6120 section 8.2.3 wants the id of a request in its answer; one that is too long is not worth that. */
const shownId = (id: string | undefined): string | undefined =>
  id === undefined || escapedBytes(id) <= LONGEST_ID ? id : cutText(id, SHOWN_ID);
