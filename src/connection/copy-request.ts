// A stanza to the multicast service, which makes copies of it.
import type { StanzaTemplate } from "../muc/model/effects.ts";
import type { Element } from "../xmpp/element.ts";
import { escapeAttribute } from "../xmpp/escape.ts";

export interface CopyRequest {
  readonly text: string;
  /** Number of copies. */
  readonly count: number;
  /** Returns true if an error from the service may be the refusal of this request. */
  isRefusedBy(error: Element): boolean;
  /** Writes the copies one by one. */
  writeSingly(): string;
}

/** The rest of a start tag, from inside an attribute's value. */
const REST_OF_START_TAG = /^[^"]*"(?:[^">]*"[^"]*")*[^">]*>/;

/** Writes a stanza to the service; `element`, which is for the service, is its first child. */
export function writeToService({ head, tail }: StanzaTemplate, service: string, element: string): string {
  const end = (REST_OF_START_TAG.exec(tail)?.[0].length ?? 0) - 1;
  const start = head + escapeAttribute(service);
  if (tail[end - 1] !== "/") return `${start}${tail.slice(0, end + 1)}${element}${tail.slice(end + 1)}`;
  return `${start}${tail.slice(0, end - 1)}>${element}</${/^<(\w+)/.exec(head)?.[1]}>${tail.slice(end + 1)}`;
}
