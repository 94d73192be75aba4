// What a room does not take on while too much of what it has said waits to be sent (RFC 6120 section 8.3.3.18).
import { child } from "../../xmpp/element.ts";
import { NS } from "../../xmpp/namespaces.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import type { Room } from "../room/room.ts";

export const CONGESTED = errors.resourceConstraint("This room is too busy. Try again in a moment");

export const DISK_FULL = errors.resourceConstraint(
  "The disk of this service is nearly full. Its operator must free some space",
);

/** Whether a stanza is refused while the disk is nearly full: messages and entries, which fill it; nothing that reads. */
export const isRefusedOnFullDisk = (room: Room | undefined, stanza: Stanza): boolean =>
  stanza.kind !== "iq" && isRefusedInCongestion(room, stanza, "all");

/**
 * Returns whether a busy room refuses a stanza: joins, and unless only joins are shed, messages and queries of the
 * archive too. Never leaving, presence of occupants, or the requests of moderators, admins and owners, which may end
 * the trouble. Errors and answers get no answer.
 */
export function isRefusedInCongestion(
  room: Room | undefined,
  stanza: Stanza,
  shedding: "joins" | "all",
): boolean {
  const { kind, type, element } = stanza;
  const isInside = room?.sessions.has(stanza.from.full) ?? false;
  // Who is in the room already and enters anew would be sent all of it again.
  if (kind === "presence")
    return type === undefined && (!isInside || child(element, "x", NS.muc) !== undefined);
  if (shedding === "joins") return false;
  if (kind === "message") return type !== "error" && (isInside || room === undefined);
  return (type === "get" || type === "set") && child(element, "query", NS.mam) !== undefined;
}
