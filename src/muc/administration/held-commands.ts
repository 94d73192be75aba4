// Commands that list the messages that wait for a moderator, pass and refuse them.
import { writeTable } from "../../xmpp/data-form.ts";
import { accountOf } from "../../xmpp/jid.ts";
import { refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { passMessage, refuseMessage } from "../messages/held-message.ts";
import { listBytes } from "../model/size-limits.ts";
import { heldNote } from "../room/held-messages.ts";
import { recordAct } from "../room/record-act.ts";
import { badPayload, type Command, completed, fieldValue } from "./commands.ts";
import { forModerators, moderationForm, REASON, readReasonField } from "./moderation-form.ts";
import type { RoomRequest } from "./room-request.ts";

const list: Command<RoomRequest> = {
  node: "verona#held",
  name: "List the held messages",
  refuse: forModerators,
  run({ room }) {
    const rows = heldNote
      .read(room)
      .map(({ key, at, jid, nick, text }) => [key, new Date(at).toISOString(), accountOf(jid), nick, text]);
    const names = ["message", "at", "jid", "nick", "text"];
    const { payload, rows: shown } = writeTable("Held messages", names, rows, listBytes(room.environment));
    return completed({ payload, note: `${shown} of ${rows.length} held messages are shown` });
  },
};

const decide: Command<RoomRequest> = {
  node: "verona#decide-held",
  name: "Decide about a held message",
  refuse: forModerators,
  form: moderationForm(
    "Deciding about a held message",
    "The room sends the message, or forgets it.",
    ({ room }) => [
      {
        var: "message",
        type: "list-single",
        label: "Message",
        required: true,
        options: heldNote.read(room).map(({ key, nick, text }) => ({
          value: key,
          label: `${nick}: ${text}`.slice(0, 100).toWellFormed(),
        })),
      },
      {
        var: "decision",
        type: "list-single",
        label: "Decision",
        required: true,
        options: [
          { value: "pass", label: "Pass it" },
          { value: "refuse", label: "Refuse it" },
        ],
      },
      REASON,
    ],
  ),
  run({ room, from }, fields) {
    const held = heldNote.read(room).find(({ key }) => key === fieldValue(fields, "message"));
    if (!held) return refuse(errors.itemNotFound("There is no such held message"));
    const decision = fieldValue(fields, "decision");
    if (decision !== "pass" && decision !== "refuse")
      return refuse(badPayload("The decision must be pass or refuse"));
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
    return completed({ note: decision === "pass" ? "The message is sent" : "The message is refused" });
  },
};

export const HELD_COMMANDS: readonly Command<RoomRequest>[] = [list, decide];
