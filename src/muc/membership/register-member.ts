// Registration makes a user a member and reserves a nickname (XEP-0045 section 7.10).

import { applyAffiliation } from "../affiliations/affiliation-change.ts";
import { rename } from "../occupants/nickname-change.ts";
import type { Actor } from "../room/actor.ts";
import type { Room } from "../room/room.ts";

/**
 * Reserves a nickname for a user and makes an unaffiliated user a member. The caller has checked the permissions.
 */
export function registerMember(room: Room, bareJid: string, nick: string, actor?: Actor): void {
  // The stored record: affiliationOf returns "owner" for service administrators, which is never stored.
  const record = room.affiliations.get(bareJid);
  renameOccupant(room, bareJid, nick);
  const affiliation = record?.affiliation ?? "member";
  applyAffiliation(room, bareJid, {
    affiliation,
    nick,
    reason: record?.reason,
    ...(actor === undefined ? { by: bareJid } : { actor }),
  });
}

/** Changes the nickname of the user's occupant to the reserved one (status 210). */
function renameOccupant(room: Room, bareJid: string, nick: string): void {
  if (room.occupants.has(nick)) return;
  const [occupant] = room.occupantsOf(bareJid);
  if (occupant) rename(room, occupant, nick, [210]);
}
