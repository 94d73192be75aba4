import type { StanzaError } from "../xmpp/stanza-error.ts";

/** How an IQ request is answered: with a payload (markup, may be empty) or a refusal. */
export type IqAnswer =
  | { readonly kind: "result"; readonly payload: string }
  | { readonly kind: "error"; readonly error: StanzaError };

export const result = (payload = ""): IqAnswer => ({ kind: "result", payload });
export const refuse = (error: StanzaError): IqAnswer => ({ kind: "error", error });
