// Reports about a room to the operator ("Group Chat Reporting", urn:xmpp:gcreport:0, section "Reporting chats").
import { refuseToOperator, toOperator } from "../muc/messages/abuse-contact.ts";
import { readReport, shortReason } from "../muc/messages/report.ts";
import { type IqOutcome, result } from "../muc/model/outcome.ts";
import type { RoomEnvironment } from "../muc/model/room-environment.ts";
import { child, type Element } from "../xmpp/element.ts";
import { prepareJid } from "../xmpp/jid.ts";
import { NS } from "../xmpp/namespaces.ts";
import { refuse } from "../xmpp/result.ts";
import type { Stanza } from "../xmpp/stanza.ts";
import { errors } from "../xmpp/stanza-error.ts";
import { tag, textTag } from "../xmpp/tag.ts";
import { say } from "../xmpp/text.ts";

/** Answers a report about a room of this service. The message to the operator names the reporter. */
export function reportChat(environment: RoomEnvironment, { from }: Stanza, request: Element): IqOutcome {
  const content = readReport(request);
  const room = prepareJid(child(request, "jid", NS.groupReport)?.getText().trim() ?? "");
  if (!content || !room?.local || room.domain !== environment.domain)
    return refuse(errors.badRequest(say`A report needs the address of a room and a report with a reason`));
  const refusal = refuseToOperator(environment, from.bare);
  if (refusal) return refuse(refusal);
  const { reason, comment } = content;
  const text = `${from.bare} reports the room ${room.bare}: ${shortReason(reason)}${comment === undefined ? "" : `\n${comment}`}`;
  const report = tag("report", { xmlns: NS.reporting, reason }, comment ? textTag("text", comment) : "");
  const payload = tag("report-chat", { xmlns: NS.groupReport }, textTag("jid", room.bare) + report);
  return result("", toOperator(environment, environment.domain, text, payload));
}
