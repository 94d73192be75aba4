// What becomes of a stanza. Every handler returns the kinds of outcome that it can have.
import type { Refused } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import type { Awaitable, Records } from "./records.ts";

/** Handled; a message or presence gets no reply of its own. */
export interface Done {
  readonly kind: "done";
}

/** Not for this handler: the next one is tried. */
export interface Unhandled {
  readonly kind: "unhandled";
}

/** An IQ result. */
export interface IqResult {
  readonly kind: "result";
  /** Markup; may be empty. */
  readonly payload: string;
  /** Stanzas to send before the result, as text. */
  readonly before: readonly string[];
}

/** An IQ is answered with what is read from the store. */
export interface StoreRead {
  readonly kind: "read";
  read(records: Records): Awaitable<IqReply>;
}

/** The rules, or another client, answer the IQ later. */
export interface AnsweredLater {
  readonly kind: "later";
}

/** The reply to an IQ. */
export type IqReply = IqResult | Refused;

/** The outcome of an IQ of type get or set. */
export type IqOutcome = IqReply | StoreRead | AnsweredLater;

/** The outcome of a message or presence. */
export type DeliveryOutcome = Done | Refused;

export type Outcome = IqOutcome | DeliveryOutcome | Unhandled;

export const DONE: Done = { kind: "done" };
export const UNHANDLED: Unhandled = { kind: "unhandled" };
export const ANSWERED_LATER: AnsweredLater = { kind: "later" };

/** Returns an IQ result. `before`: stanzas to send before it, as text. */
export const result = (payload = "", before: readonly string[] = []): IqResult => ({
  kind: "result",
  payload,
  before,
});

export const read = (from: StoreRead["read"]): StoreRead => ({ kind: "read", read: from });

/** The error if the store cannot be read. */
export const STORE_UNREADABLE = errors.internalServerError("The store cannot be read at the moment");
/** The error if the rules have failed. */
export const RULES_FAILED = errors.internalServerError("This request failed");
