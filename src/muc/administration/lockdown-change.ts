// Begins and ends lock-downs. Admins and owners inside are told, and voices change as roles do (XEP-0045 sections 8.3, 8.4).
import { bodyTag } from "../../xmpp/tag.ts";
import { say, type Text } from "../../xmpp/text.ts";
import { resetRoles } from "../affiliations/role-change.ts";
import { isAdmin } from "../model/affiliation.ts";
import { updateAnnounced } from "../presence/presence.ts";
import { byLanguage } from "../room/client-language.ts";
import { type Lockdown, lockdownNote, lockdownOf } from "../room/lockdown.ts";
import { isNewcomer } from "../room/newcomers.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";
import { tellAlone } from "../room/room-voice.ts";

const MINUTE_MS = 60_000;

const EFFECTS: Readonly<Record<Lockdown["effect"], Text>> = {
  visitors: say`have no voice`,
  gate: say`must answer the room's question before they may speak`,
  refuse: say`cannot enter`,
};

/** Who or what begins or ends a lock-down: an account, or a rule of the room. */
export type Cause =
  | { readonly by: string }
  | { readonly by: undefined; readonly rule: string; readonly why: Text };

/** Begins a lock-down, or changes the one that lasts. Newcomers who are inside lose their voice too. */
export function beginLockdown(room: Room, lockdown: Omit<Lockdown, "since">, cause: Cause): void {
  const since = lockdownOf(room)?.since ?? room.environment.now();
  lockdownNote.write(room, { ...lockdown, since });
  resetRoles(room, ({ bareJid }) => isNewcomer(room, bareJid));
  updateAnnounced(room);
  const minutes = Math.ceil((lockdown.until - room.environment.now()) / MINUTE_MS);
  const told = say`This room is locked down for ${minutes} minutes: newcomers without affiliation ${EFFECTS[lockdown.effect]}. An admin can end it by a command of the room.`;
  tellAdmins(room, cause.by === undefined ? say`${cause.why}. ${told}` : told);
  recordAct(room, {
    kind: "lockdown-begun",
    by: cause.by,
    ...("rule" in cause && { rule: cause.rule }),
    detail: `${lockdown.effect} until ${new Date(lockdown.until).toISOString()}`,
  });
}

/** Ends a lock-down by hand. Until it would have ended, the room begins none by itself. */
export function liftLockdown(room: Room, { since, until }: Lockdown, by: string): void {
  lockdownNote.write(room, { effect: "none", since, until });
  finish(room, by);
}

/** Ends a lock-down whose time is over. */
export function endLockdown(room: Room): void {
  const note = lockdownNote.read(room);
  if (!note || note.until > room.environment.now()) return;
  lockdownNote.write(room, undefined);
  if (note.effect !== "none") finish(room, undefined);
}

function finish(room: Room, by: string | undefined): void {
  resetRoles(room, ({ role }) => role === "visitor");
  updateAnnounced(room);
  tellAdmins(room, say`The lock-down of this room has ended.`);
  recordAct(room, { kind: "lockdown-ended", by });
}

/** Sends the admins and owners inside a text from the room, which is not archived. */
function tellAdmins(room: Room, text: Text): void {
  const admins = [...room.occupants.values()].filter(({ affiliation }) => isAdmin(affiliation));
  const to = admins.flatMap(({ sessions }) => [...sessions.keys()]);
  const id = room.environment.newId();
  for (const [language, clients] of byLanguage(room, to))
    tellAlone(room, clients, id, bodyTag(text, language));
}
