// The public log of a room (XEP-0045 section 14.3): who has one, and since when. Everybody may read it on the public pages.
import { textNote } from "../model/note-format.ts";
import type { RoomConfig } from "../model/room-config.ts";
import { isOpen } from "../permissions/privileges.ts";
import type { Room } from "../room/room.ts";
import { latestMessageAt } from "./archive.ts";

/** Name of the note with the time since which occupants know, without a break, that the room is publicly logged. */
export const LOGGED_SINCE = "logged-since";

/** Without it, or if it is damaged, the log begins anew. */
export const loggedSinceNote = textNote(LOGGED_SINCE, "milliseconds since 1970", (text) =>
  /^\d{1,15}$/.test(text),
);

export type LogOptions = Pick<
  RoomConfig,
  "archiving" | "membersOnly" | "passwordProtected" | "public" | "publicLogging"
>;

/** Returns true for a room that may have a public log: strangers find it, enter it and read its archive. */
export const mayBeLogged = (config: LogOptions): boolean =>
  config.public && isOpen(config) && config.archiving;

/**
 * Returns the time from which everybody may read what was said, in milliseconds since 1970; undefined without a public
 * log. `note`: the text of `loggedSinceNote`.
 */
export function publicSince(
  config: LogOptions,
  isLocked: boolean,
  note: string | undefined,
): number | undefined {
  if (note === undefined || isLocked || !config.publicLogging || !mayBeLogged(config)) return undefined;
  return loggedSinceNote.problemIn(note) === undefined ? Number(note) : undefined;
}

/** Returns true for a room whose occupants know that it is publicly logged. */
export const isPubliclyLogged = ({ config, locked, environment, notes }: Room): boolean =>
  environment.pages !== undefined && publicSince(config, locked, notes.get(LOGGED_SINCE)) !== undefined;

/**
 * Begins or ends the public log as the configuration says, and returns true if that changed something. The caller tells
 * the occupants. A log never begins before a message that was said until now, whatever the clock says.
 */
export function settlePublicLog(room: Room): boolean {
  const { config, locked, environment } = room;
  const wanted = environment.pages !== undefined && !locked && config.publicLogging && mayBeLogged(config);
  if (wanted === room.notes.has(LOGGED_SINCE)) return false;
  const since = Math.max(environment.now(), latestMessageAt(room) + 1, (room.subject?.at ?? 0) + 1);
  room.note(LOGGED_SINCE, wanted ? String(since) : undefined);
  return true;
}
