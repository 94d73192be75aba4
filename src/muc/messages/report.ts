// Reports of occupants about others and their messages (the protocol "Group Chat Reporting", urn:xmpp:gcreport:0, with the
// payload of XEP-0377). The room keeps them and tells its moderators.
import { child, children, type Element } from "../../xmpp/element.ts";
import { cutText, escapedBytes } from "../../xmpp/escape.ts";
import { parseJid } from "../../xmpp/jid.ts";
import { NS } from "../../xmpp/namespaces.ts";
import { ok, type Result, refuse } from "../../xmpp/result.ts";
import type { Stanza } from "../../xmpp/stanza.ts";
import { errors } from "../../xmpp/stanza-error.ts";
import { tag, textTag } from "../../xmpp/tag.ts";
import { say, type Text } from "../../xmpp/text.ts";
import { accountWith } from "../archive/account-search.ts";
import { answerLater, lookUp } from "../archive/archive-lookup.ts";
import { readId } from "../archive/retraction-elements.ts";
import type { ArchivedMessage } from "../model/journal.ts";
import { ANSWERED_LATER, type IqOutcome, type IqReply, result } from "../model/outcome.ts";
import { MAX_BYTES } from "../model/size-limits.ts";
import { isHeard } from "../permissions/visibility.ts";
import { addReport, MAX_REPORTS_OF_USER, type Report, reportsNote } from "../room/open-reports.ts";
import type { Room } from "../room/room.ts";
import { tellModerators } from "./moderator-notice.ts";

/** What a report says (XEP-0377 section 4), with its texts cut to their limits. */
export interface ReportContent {
  readonly reason: string;
  readonly comment: string | undefined;
}

/** Reads the report in an element; undefined if there is not exactly one with a reason. */
export function readReport(request: Element): ReportContent | undefined {
  const [report, ...more] = children(request, "report", NS.reporting);
  const reason = report?.attrs.reason;
  if (!report || more.length > 0 || !reason || escapedBytes(reason) > MAX_BYTES.reportReason)
    return undefined;
  const text = child(report, "text", NS.reporting)?.getText().trim();
  return { reason, comment: text ? cutText(text, MAX_BYTES.reportText) : undefined };
}

/** Answers a report about a participant, which may name one of its messages. */
export function handleReport(room: Room, stanza: Stanza, request: Element): IqOutcome {
  if (stanza.type !== "set") return refuse(errors.badRequest(say`A report needs an IQ of type set`));
  if (!room.sessions.has(stanza.from.full))
    return refuse(errors.forbidden(say`Only occupants may report to this room`));
  const content = readReport(request);
  const occupant = child(request, "occupant-id", NS.occupantId);
  const occupantId = occupant && readId(occupant);
  if (!content || occupantId === undefined)
    return refuse(errors.badRequest(say`A report needs an occupant-id and a report with a reason`));
  const stanzaId = reportedMessage(room, request);
  const take = (message?: ArchivedMessage): IqReply => {
    const reply = keep(room, stanza, occupantId, content, message);
    return reply.kind === "refused" ? reply : result();
  };
  if (stanzaId === undefined || !room.config.archiving) return take();
  lookUp(room, stanza, stanzaId, (message) => answerLater(room, stanza, take(message)));
  return ANSWERED_LATER;
}

/** Returns the room's stanza-id of the reported message. Of several only the first counts. */
function reportedMessage(room: Room, request: Element): string | undefined {
  const report = child(request, "report", NS.reporting);
  const named =
    report && children(report, "stanza-id", NS.stanzaId).find(({ attrs }) => attrs.by === room.address);
  return named && readId(named);
}

function keep(
  room: Room,
  { from }: Stanza,
  occupantId: string,
  { reason, comment }: ReportContent,
  message: ArchivedMessage | undefined,
): Result<undefined> {
  // A message by another author is no evidence.
  const evidence = message?.author === occupantId ? message : undefined;
  const found = accountWith(room, occupantId) ?? evidence?.jid;
  const jid = found && parseJid(found)?.bare;
  if (!jid || room.closed) return refuse(errors.itemNotFound(say`The room does not know this participant`));
  if (jid === from.bare) return refuse(errors.notAllowed(say`You cannot report yourself`));
  const own = reportsNote.read(room).filter(({ by }) => by === from.bare);
  const stanzaId = evidence?.stanzaId;
  const isKnown = own.some((other) => other.jid === jid && other.stanzaId === stanzaId);
  // The room does not act on a silenced user's reports, and does not say so.
  if (isKnown || !isHeard(room, from.bare)) return ok(undefined);
  if (own.length >= MAX_REPORTS_OF_USER)
    return refuse(errors.resourceConstraint(say`You have ${own.length} open reports in this room already`));
  const nick = evidence?.nick ?? room.occupantsOf(jid)[0]?.nick ?? "";
  const text = evidence?.text === undefined ? undefined : cutText(evidence.text, MAX_BYTES.reportText);
  const { newId, now } = room.environment;
  const kept = {
    id: newId(),
    at: now(),
    by: from.bare,
    jid,
    occupantId,
    nick,
    reason,
    comment,
    stanzaId,
    text,
  };
  addReport(room, kept);
  const payload = reportTag(room, kept);
  tellModerators(room, "report", describe(room, kept), { payload, except: jid });
  return ok(undefined);
}

/** Describes a report for people. */
function describe(room: Room, { by, nick, jid, reason, comment, text }: Report): Text {
  const reporter = room.occupantsOf(by)[0]?.nick ?? by;
  let told = say`${reporter} reports ${nick || jid}: ${shortReason(reason)}`;
  if (comment !== undefined) told = say`${told}\n${comment}`;
  if (text !== undefined) told = say`${told}\nThe message: ${text}`;
  return say`${told}\nThe command "Close a report" of this room decides about it.`;
}

export const shortReason = (reason: string): string => reason.replace(/^urn:xmpp:reporting:/, "");

/** Writes a report as its protocol does, without the reporter. */
export function reportTag(room: Room, { occupantId, reason, comment, stanzaId }: Report): string {
  const message = stanzaId ? tag("stanza-id", { xmlns: NS.stanzaId, id: stanzaId, by: room.address }) : "";
  const text = comment === undefined ? "" : textTag("text", comment);
  return tag(
    "report-participant",
    { xmlns: NS.groupReport },
    tag("occupant-id", { xmlns: NS.occupantId, id: occupantId }) +
      tag("report", { xmlns: NS.reporting, reason }, message + text),
  );
}
