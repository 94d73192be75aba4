// The gate of a room: users without affiliation have no voice until they have answered its question. Who has passed is a
// note, so that nobody is asked twice.
import { z } from "zod";
import type { Affiliation, Role } from "../model/affiliation.ts";
import { latestFitting } from "../model/latest-fitting.ts";
import { jsonNote } from "../room/json-note.ts";
import { lockdownOf } from "../room/lockdown.ts";
import { isNewcomer } from "../room/newcomers.ts";
import { keyedHash } from "../room/occupant-id.ts";
import type { Room } from "../room/room.ts";

/** Maximum number of users who passed and are remembered; the latest stay. */
export const MOST_PASSED = 5_000;
/** Length of a hash in the note: 5000 of them fit into a note, and two users with the same one are unlikely. */
const HASH_LENGTH = 10;

/** Hashes of accounts, the latest last. */
export const gateNote = jsonNote<readonly string[]>(
  "gate",
  z.array(z.string().length(HASH_LENGTH)).max(MOST_PASSED),
  [],
);

const hashOf = (room: Room, account: string): string =>
  keyedHash(room, `gate ${account}`).slice(0, HASH_LENGTH);

/** Returns true for a user without affiliation who has to answer before speaking. */
export function isBehindGate(room: Room, account: string, affiliation: Affiliation): boolean {
  const { gate, gateQuestion } = room.config;
  if (affiliation !== "none" || gateQuestion === "") return false;
  if (!gate && !(lockdownOf(room)?.effect === "gate" && isNewcomer(room, account))) return false;
  return !hasPassed(room, account);
}

/** Returns true for an account that has answered, or was given voice by a moderator. */
export const hasPassed = (room: Room, account: string): boolean =>
  gateNote.read(room).includes(hashOf(room, account));

/** Remembers that a user has passed, in a room that has a question. */
export function rememberPassed(room: Room, account: string): void {
  if (room.config.gateQuestion === "" || hasPassed(room, account)) return;
  gateNote.write(room, latestFitting([...gateNote.read(room), hashOf(room, account)], MOST_PASSED));
}

/** Returns the role of a user who would have `role` without a gate. */
export const roleBehindGate = (room: Room, account: string, affiliation: Affiliation, role: Role): Role =>
  role === "participant" && isBehindGate(room, account, affiliation) ? "visitor" : role;
