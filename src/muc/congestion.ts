// What a room does not take on while too much of what it has said waits to be sent (RFC 6120 section 8.3.3.18).
import { child } from "../xmpp/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors } from "../xmpp/stanza-error.ts";
import type { Room } from "./room.ts";

export const CONGESTED = errors.resourceConstraint(
  "Too much of what was said here has not been sent yet: try again in a moment",
);

/**
 * Whether a stanza is refused for that: messages, entries (also of who is in the room already, and would be sent all
 * of it again) and queries of the archive. Nobody is kept from leaving, from what it tells of itself, or from what
 * ends the trouble: the requests of moderators, admins and owners. Errors and answers get no answer.
 */
export function isRefusedInCongestion(room: Room | undefined, stanza: Stanza): boolean {
  const { kind, type, element } = stanza;
  const isInside = room?.sessions.has(stanza.from.full) ?? false;
  if (kind === "message") return type !== "error" && (isInside || room === undefined);
  if (kind === "presence")
    return type === undefined && (!isInside || child(element, "x", NS.muc) !== undefined);
  return (type === "get" || type === "set") && child(element, "query", NS.mam) !== undefined;
}
