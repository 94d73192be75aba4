// All notes that rooms have, as they come from a store or an import.

import { hashesNote, vcardNote } from "../administration/avatar.ts";
import { affiliationVersionsNote } from "../affiliations/affiliation-versions.ts";
import { mentionsNote } from "../messages/mention-permissions.ts";
import type { NoteFormat } from "../model/note-format.ts";
import { keptRolesNote } from "../permissions/kept-roles.ts";
import { realJidsNote } from "../permissions/visibility.ts";
import { hatsNote } from "../presence/hats.ts";
import { occupantIdNote } from "../room/occupant-id.ts";
import { invitationsNote } from "../room/pending-invitations.ts";
import { registrationRequestsNote } from "../room/pending-registrations.ts";
import { voiceRequestsNote } from "../room/pending-voice-requests.ts";
import { creatorNote } from "./room-counts.ts";

const FORMATS: ReadonlyMap<string, NoteFormat> = new Map(
  [
    affiliationVersionsNote,
    creatorNote,
    hashesNote,
    hatsNote,
    invitationsNote,
    keptRolesNote,
    mentionsNote,
    occupantIdNote,
    realJidsNote,
    registrationRequestsNote,
    vcardNote,
    voiceRequestsNote,
  ].map((format) => [format.name, format]),
);

/** Why a note cannot be read; undefined where it can. */
export function noteProblem(name: string, text: string): string | undefined {
  const format = FORMATS.get(name);
  return format ? format.problemIn(text) : "there is no such note";
}

/**
 * The notes that can be read. The others are left out, or replaced where that would not be safe, and `tell` hears of
 * each; `now` in milliseconds since 1970.
 */
export function readableNotes(
  notes: ReadonlyMap<string, string>,
  now: number,
  tell: (problem: string) => void,
): ReadonlyMap<string, string> {
  const readable = new Map<string, string>();
  for (const [name, text] of notes) {
    const problem = noteProblem(name, text);
    const instead = problem === undefined ? text : FORMATS.get(name)?.instead?.(now);
    if (problem !== undefined) tell(`note ${JSON.stringify(name)}: ${problem}`);
    if (instead !== undefined) readable.set(name, instead);
  }
  return readable;
}
