import type { StanzaError } from "../xmpp/stanza-error.ts";

/** How an IQ request is answered: with a payload (markup, may be empty), a refusal, or by somebody else later. */
export type IqAnswer =
  | { readonly kind: "result"; readonly payload: string }
  | { readonly kind: "error"; readonly error: StanzaError }
  | { readonly kind: "later" };

export const result = (payload = ""): IqAnswer => ({ kind: "result", payload });
export const refuse = (error: StanzaError): IqAnswer => ({ kind: "error", error });
export const answeredLater: IqAnswer = { kind: "later" };
