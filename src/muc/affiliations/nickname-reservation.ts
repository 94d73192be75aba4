// Nicknames that admins reserve for others (XEP-0045 sections 9.2, 9.3, 9.5 and 14.6).

import { nicknameKey } from "../../xmpp/jid.ts";
import { lookAlike } from "../../xmpp/skeleton.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { removeOccupant } from "../occupants/leave.ts";
import { refuseEviction } from "../permissions/privileges.ts";
import { NicknameIndex } from "../room/nickname-index.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";

/** The nicknames that users have reserved after a list of changes, by bare JID: of everybody who is in the list. */
export type ReservedAfter = ReadonlyMap<string, string | undefined>;

/**
 * Why an admin's list of changes may not be made, as far as nicknames go. A nickname is for one user afterwards; who
 * uses one that is reserved for another is removed, so it must be somebody whom the admin may remove.
 */
export function refuseReservations(
  room: Room,
  adminJid: string,
  after: ReservedAfter,
): StanzaError | undefined {
  const listed = new NicknameIndex();
  for (const [jid, nick] of after) if (nick !== undefined) listed.add(nick, jid);
  const reservedFor = (jid: string) => (after.has(jid) ? after.get(jid) : room.affiliations.get(jid)?.nick);
  for (const [jid, nick] of after) {
    if (nick === undefined || !isNew(room, jid, nick)) continue;
    const holders = new Set([...listed.holders(nick), ...room.holdersOf(nick)]);
    holders.delete(jid);
    if ([...holders].some((holder) => isTakenFor(room, nick, reservedFor(holder))))
      return errors.conflict("This nickname, or one that looks like it, is reserved for another user");
    for (const user of usersOf(room, nick, jid)) {
      const refusal = refuseEviction(room, adminJid, user);
      if (refusal) return refusal;
    }
  }
  return undefined;
}

/** Removes whoever uses a nickname that is going to be reserved for another (status 307). */
export function evictFor(room: Room, jid: string, nick: string | undefined): void {
  if (nick === undefined || !isNew(room, jid, nick)) return;
  for (const user of usersOf(room, nick, jid))
    removeOccupant(room, user, { statuses: [307], reason: "This nickname is reserved" });
}

const isNew = (room: Room, jid: string, nick: string): boolean => room.affiliations.get(jid)?.nick !== nick;

/** The occupants, but those of one user, who use a nickname or one that is taken for it. */
function usersOf(room: Room, nick: string, jid: string): Occupant[] {
  const others = room.holdersOf(nick).filter((holder) => holder !== jid);
  const occupants = others.flatMap((holder) => room.occupantsOf(holder));
  return occupants.filter((occupant) => isTakenFor(room, nick, occupant.nick));
}

/** Whether two nicknames are one, or look alike where the room minds (section 14.6). */
function isTakenFor(room: Room, nick: string, other: string | undefined): boolean {
  if (other === undefined) return false;
  return nicknameKey(nick) === nicknameKey(other) || (room.config.refuseLookalikes && lookAlike(nick, other));
}
