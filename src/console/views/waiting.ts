// What waits for a moderator of a room: reports and held messages.
import { Act } from "../act-button.ts";
import type { Held, Report } from "../answers.ts";
import { type Children, html, useEffect } from "../html.ts";
import { Pending, Theirs, Time } from "../parts.ts";
import { useOperation, useSession } from "../session.ts";
import { useAnswer } from "../use-answer.ts";

interface Queue {
  readonly reports: readonly Report[];
  readonly messages: readonly Held[];
}

interface WaitingProps {
  readonly room: string;
  /** Another number asks again. */
  readonly turn: number;
  /** True where the room is the heading. */
  readonly isWithinRoom?: boolean;
}

export function Waiting({ room, turn, isWithinRoom = false }: WaitingProps): Children {
  const { api } = useSession();
  const mayList = useOperation("reports.list") !== undefined;
  const path = `/v1/rooms/${encodeURIComponent(room)}`;
  const ask = async (): Promise<Queue> => {
    if (!mayList) return { reports: [], messages: [] };
    const [{ reports }, { messages }] = await Promise.all([
      api.get<Pick<Queue, "reports">>(`${path}/reports`),
      api.get<Pick<Queue, "messages">>(`${path}/held`),
    ]);
    return { reports, messages };
  };
  const answer = useAnswer(room, ask);
  useEffect(() => {
    if (turn > 0) answer.reload();
  }, [turn]);
  if (!mayList) return "";
  const { reports = [], messages = [] } = answer.value ?? {};
  return html`<section aria-label="Reports and held messages">${!isWithinRoom && html`<h2>Waiting for a moderator (${reports.length + messages.length})</h2>`}
    <${Pending} ...${{ answer, what: "reports and held messages" }} />
    ${answer.value && reports.length + messages.length === 0 && html`<p class="empty">Nothing waits.</p>`}
    <ul class="cards">
      ${reports.map((report) => html`<${ReportCard} key=${report.report} ...${{ room, report }} done=${answer.reload} />`)}
      ${messages.map((message) => html`<${HeldCard} key=${message.message} ...${{ room, message }} done=${answer.reload} />`)}
    </ul></section>`;
}

function ReportCard({
  room,
  report,
  done,
}: {
  readonly room: string;
  readonly report: Report;
  done(): void;
}): Children {
  const { nickname, user, by, at, reason, comment, text } = report;
  const decide = (decision: string, label: string): Children =>
    html`<${Act} operation="report.close" label=${label} about=${`the report about ${nickname}`}
      fixed=${{ room, report: report.report, decision }} done=${done} />`;
  return html`<li class="card">
    <p><span class="tag bad">report</span> <strong><${Theirs} text=${nickname} /></strong> (<${Theirs} text=${user} />), reported by
      ${" "}<${Theirs} text=${by} />, <${Time} at=${at} /></p>
    <p>Reason: <${Theirs} text=${reason.replace("urn:xmpp:reporting:", "")} />${comment && html`: <${Theirs} text=${comment} />`}</p>
    ${text && html`<blockquote><${Theirs} text=${text} /></blockquote>`}
    <div class="buttons">${decide("dismiss", "Dismiss")}${decide("retract", "Retract the message")}${decide("ban", "Ban")}${decide("forward", "Send to the operator")}</div>
  </li>`;
}

function HeldCard({
  room,
  message,
  done,
}: {
  readonly room: string;
  readonly message: Held;
  done(): void;
}): Children {
  const { nickname, user, at, text } = message;
  const decide = (decision: string, label: string): Children =>
    html`<${Act} operation="held.decide" label=${label} about=${`the message of ${nickname}`}
      fixed=${{ room, message: message.message, decision }} done=${done} />`;
  return html`<li class="card">
    <p><span class="tag">held message</span> <strong><${Theirs} text=${nickname} /></strong> (<${Theirs} text=${user} />), <${Time} at=${at} /></p>
    <blockquote><${Theirs} text=${text} /></blockquote>
    <div class="buttons">${decide("pass", "Pass")}${decide("refuse", "Refuse")}</div>
  </li>`;
}
