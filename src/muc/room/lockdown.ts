// A lock-down of a room: a time in which newcomers without affiliation are kept from speaking or entering.
import { z } from "zod";
import { jsonNote } from "./json-note.ts";
import type { Room } from "./room.ts";

/** Newcomers have no voice, or must answer the gate to get it, or do not enter. */
export const LOCKDOWN_EFFECTS = ["visitors", "gate", "refuse"] as const;
export type LockdownEffect = (typeof LOCKDOWN_EFFECTS)[number];

/** Times in milliseconds since 1970. */
export interface Lockdown {
  readonly effect: LockdownEffect;
  readonly since: number;
  readonly until: number;
}

/** "none": an admin has ended a lock-down, and the room begins none by itself before that time. */
const schema = z.strictObject({
  effect: z.enum([...LOCKDOWN_EFFECTS, "none"]),
  since: z.number(),
  until: z.number(),
});

export const lockdownNote = jsonNote<z.output<typeof schema> | null>("lockdown", schema.nullable(), null);

/**
 * Returns the lock-down that lasts; undefined if there is none. It lasts until it is ended (lockdown-change.ts), as voices
 * change then.
 */
export function lockdownOf(room: Room): Lockdown | undefined {
  const note = lockdownNote.read(room);
  return note && note.effect !== "none" ? { ...note, effect: note.effect } : undefined;
}

/** Returns true while the room begins no lock-down by itself: one lasts, or an admin has ended one. */
export const isLockdownSettled = (room: Room): boolean =>
  (lockdownNote.read(room)?.until ?? 0) > room.environment.now();
