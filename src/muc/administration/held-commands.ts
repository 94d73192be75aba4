// Commands that list the messages that wait for a moderator, pass and refuse them.
import { writeTable } from "../../xmpp/data-form.ts";
import { accountOf } from "../../xmpp/jid.ts";
import { refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say, verbatim } from "../../xmpp/text.ts";
import { passMessage, refuseMessage } from "../messages/held-message.ts";
import { listBytes } from "../model/size-limits.ts";
import { heldNote } from "../room/held-messages.ts";
import { recordAct } from "../room/record-act.ts";
import { badPayload, type Command, completed, fieldValue } from "./commands.ts";
import { forModerators, moderationForm, REASON, readReasonField } from "./moderation-form.ts";
import type { RoomRequest } from "./room-request.ts";

export const HELD_COLUMNS = ["message", "at", "jid", "nick", "text"];

const list: Command<RoomRequest> = {
  node: "verona#held",
  name: say`List the held messages`,
  refuse: forModerators,
  run({ room }, _, { stanza }) {
    const rows = heldNote
      .read(room)
      .map(({ key, at, jid, nick, text }) => [key, new Date(at).toISOString(), accountOf(jid), nick, text]);
    const { payload, rows: shown } = writeTable(
      { title: say`Held messages`, names: HELD_COLUMNS, bytes: listBytes(room.environment) },
      rows,
      stanza.language,
    );
    return completed({ payload, note: say`${shown} of ${rows.length} held messages are shown` });
  },
};

const decide: Command<RoomRequest> = {
  node: "verona#decide-held",
  name: say`Decide about a held message`,
  refuse: forModerators,
  form: moderationForm(
    say`Deciding about a held message`,
    say`The room sends the message, or forgets it.`,
    ({ room }) => [
      {
        var: "message",
        type: "list-single",
        label: say`Message`,
        required: true,
        options: heldNote.read(room).map(({ key, nick, text }) => ({
          value: key,
          label: verbatim(`${nick}: ${text}`.slice(0, 100).toWellFormed()),
        })),
      },
      {
        var: "decision",
        type: "list-single",
        label: say`Decision`,
        required: true,
        options: [
          { value: "pass", label: say`Pass it` },
          { value: "refuse", label: say`Refuse it` },
        ],
      },
      REASON,
    ],
  ),
  run({ room, from }, fields) {
    const held = heldNote.read(room).find(({ key }) => key === fieldValue(fields, "message"));
    if (!held) return refuse(errors.itemNotFound(say`There is no such held message`));
    const decision = fieldValue(fields, "decision");
    if (decision !== "pass" && decision !== "refuse")
      return refuse(badPayload(say`The decision must be pass or refuse`));
    const reason = readReasonField(fields);
    if (decision === "pass") {
      const passed = passMessage(room, held);
      if (passed.kind === "refused") return passed;
    } else refuseMessage(room, held, reason);
    recordAct(room, {
      kind: "held-decided",
      by: from,
      target: accountOf(held.jid),
      reason,
      detail: decision,
    });
    return completed({ note: decision === "pass" ? say`The message is sent` : say`The message is refused` });
  },
};

export const HELD_COMMANDS: readonly Command<RoomRequest>[] = [list, decide];
