// Commands that take an account's voice for a time, and give it back.
import { refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say, verbatim } from "../../xmpp/text.ts";
import { muteAccount, unmuteAccount } from "../affiliations/mute.ts";
import { mutesOf } from "../permissions/mutes.ts";
import { actorOf } from "../room/actor.ts";
import { recordAct } from "../room/record-act.ts";
import { type Command, completed, fieldValue } from "./commands.ts";
import {
  durationField,
  forModerators,
  measureAccount,
  moderationForm,
  REASON,
  readEnd,
  readReasonField,
  reasonUntil,
  WHO_LEFT,
  whoOf,
} from "./moderation-form.ts";
import type { RoomRequest } from "./room-request.ts";

const mute: Command<RoomRequest> = {
  node: "verona#mute",
  name: say`Mute a user for a time`,
  refuse: forModerators,
  form: moderationForm(
    say`Muting a user`,
    say`The user loses voice in this room, and comes back without it. Voice returns by itself.`,
    () => [...WHO_LEFT, durationField("60"), REASON],
  ),
  run({ room, from }, fields, call) {
    const end = readEnd(room, fields);
    if (end.kind === "refused") return end;
    const until = end.value ?? 0;
    return measureAccount({ room, from }, fields, call, (jid) => {
      const reason = readReasonField(fields);
      const actor = actorOf(room, call.stanza.from);
      muteAccount(room, { jid, until, by: from, reason: reasonUntil(reason, until), actor });
      recordAct(room, {
        kind: "muted",
        by: from,
        target: jid,
        reason,
        detail: new Date(until).toISOString(),
      });
      return completed({ note: say`The user is muted` });
    });
  },
};

const unmute: Command<RoomRequest> = {
  node: "verona#unmute",
  name: say`End the mute of a user`,
  refuse: forModerators,
  form: moderationForm(say`Ending a mute`, say`The user gets voice again.`, ({ room }) => [
    whoOf(
      mutesOf(room)
        .slice(-100)
        .map(({ jid, until }) => ({
          value: jid,
          label: verbatim(`${jid} ${reasonUntil(undefined, until)}`),
        })),
    ),
  ]),
  run({ room, from }, fields, call) {
    return measureAccount({ room, from }, fields, call, (jid) => {
      if (!unmuteAccount(room, jid, actorOf(room, call.stanza.from)))
        return refuse(errors.itemNotFound(say`${fieldValue(fields, "who")} is not muted`));
      recordAct(room, { kind: "unmuted", by: from, target: jid });
      return completed({ note: say`The user has voice again` });
    });
  },
};

export const MUTE_COMMANDS: readonly Command<RoomRequest>[] = [mute, unmute];
