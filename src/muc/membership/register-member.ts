// What registration with a room brings: membership and the nickname (XEP-0045 section 7.10).

import { applyAffiliation } from "../affiliations/affiliation-change.ts";
import { rename } from "../occupants/nickname-change.ts";
import type { Actor } from "../room/actor.ts";
import type { Room } from "../room/room.ts";

/** Makes a user a member, who is not affiliated yet, and reserves the nickname; whether that is allowed is known by now. */
export function registerMember(room: Room, bareJid: string, nick: string, actor?: Actor): void {
  // The record, not affiliationOf: an admin of the service is an owner while it is one, and never stored as such.
  const record = room.affiliations.get(bareJid);
  renameOccupant(room, bareJid, nick);
  const affiliation = record?.affiliation ?? "member";
  applyAffiliation(room, bareJid, {
    affiliation,
    nick,
    reason: record?.reason,
    ...(actor === undefined ? {} : { actor }),
  });
}

/** Who is in the room under another nickname is renamed to the reserved one; all are told why (status 210). */
function renameOccupant(room: Room, bareJid: string, nick: string): void {
  if (room.occupants.has(nick)) return;
  const [occupant] = room.occupantsOf(bareJid);
  if (occupant) rename(room, occupant, nick, [210]);
}
