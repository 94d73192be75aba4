// The day on which a persistent room was in use for the last time: when it became empty. Archives may be off, or shorter.
import { textNote } from "../model/note-format.ts";
import type { Room } from "./room.ts";

export const lastUseNote = textNote("last-use", "a date", (text) => readDay(text) !== undefined);

/** Notes that a room has been in use until now, at most once a day. Temporary rooms end instead. */
export function noteUse(room: Room): void {
  const { config, environment, closed } = room;
  if (config.persistent && !closed)
    room.note(lastUseNote.name, new Date(environment.now()).toISOString().slice(0, 10));
}

/** Returns the time of a day in the note, in milliseconds since 1970; undefined if it is none. */
export function readDay(text: string): number | undefined {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
