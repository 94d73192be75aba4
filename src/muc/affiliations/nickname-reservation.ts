// Nicknames that admins reserve for other users (XEP-0045 sections 9.2, 9.3, 9.5 and 14.6).

import { nicknameKey } from "../../xmpp/jid.ts";
import { lookAlike } from "../../xmpp/skeleton.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { removeOccupant } from "../occupants/leave.ts";
import { refuseEviction } from "../permissions/privileges.ts";
import { NicknameIndex } from "../room/nickname-index.ts";
import { holdersOf } from "../room/nicknames.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";

/** The reserved nickname of each user in a list of changes, as it is after the changes, by bare JID. */
export type ReservedAfter = ReadonlyMap<string, string | undefined>;

/**
 * Checks the nicknames in an admin's list of changes. No two users may have the same nickname reserved afterwards. A new
 * reservation removes the occupant who uses the nickname, so the admin must be allowed to remove that occupant.
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
    const holders = new Set([...listed.holders(nick), ...holdersOf(room, nick)]);
    holders.delete(jid);
    if ([...holders].some((holder) => isEquivalent(room, nick, reservedFor(holder))))
      return errors.conflict(say`This nickname, or one that looks like it, is reserved for another user`);
    for (const user of otherUsersOf(room, nick, jid)) {
      const refusal = refuseEviction(room, adminJid, user);
      if (refusal) return refusal;
    }
  }
  return undefined;
}

/** Removes other users' occupants with a nickname that is about to be reserved for the user `jid` (status 307). */
export function evictFor(room: Room, jid: string, nick: string | undefined): void {
  if (nick === undefined || !isNew(room, jid, nick)) return;
  for (const user of otherUsersOf(room, nick, jid))
    removeOccupant(room, user, { statuses: [307], reason: "This nickname is reserved" });
}

const isNew = (room: Room, jid: string, nick: string): boolean => room.affiliations.get(jid)?.nick !== nick;

/** Returns the occupants who use a nickname or one equivalent to it, except those of the user `jid`. */
function otherUsersOf(room: Room, nick: string, jid: string): Occupant[] {
  const others = holdersOf(room, nick).filter((holder) => holder !== jid);
  const occupants = others.flatMap((holder) => room.occupantsOf(holder));
  return occupants.filter((occupant) => isEquivalent(room, nick, occupant.nick));
}

/** Returns true if two nicknames are the same, or look alike in a room that refuses that (section 14.6). */
function isEquivalent(room: Room, nick: string, other: string | undefined): boolean {
  if (other === undefined) return false;
  return nicknameKey(nick) === nicknameKey(other) || (room.config.refuseLookalikes && lookAlike(nick, other));
}
