// What newcomers may do while a room is locked down.
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import type { Affiliation, Role } from "../model/affiliation.ts";
import { lockdownOf } from "../room/lockdown.ts";
import { isNewcomer } from "../room/newcomers.ts";
import type { Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import { hasPassed } from "./gate.ts";

/** Returns the role of a user who would have `role` without a lock-down. */
export function roleInLockdown(room: Room, account: string, affiliation: Affiliation, role: Role): Role {
  const lockdown = role === "participant" && affiliation === "none" ? lockdownOf(room) : undefined;
  if (!lockdown) return role;
  const mayPass = lockdown.effect === "gate" && hasPassed(room, account);
  return isNewcomer(room, account) && !mayPass ? "visitor" : role;
}

/** Refuses a newcomer who is not inside, if the lock-down says so. */
export function refuseInLockdown(
  room: Room,
  account: string,
  affiliation: Affiliation,
): StanzaError | undefined {
  const lockdown = lockdownOf(room);
  if (lockdown?.effect !== "refuse" || affiliation !== "none") return undefined;
  if (room.occupantsOf(account).length > 0 || !isNewcomer(room, account)) return undefined;
  const minutes = Math.max(1, Math.ceil((lockdown.until - room.environment.now()) / 60_000));
  room.environment.refusals.count("lock-down");
  return errors.resourceConstraint(
    say`This room is closed to newcomers for a while. Try again in ${minutes} minutes`,
  );
}

/** Returns true for a newcomer to whom a lock-down leaves no voice. */
export const isQuietInLockdown = (room: Room, account: string, affiliation: Affiliation): boolean =>
  roleInLockdown(room, account, affiliation, "participant") === "visitor";

/** Refuses a request to another occupant by a newcomer to whom a lock-down leaves no voice: each would reach somebody. */
export function refuseRequestInLockdown(
  room: Room,
  { bareJid, affiliation }: Pick<Occupant, "bareJid" | "affiliation">,
): StanzaError | undefined {
  if (!isQuietInLockdown(room, bareJid, affiliation)) return undefined;
  room.environment.refusals.count("lock-down");
  return errors.resourceConstraint(
    say`Newcomers cannot ask occupants for anything while this room is locked down`,
  );
}
