// A command that makes a room members-only for a time.

import { refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { isAdmin } from "../model/affiliation.ts";
import { textNote } from "../model/note-format.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";
import { type Command, commandForbidden, completed } from "./commands.ts";
import { applyConfig } from "./config-change.ts";
import { durationField, moderationForm, readEnd } from "./moderation-form.ts";
import type { RoomRequest } from "./room-request.ts";

/** Name of the note with the time at which the room opens again. */
const UNTIL = "members-only-until";

/** A damaged note leaves the room members-only, which an owner sees. */
export const membersOnlyNote = textNote(
  UNTIL,
  "milliseconds since 1970",
  (text) => /^\d{1,15}$/.test(text),
  undefined,
);

/** Opens a room whose time as a members-only room is over. An owner may have opened it before. */
export function openAgain(room: Room): void {
  const until = room.notes.get(UNTIL);
  if (until === undefined) return;
  const { membersOnly } = room.config;
  if (membersOnly && Number(until) > room.environment.now()) return;
  room.note(UNTIL, undefined);
  if (!membersOnly) return;
  applyConfig(room, { ...room.config, membersOnly: false });
  recordAct(room, {
    kind: "room-configured",
    by: undefined,
    rule: "members-only-for-a-time",
    detail: "membersOnly",
  });
}

const membersOnly: Command<RoomRequest> = {
  node: "verona#members-only",
  name: say`Make the room members-only for a time`,
  refuse: ({ room, from }) =>
    isAdmin(room.affiliationOf(from)) ? undefined : commandForbidden(say`Only admins may close the room`),
  form: moderationForm(
    say`Members-only for a time`,
    say`All users without an affiliation are removed, and only members may enter. The room opens by itself.`,
    () => [durationField("60")],
  ),
  run({ room, from }, fields) {
    const end = readEnd(room, fields);
    if (end.kind === "refused") return end;
    if (room.config.membersOnly && !room.notes.has(UNTIL))
      return refuse(errors.conflict(say`This room is members-only already`));
    room.note(UNTIL, String(end.value));
    if (!room.config.membersOnly) applyConfig(room, { ...room.config, membersOnly: true });
    recordAct(room, { kind: "room-configured", by: from, detail: "membersOnly for a time" });
    return completed({ note: say`Only members may enter now` });
  },
};

export const MEMBERS_ONLY_COMMANDS: readonly Command<RoomRequest>[] = [membersOnly];
