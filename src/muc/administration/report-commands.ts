// Commands that list the open reports of a room and close them.
import { writeTable } from "../../xmpp/data-form.ts";
import { refuse } from "../../xmpp/result.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { say, verbatim } from "../../xmpp/text.ts";
import { recentMessagesOf, rememberOlder } from "../archive/archive.ts";
import { answerLater, lookUp } from "../archive/archive-lookup.ts";
import { refuseToOperator, toOperator } from "../messages/abuse-contact.ts";
import { announceRetraction } from "../messages/moderated-retraction.ts";
import { reportTag, shortReason } from "../messages/report.ts";
import { ANSWERED_LATER } from "../model/outcome.ts";
import { listBytes } from "../model/size-limits.ts";
import { closeReport, type Report, reportsNote } from "../room/open-reports.ts";
import { recordAct } from "../room/record-act.ts";
import { banAccount } from "./ban.ts";
import {
  badPayload,
  type Command,
  type CommandCall,
  type CommandOutcome,
  completed,
  fieldValue,
} from "./commands.ts";
import {
  durationField,
  forModerators,
  moderationForm,
  REASON,
  readEnd,
  readReasonField,
} from "./moderation-form.ts";
import type { RoomRequest } from "./room-request.ts";

/** Returns the reports that a moderator may see: not those about itself. */
const reportsFor = ({ room, from }: RoomRequest): readonly Report[] =>
  reportsNote.read(room).filter(({ jid }) => jid !== from);

export const REPORT_COLUMNS = ["nick", "text", "reason", "comment", "by", "at", "jid", "stanza-id", "id"];

const list: Command<RoomRequest> = {
  node: "verona#reports",
  name: say`List the open reports`,
  refuse: forModerators,
  run(request, _, { stanza }) {
    const rows = reportsFor(request).map((report) => {
      const { id, at, by, jid, nick, reason, comment = "", stanzaId = "", text = "" } = report;
      const time = new Date(at).toISOString();
      return [nick, text, shortReason(reason), comment, by, time, jid, stanzaId, id];
    });
    const { payload, rows: shown } = writeTable(
      { title: say`Reports`, names: REPORT_COLUMNS, bytes: listBytes(request.room.environment) },
      rows,
      stanza.language,
    );
    return completed({ payload, note: say`${shown} of ${rows.length} open reports are shown` });
  },
};

const close: Command<RoomRequest> = {
  node: "verona#close-report",
  name: say`Close a report`,
  refuse: forModerators,
  form: moderationForm(say`Closing a report`, say`Decide about a report.`, (request) => [
    {
      var: "report",
      type: "list-single",
      label: say`Report`,
      required: true,
      options: reportsFor(request).map(({ id, nick, jid, reason, text = "" }) => ({
        value: id,
        label: verbatim(`${nick || jid}: ${shortReason(reason)} ${text}`.slice(0, 100).toWellFormed()),
      })),
    },
    {
      var: "decision",
      type: "list-single",
      label: say`Decision`,
      required: true,
      options: [
        { value: "dismiss", label: say`Dismiss it` },
        { value: "retract", label: say`Retract the message` },
        { value: "ban", label: say`Ban the user` },
        { value: "forward", label: say`Send it to the operator of the service` },
      ],
    },
    durationField("forever", true),
    REASON,
  ]),
  run(request, fields, call) {
    const report = reportsFor(request).find(({ id }) => id === fieldValue(fields, "report"));
    if (!report) return refuse(errors.itemNotFound(say`There is no such open report`));
    switch (fieldValue(fields, "decision")) {
      case "dismiss":
        return closed(request, report, "dismiss", readReasonField(fields));
      case "retract":
        return retract(request, report, readReasonField(fields), call);
      case "ban": {
        const end = readEnd(request.room, fields, true);
        if (end.kind === "refused") return end;
        const reason = readReasonField(fields);
        const ban = { until: end.value, reason };
        const refusal = banAccount(request.room, call.stanza.from, report.jid, ban);
        return refusal ? refuse(refusal) : closed(request, report, "ban", reason);
      }
      case "forward":
        return forward(request, report, readReasonField(fields));
      default:
        return refuse(badPayload(say`The decision must be dismiss, retract, ban or forward`));
    }
  },
};

function closed({ room, from }: RoomRequest, report: Report, detail: string, reason: string | undefined) {
  closeReport(room, report.id);
  recordAct(room, { kind: "report-closed", by: from, target: report.jid, reason, detail });
  return completed({ note: say`The report is closed` });
}

/** Retracts the reported message as XEP-0425 does. The archive may have it if the room does not know it any more. */
function retract(
  request: RoomRequest,
  report: Report,
  reason: string | undefined,
  { stanza, finish }: CommandCall,
): CommandOutcome {
  const { room, from } = request;
  const { stanzaId } = report;
  if (stanzaId === undefined) return refuse(errors.itemNotFound(say`This report is not about a message`));
  const retractKnown = () => {
    const refusal = forModerators(request);
    if (refusal) return refuse(refusal);
    const message = recentMessagesOf(room).get(stanzaId);
    if (!message) return refuse(errors.itemNotFound(say`The room does not have the message any more`));
    const moderator = room.occupantsOf(from).find(({ role }) => role === "moderator");
    if (!message.retracted) announceRetraction(room, { moderator, reason }, stanzaId);
    return closed(request, report, "retract", reason);
  };
  if (recentMessagesOf(room).get(stanzaId)) return retractKnown();
  lookUp(room, stanza, stanzaId, (message) => {
    if (message) rememberOlder(room, message);
    answerLater(room, stanza, finish(retractKnown()));
  });
  return ANSWERED_LATER;
}

/** Sends a report one step up. It names the room and the reported user, not the reporter. */
function forward(request: RoomRequest, report: Report, reason: string | undefined) {
  const { room } = request;
  const { environment, address } = room;
  const refusal = refuseToOperator(environment, address);
  if (refusal) return refuse(refusal);
  const { jid, nick, comment, text } = report;
  const parts = [`Report from the room ${address} about ${jid} (${nick}): ${shortReason(report.reason)}`];
  for (const part of [comment, text === undefined ? undefined : `The message: ${text}`, reason])
    if (part !== undefined) parts.push(part);
  for (const message of toOperator(environment, address, parts.join("\n"), reportTag(room, report)))
    room.effects.send(message);
  return closed(request, report, "forward", reason);
}

export const REPORT_COMMANDS: readonly Command<RoomRequest>[] = [list, close];
