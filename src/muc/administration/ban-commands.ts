// Commands that ban an account, for a time or for good, and remove what it has said.
import type { FormField } from "../../xmpp/data-form.ts";
import { type Refused, refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { say } from "../../xmpp/text.ts";
import { purge } from "../messages/purge.ts";
import { isAdmin } from "../model/affiliation.ts";
import { recordAct } from "../room/record-act.ts";
import type { Room } from "../room/room.ts";
import { banAccount } from "./ban.ts";
import {
  badPayload,
  type Command,
  type CommandFields,
  commandForbidden,
  completed,
  fieldValue,
} from "./commands.ts";
import {
  durationField,
  forModerators,
  measureAccount,
  moderationForm,
  onAccount,
  REASON,
  readEnd,
  readReasonField,
  WHO_LEFT,
} from "./moderation-form.ts";
import type { RoomRequest } from "./room-request.ts";

/** How far back messages are removed, in milliseconds. */
const SPANS: ReadonlyMap<string, number> = new Map([
  ["hour", 3_600_000],
  ["day", 86_400_000],
  ["all", Number.POSITIVE_INFINITY],
]);

const removalField = (preset: "none" | "hour", withNone: boolean): FormField => ({
  var: "messages",
  type: "list-single",
  label: say`Remove the user's messages?`,
  values: [preset],
  options: [
    ...(withNone ? [{ value: "none", label: say`None` }] : []),
    { value: "hour", label: say`Those of the last hour` },
    { value: "day", label: say`Those of the last day` },
    { value: "all", label: say`All` },
  ],
});

/** Removes messages as a form says. */
function removeMessages(room: Room, fields: CommandFields, stanza: Stanza, jid: string): void {
  const span = SPANS.get(fieldValue(fields, "messages"));
  if (span === undefined) return;
  const { full, bare: by } = stanza.from;
  const moderator = room.sessions.get(full) ?? room.occupantsOf(by)[0];
  const reason = readReasonField(fields);
  purge(room, { jid, since: Math.max(0, room.environment.now() - span), by, moderator, reason });
  recordAct(room, {
    kind: "messages-purged",
    by,
    target: jid,
    reason,
    detail: fieldValue(fields, "messages"),
  });
}

const ban: Command<RoomRequest> = {
  node: "verona#ban",
  name: say`Ban a user`,
  refuse: ({ room, from }) =>
    isAdmin(room.affiliationOf(from)) ? undefined : commandForbidden(say`Only admins ban users`),
  form: moderationForm(say`Banning a user`, say`The user may have left already: name a message then.`, () => [
    ...WHO_LEFT,
    durationField("forever", true),
    removalField("none", true),
    REASON,
  ]),
  run({ room }, fields, call) {
    const end = readEnd(room, fields, true);
    if (end.kind === "refused") return end;
    const until = end.value;
    const messages = fieldValue(fields, "messages");
    if (messages !== "" && messages !== "none" && !SPANS.has(messages)) return BAD_SPAN;
    return onAccount(room, fields, call, (jid) => {
      const refusal = banAccount(room, call.stanza.from, jid, { until, reason: readReasonField(fields) });
      if (refusal) return refuse(refusal);
      removeMessages(room, fields, call.stanza, jid);
      return completed({
        note: until === undefined ? say`The user is banned` : say`The user is banned for a time`,
      });
    });
  },
};

const removal: Command<RoomRequest> = {
  node: "verona#remove-messages",
  name: say`Remove the messages of a user`,
  refuse: forModerators,
  form: moderationForm(say`Removing messages`, say`The messages are retracted, also in the archive.`, () => [
    ...WHO_LEFT,
    removalField("hour", false),
    REASON,
  ]),
  run({ room, from }, fields, call) {
    if (!SPANS.has(fieldValue(fields, "messages"))) return BAD_SPAN;
    return measureAccount({ room, from }, fields, call, (jid) => {
      removeMessages(room, fields, call.stanza, jid);
      return completed({ note: say`The messages are being removed` });
    });
  },
};

const BAD_SPAN: Refused = refuse(badPayload(say`The messages to remove are those of an hour, a day, or all`));

export const BAN_COMMANDS: readonly Command<RoomRequest>[] = [ban, removal];
