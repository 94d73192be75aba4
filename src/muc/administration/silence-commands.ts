// Commands that silence an account without telling it: only it hears what it says.
import { refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say, verbatim } from "../../xmpp/text.ts";
import { isModerator } from "../permissions/privileges.ts";
import { addSilence, forgetSilence, silencesOf } from "../permissions/silences.ts";
import { recordAct } from "../room/record-act.ts";
import { type Command, completed } from "./commands.ts";
import {
  durationField,
  forModerators,
  measureAccount,
  moderationForm,
  REASON,
  readEnd,
  readReasonField,
  WHO_LEFT,
  whoOf,
} from "./moderation-form.ts";
import type { RoomRequest } from "./room-request.ts";

const silence: Command<RoomRequest> = {
  node: "verona#silence",
  name: say`Silence a user without telling`,
  refuse: forModerators,
  form: moderationForm(
    say`Silencing a user`,
    say`Only the user sees what the user says from now on. The archive does not keep it.`,
    () => [...WHO_LEFT, durationField("1440", true), REASON],
  ),
  run({ room, from }, fields, call) {
    const end = readEnd(room, fields, true);
    if (end.kind === "refused") return end;
    const until = end.value;
    return measureAccount({ room, from }, fields, call, (jid) => {
      if (isModerator(room, jid))
        return refuse(errors.notAllowed(say`A moderator would see this in the list`));
      addSilence(room, { jid, until });
      const reason = readReasonField(fields);
      const detail = until === undefined ? undefined : new Date(until).toISOString();
      recordAct(room, { kind: "silenced", by: from, target: jid, reason, detail });
      return completed({ note: say`Only the user hears itself now` });
    });
  },
};

const unsilence: Command<RoomRequest> = {
  node: "verona#unsilence",
  name: say`End the silence of a user`,
  refuse: forModerators,
  form: moderationForm(say`Ending a silence`, say`The others hear the user again.`, ({ room }) => [
    whoOf(silencesOf(room).map(({ jid }) => ({ value: jid, label: verbatim(jid) }))),
  ]),
  run({ room, from }, fields, call) {
    return measureAccount({ room, from }, fields, call, (jid) => {
      if (!forgetSilence(room, jid)) return refuse(errors.itemNotFound(say`This user is not silenced`));
      recordAct(room, { kind: "unsilenced", by: from, target: jid });
      return completed({ note: say`The others hear the user again` });
    });
  },
};

export const SILENCE_COMMANDS: readonly Command<RoomRequest>[] = [silence, unsilence];
