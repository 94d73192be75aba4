import { type Element, serialize } from "./element.ts";
import { type Jid, parseJid } from "./jid.ts";
import { type StanzaError, writeError } from "./stanza-error.ts";
import { tag } from "./tag.ts";

/** A received stanza whose addresses are known to be good. `type` is as sent (undefined where absent). */
export interface Stanza {
  readonly kind: "message" | "presence" | "iq";
  readonly type: string | undefined;
  readonly id: string | undefined;
  readonly from: Jid;
  readonly to: Jid;
  readonly element: Element;
}

/** Reads a stanza; undefined for what is none, or has no usable addresses (nobody could be answered). */
export function readStanza(element: Element): Stanza | undefined {
  const kind = element.getName();
  if (kind !== "message" && kind !== "presence" && kind !== "iq") return undefined;
  const from = parseJid(element.attrs.from ?? "");
  const to = parseJid(element.attrs.to ?? "");
  if (!from || !to) return undefined;
  return { kind, type: element.attrs.type, id: element.attrs.id, from, to, element };
}

/** The refusal of a stanza as text, from the address it was sent to. The payload of messages and presences is given back. */
export function errorReply(stanza: Stanza, refusal: StanzaError, by: string): string {
  const payload = stanza.kind === "iq" ? "" : stanza.element.getChildElements().map(serialize).join("");
  return reply(stanza, "error", payload + writeError(refusal, by));
}

/** The result of an IQ as text; `payload` is markup. */
export function resultReply(stanza: Stanza, payload = ""): string {
  return reply(stanza, "result", payload);
}

function reply(stanza: Stanza, type: string, content: string): string {
  const { from, to } = stanza;
  return tag(stanza.kind, { type, from: to.full, to: from.full, id: stanza.id }, content);
}
