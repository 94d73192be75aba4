// How far the rules of protection trust a user in a room.
import type { Standing } from "../model/action-rates.ts";
import { isAdmin } from "../model/affiliation.ts";
import type { Room } from "../room/room.ts";
import { isModerator } from "./privileges.ts";

/** Returns the standing of an account. Whoever is no occupant and has no affiliation is a stranger. */
export function standingOf(room: Room, account: string): Standing {
  const affiliation = room.affiliationOf(account);
  if (isAdmin(affiliation)) return "admin";
  if (isModerator(room, account)) return "moderator";
  return affiliation === "member" ? "member" : "stranger";
}

/** Returns true for users without affiliation who are no moderators. Only they are subject to rules for strangers. */
export const isStranger = (room: Room, account: string): boolean => standingOf(room, account) === "stranger";
