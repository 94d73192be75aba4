import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import type { Awaitable, Records } from "./records.ts";

/** How an IQ request is answered: with a payload (markup, may be empty) or a refusal. */
export type DirectAnswer =
  | { readonly kind: "result"; readonly payload: string; readonly before: readonly string[] }
  | { readonly kind: "error"; readonly error: StanzaError };

/** An answer at once, one that is read from what is kept, or one that the rules, or somebody else, send later. */
export type IqAnswer =
  | DirectAnswer
  | { readonly kind: "read"; read(records: Records): Awaitable<DirectAnswer> }
  | { readonly kind: "later" };

/** `before`: stanzas (as text) that are sent before the answer. */
export const result = (payload = "", before: readonly string[] = []): DirectAnswer => ({
  kind: "result",
  payload,
  before,
});
export const refuse = (error: StanzaError): DirectAnswer => ({ kind: "error", error });
export const read = (from: (records: Records) => Awaitable<DirectAnswer>): IqAnswer => ({
  kind: "read",
  read: from,
});
/** The answer where nothing can be read. */
export const UNREADABLE = errors.internalServerError("What is kept cannot be read at the moment");
/** The answer where the rules have failed. */
export const UNHANDLED = errors.internalServerError("This request could not be handled");
export const answeredLater: IqAnswer = { kind: "later" };
