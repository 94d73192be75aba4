// Users whom a list of the service keeps out (docs/moderation.md, XEP-0045 section 14.6).
import { domainOf } from "../../xmpp/jid.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import type { RoomEnvironment } from "../model/room-environment.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";

const LISTED_REASON = "This user is on a blocklist of this service";
const SHARED_BAN_REASON = "This user is banned from another room of this group";

/**
 * Refuses a stanza of a user who may not use the service at all. Takes what ends a state: unavailable presence, errors and
 * results. Stanzas of the service to itself pass.
 */
export function refuseBlockedUser(
  { access, domain }: Pick<RoomEnvironment, "access" | "domain">,
  { type, from }: Stanza,
): StanzaError | undefined {
  if (type === "unavailable" || type === "error" || type === "result") return undefined;
  if (access.standingOf(from.bare) !== "refused" || domainOf(from.bare) === domain) return undefined;
  return errors.forbidden(say`You may not use this service`);
}

/** Refuses the entry of a user whom the room does not admit; the text says whether the room or the service bans the user. */
export function refuseOutcast(room: Room, bareJid: string): StanzaError | undefined {
  if (room.affiliationOf(bareJid) !== "outcast") return undefined;
  const { access, refusals } = room.environment;
  const isListed = access.standingOf(bareJid) !== "free";
  if (isListed) refusals.count("blocklist");
  return errors.forbidden(
    isListed ? say`You are on a blocklist of this service` : say`You are banned from this room`,
  );
}

/** Why an occupant is banned who is inside: the rule for the record, and the reason that everybody sees. */
export interface LateBan {
  readonly rule: "blocklist" | "shared-ban";
  readonly reason: string;
}

/** Returns why a list, or another room of the group, bans an occupant now; undefined if none does. */
export function lateBan(room: Room, { bareJid }: Occupant): LateBan | undefined {
  if (room.affiliationOf(bareJid) !== "outcast") return undefined;
  const isListed = room.environment.access.standingOf(bareJid) !== "free";
  return isListed
    ? { rule: "blocklist", reason: LISTED_REASON }
    : { rule: "shared-ban", reason: SHARED_BAN_REASON };
}
