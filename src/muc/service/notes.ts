// Validation of all notes of rooms from a store or an import.

import { hashesNote, vcardNote } from "../administration/avatar.ts";
import { membersOnlyNote } from "../administration/members-only-command.ts";
import { affiliationVersionsNote } from "../affiliations/affiliation-versions.ts";
import { loggedSinceNote } from "../archive/public-log.ts";
import { mentionsNote } from "../messages/mention-permissions.ts";
import { purgesNote } from "../messages/purge.ts";
import { banGroupNote } from "../model/ban-group.ts";
import { erasedBansNote } from "../model/erased-bans.ts";
import type { NoteFormat } from "../model/note-format.ts";
import { gateNote } from "../permissions/gate.ts";
import { keptRolesNote } from "../permissions/kept-roles.ts";
import { mutesNote } from "../permissions/mutes.ts";
import { silencesNote } from "../permissions/silences.ts";
import { realJidsNote } from "../permissions/visibility.ts";
import { hatsNote } from "../presence/hats.ts";
import { botsNote } from "../room/bots.ts";
import { heldNote } from "../room/held-messages.ts";
import { lastUseNote } from "../room/last-use.ts";
import { lockdownNote } from "../room/lockdown.ts";
import { occupantIdNote } from "../room/occupant-id.ts";
import { reportsNote } from "../room/open-reports.ts";
import { invitationsNote } from "../room/pending-invitations.ts";
import { registrationRequestsNote } from "../room/pending-registrations.ts";
import { voiceRequestsNote } from "../room/pending-voice-requests.ts";
import { creatorNote } from "./room-counts.ts";

const FORMATS: ReadonlyMap<string, NoteFormat> = new Map(
  [
    affiliationVersionsNote,
    banGroupNote,
    botsNote,
    creatorNote,
    erasedBansNote,
    gateNote,
    hashesNote,
    heldNote,
    hatsNote,
    invitationsNote,
    keptRolesNote,
    lastUseNote,
    lockdownNote,
    loggedSinceNote,
    mentionsNote,
    membersOnlyNote,
    mutesNote,
    occupantIdNote,
    purgesNote,
    realJidsNote,
    reportsNote,
    registrationRequestsNote,
    silencesNote,
    vcardNote,
    voiceRequestsNote,
  ].map((format) => [format.name, format]),
);

/** Describes why a note is invalid; undefined if it is valid. */
export function noteProblem(name: string, text: string): string | undefined {
  const format = FORMATS.get(name);
  return format ? format.problemIn(text) : "there is no such note";
}

/**
 * Returns the valid notes. Leaves out invalid ones, or replaces those that are not safe to leave out, and reports each
 * to `report`. `now` in milliseconds since 1970.
 */
export function readableNotes(
  notes: ReadonlyMap<string, string>,
  now: number,
  report: (problem: string) => void,
): ReadonlyMap<string, string> {
  const readable = new Map<string, string>();
  for (const [name, text] of notes) {
    const problem = noteProblem(name, text);
    const instead = problem === undefined ? text : FORMATS.get(name)?.instead?.(now);
    if (problem !== undefined) report(`note ${JSON.stringify(name)}: ${problem}`);
    if (instead !== undefined) readable.set(name, instead);
  }
  return readable;
}
