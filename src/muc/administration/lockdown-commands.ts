// Commands that begin and end a lock-down of a room.
import { refuse } from "../../xmpp/result.ts";
import { errors, type StanzaError } from "../../xmpp/stanza-error.ts";
import { say } from "../../xmpp/text.ts";
import { isAdmin } from "../model/affiliation.ts";
import { LOCKDOWN_EFFECTS, lockdownOf } from "../room/lockdown.ts";
import { badPayload, type Command, commandForbidden, completed, fieldValue } from "./commands.ts";
import { beginLockdown, liftLockdown } from "./lockdown-change.ts";
import { durationField, moderationForm, readEnd } from "./moderation-form.ts";
import type { RoomRequest } from "./room-request.ts";

const forAdmins = ({ room, from }: RoomRequest): StanzaError | undefined =>
  isAdmin(room.affiliationOf(from)) ? undefined : commandForbidden(say`Only admins lock a room down`);

const EFFECTS = [
  { value: "visitors", label: say`Have no voice` },
  { value: "gate", label: say`Have no voice until they answer the room's question` },
  { value: "refuse", label: say`Cannot enter` },
];

const lockDown: Command<RoomRequest> = {
  node: "verona#lock-down",
  name: say`Lock the room down`,
  refuse: forAdmins,
  form: moderationForm(
    say`Lock the room down`,
    say`Newcomers without affiliation have no voice, or do not enter, for a time. Others are not affected.`,
    ({ room: { config } }) => [
      {
        var: "effect",
        type: "list-single",
        label: say`Newcomers without affiliation`,
        values: [config.raidAction === "none" ? "visitors" : config.raidAction],
        options: EFFECTS,
      },
      durationField(String(config.lockdownMinutes || 15)),
    ],
  ),
  run({ room, from }, fields) {
    const effect = LOCKDOWN_EFFECTS.find((known) => known === fieldValue(fields, "effect"));
    if (!effect) return refuse(badPayload(say`The effect must be one of ${LOCKDOWN_EFFECTS.join(", ")}`));
    const until = readEnd(room, fields);
    if (until.kind === "refused") return until;
    if (until.value === undefined) return refuse(badPayload(say`A lock-down needs an end`));
    beginLockdown(room, { effect, until: until.value }, { by: from });
    return completed({ note: say`The room is locked down` });
  },
};

const end: Command<RoomRequest> = {
  node: "verona#end-lock-down",
  name: say`End the lock-down`,
  refuse: (request) => {
    const refusal = forAdmins(request);
    if (refusal) return refusal;
    return lockdownOf(request.room) ? undefined : errors.conflict(say`The room is not locked down`);
  },
  run({ room, from }) {
    const lockdown = lockdownOf(room);
    if (lockdown) liftLockdown(room, lockdown, from);
    return completed({ note: say`The lock-down has ended` });
  },
};

export const LOCKDOWN_COMMANDS: readonly Command<RoomRequest>[] = [lockDown, end];
