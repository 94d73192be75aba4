// Finds the account behind an occupant-id (XEP-0421).
import { memberIdsOf } from "../room/member-ids.ts";
import type { Room } from "../room/room.ts";
import { recentMessagesOf } from "./archive.ts";

/** Returns the address of a user with an occupant-id: an occupant, a member, or the author of a recent message. */
export const accountWith = (room: Room, id: string): string | undefined =>
  [...room.occupants.values()].find((occupant) => occupant.id === id)?.bareJid ??
  memberIdsOf(room).userWith(id) ??
  recentMessagesOf(room).by(id).at(-1)?.jid;
