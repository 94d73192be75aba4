// Outcomes of handling a stanza. Each handler's return type lists the outcomes that it can have.
import type { Refused } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import type { Awaitable, Records } from "./records.ts";

/** A message or presence was handled; it gets no reply. */
export interface Done {
  readonly kind: "done";
}

/** The stanza is not for this handler: the next one is tried. */
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

/** The reply to an IQ is read from the store. */
export interface StoreRead {
  readonly kind: "read";
  read(records: Records): Awaitable<IqReply>;
}

/** The room or another client answers the IQ later. */
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

/** Returns an IQ result. `before`: stanzas to send first, as text. */
export const result = (payload = "", before: readonly string[] = []): IqResult => ({
  kind: "result",
  payload,
  before,
});

/** Returns the outcome of an IQ whose reply is read from the store. */
export const read = (from: StoreRead["read"]): StoreRead => ({ kind: "read", read: from });

/** Error if the store cannot be read. */
export const STORE_UNREADABLE = errors.internalServerError(say`The store cannot be read at the moment`);
/** Error if a handler has thrown. */
export const RULES_FAILED = errors.internalServerError(say`This request failed`);
