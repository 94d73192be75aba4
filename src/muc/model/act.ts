// Records of acts: what staff did in a room, and which measures the room took by itself (the audit log).
import { cutText } from "../../xmpp/escape.ts";
import { MAX_BYTES } from "./size-limits.ts";

/** The kinds of acts. The names are stored; never change one. */
export const ACT_KINDS = [
  "room-created",
  "room-configured",
  "room-destroyed",
  "room-renamed",
  "affiliation-changed",
  "banned",
  "role-changed",
  "kicked",
  "message-retracted",
  "registration-denied",
  "hats-changed",
  "bot-added",
  "bot-removed",
  "bot-configured",
  "avatar-changed",
  "mentions-configured",
  "announced",
  "user-banned",
  "user-unbanned",
  "user-erased",
  "archive-purged",
  "muted",
  "unmuted",
  "messages-purged",
  "silenced",
  "unsilenced",
  "lockdown-begun",
  "lockdown-ended",
  "report-closed",
  "held-decided",
] as const;

export type ActKind = (typeof ACT_KINDS)[number];

/** One act. */
export interface Act {
  readonly kind: ActKind;
  /** Bare JID of the user who acted; undefined for a measure that the room took by itself. */
  readonly by: string | undefined;
  /** Bare JID, domain, or stanza-id that the act is about. */
  readonly target?: string | undefined;
  readonly reason?: string | undefined;
  /** The rule that caused a measure. */
  readonly rule?: string | undefined;
  /** What else describes the act, such as the new affiliation or the options that changed. */
  readonly detail?: string | undefined;
}

/** An act with its time in milliseconds since 1970. */
export interface ActRecord extends Act {
  readonly at: number;
}

/** A stored act. `id` grows with each act; `node` is the room's, or "" for the service. */
export interface StoredAct extends ActRecord {
  readonly id: number;
  readonly node: string;
}

/** A page of acts, newest first. */
export interface ActQuery {
  /** Only acts in the room of this node. */
  readonly node?: string | undefined;
  /** Only acts since the room of that name was created, for its owners: an earlier room had other owners. */
  readonly sinceCreation?: boolean;
  /** Only acts with a smaller id. */
  readonly before?: number | undefined;
  readonly max: number;
}

/** Makes a record of an act, with its texts cut to their limits. */
export const actRecord = (at: number, act: Act): ActRecord => ({
  at,
  ...act,
  ...(act.reason !== undefined && { reason: cutText(act.reason, MAX_BYTES.reason) }),
  ...(act.detail !== undefined && { detail: cutText(act.detail, MAX_BYTES.actDetail) }),
});
