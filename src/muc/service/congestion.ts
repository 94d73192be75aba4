// Stanzas that a room refuses while too much of its output waits to be sent (RFC 6120 section 8.3.3.18).
import { child } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import type { Room } from "../room/room.ts";

export const CONGESTED = errors.resourceConstraint(say`This room is too busy. Try again in a moment`);

export const DISK_FULL = errors.resourceConstraint(
  say`The disk of this service is nearly full. Its operator must free some space`,
);

/** Returns true if a stanza is refused while the disk is nearly full: messages and joins, which need space; no IQs. */
export const isRefusedOnFullDisk = (room: Room | undefined, stanza: Stanza): boolean =>
  stanza.kind !== "iq" && isRefusedInCongestion(room, stanza, "all");

/**
 * Returns true if a busy room refuses a stanza. `shedding`: "joins" refuses joins; "all" also refuses messages and
 * archive queries. A room never refuses departures, presence of occupants, or requests of moderators, admins and
 * owners, which may reduce the load. It never refuses errors and results, which must not be answered.
 */
export function isRefusedInCongestion(
  room: Room | undefined,
  stanza: Stanza,
  shedding: "joins" | "all",
): boolean {
  const { kind, type, element } = stanza;
  const isInside = room?.sessions.has(stanza.from.full) ?? false;
  // A client in the room that joins again would get everything again.
  if (kind === "presence")
    return type === undefined && (!isInside || child(element, "x", NS.muc) !== undefined);
  if (shedding === "joins") return false;
  if (kind === "message") return type !== "error" && (isInside || room === undefined);
  return (type === "get" || type === "set") && child(element, "query", NS.mam) !== undefined;
}
