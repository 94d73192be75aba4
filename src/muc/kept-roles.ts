// Voice that outlasts a visit (XEP-0045 section 5.1): who was given it need not ask again, and who has lost it does not
// get it back by entering anew. Moderator status comes with the affiliation and is not kept.
import type { Affiliation, Role } from "./affiliation.ts";
import type { Occupant } from "./occupant.ts";
import type { Room } from "./room.ts";

const NOTE = "roles";
/** So many users' roles are kept, the latest. */
const KEPT = 200;

type KeptRole = "participant" | "visitor";

/** Keeps the role that a moderator has given an occupant, where its affiliation would bring another. */
export function keepRole(room: Room, { bareJid, role, affiliation }: Occupant): void {
  const roles = read(room);
  const had = roles.delete(bareJid);
  const kept = role === "visitor" ? "visitor" : "participant";
  const own = room.defaultRole(affiliation);
  if (own !== "moderator" && own !== kept) roles.set(bareJid, kept);
  else if (!had) return;
  const latest = [...roles].slice(-KEPT);
  room.note(NOTE, latest.length === 0 ? undefined : JSON.stringify(latest));
}

/** The role with which a user enters. */
export function entryRole(room: Room, bareJid: string, affiliation: Affiliation): Role {
  const own = room.defaultRole(affiliation);
  return own === "moderator" ? own : (read(room).get(bareJid) ?? own);
}

/** Forgets a user's role: a new affiliation brings its own (section 5.1.3). */
export function forgetRole(room: Room, bareJid: string): void {
  const roles = read(room);
  if (!roles.delete(bareJid)) return;
  room.note(NOTE, roles.size === 0 ? undefined : JSON.stringify([...roles]));
}

/** Forgets all of them: what voice means in the room has changed. */
export const forgetRoles = (room: Room): void => room.note(NOTE, undefined);

/** By bare JID, the latest last. */
function read(room: Room): Map<string, KeptRole> {
  const text = room.notes.get(NOTE);
  return new Map(text === undefined ? [] : (JSON.parse(text) as [string, KeptRole][]));
}
