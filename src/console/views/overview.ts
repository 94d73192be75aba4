// The state of the service, and its figures as they change.
import type { Counters, Status } from "../answers.ts";
import { Chart } from "../chart.ts";
import { type Children, html } from "../html.ts";
import { Facts, Heading, Pending, Theirs } from "../parts.ts";
import { type Session, useSession } from "../session.ts";
import { useAnswer } from "../use-answer.ts";
import { OwnRooms } from "./own-rooms.ts";

const EVERY_MS = 5_000;
/** Samples of a chart: five minutes. */
const SAMPLES = 60;

interface Sample {
  readonly occupants: number;
  readonly messagesPerMinute: number;
  readonly memoryMiB: number;
  readonly waitingKiB: number;
}

interface State {
  readonly status: Status;
  readonly counters: Counters;
}

/** Samples of this session, so that a chart goes on after another view. */
const histories = new WeakMap<
  Session,
  { readonly samples: Sample[]; last?: { at: number; messages: number } }
>();

export function OverviewView(): Children {
  const session = useSession();
  return session.token.rooms
    ? html`<${OwnRooms} title="Overview" rooms=${session.token.rooms} />`
    : html`<${Figures} session=${session} />`;
}

function Figures({ session }: { readonly session: Session }): Children {
  const { api } = session;
  const ask = async (): Promise<State> => {
    const [status, counters] = await Promise.all([
      api.get<Status>("/v1/status"),
      api.get<Counters>("/v1/counters"),
    ]);
    note(session, status, counters);
    return { status, counters };
  };
  const answer = useAnswer("overview", ask, EVERY_MS);
  const samples = histories.get(session)?.samples ?? [];
  const chart = (title: string, unit: string, of: (sample: Sample) => number): Children =>
    html`<${Chart} ...${{ title, unit, values: samples.map(of), samples: SAMPLES }} />`;
  return html`<${Heading} title="Overview">Overview</${Heading}>
    <${Pending} ...${{ answer, what: "the state of the service" }} />
    ${
      answer.value &&
      html`<${FactsOf} ...${answer.value} />
      <h2>The last minutes</h2>
      <div class="charts">
        ${chart("Occupants", "", (sample) => sample.occupants)}
        ${chart("Messages", "per minute", (sample) => sample.messagesPerMinute)}
        ${chart("Memory", "MiB", (sample) => sample.memoryMiB)}
        ${chart("Waiting output", "KiB", (sample) => sample.waitingKiB)}
      </div>`
    }`;
}

function FactsOf({ status, counters }: State): Children {
  const isUp = status.link === "online";
  const number = (value: number): string => value.toLocaleString("en-GB");
  const facts: [string, Children][] = [
    ["Link to the XMPP server", html`<span class=${isUp ? "tag good" : "tag bad"}>${status.link}</span>`],
    ["Version", status.version],
    ["Storage", html`<${Theirs} text=${status.storage} />`],
    ["Running for", duration(status.uptimeSeconds)],
    ["Rooms", `${number(counters.rooms)} (${number(counters.roomsInMemory)} in memory)`],
    ["Occupants", `${number(counters.occupants)} with ${number(counters.clients)} clients`],
    ["Messages since the start", number(counters.messages)],
    ["Memory", `${number(counters.memoryMiB)} MiB`],
    ...(counters.nodes > 1
      ? [["Nodes", `${counters.nodes}, ${counters.silentNodes} silent`] as [string, Children]]
      : []),
  ];
  return html`<${Facts} facts=${facts} />`;
}

function note(
  session: Session,
  { waitingBytes }: Status,
  { occupants, messages, memoryMiB }: Counters,
): void {
  const history = histories.get(session) ?? { samples: [] };
  histories.set(session, history);
  const now = performance.now();
  const { last } = history;
  const minutes = last ? (now - last.at) / 60_000 : 0;
  history.last = { at: now, messages };
  // After a restart of the service the count begins again.
  const rate = last && minutes > 0 ? Math.max(0, Math.round((messages - last.messages) / minutes)) : 0;
  history.samples.push({
    occupants,
    messagesPerMinute: rate,
    memoryMiB,
    waitingKiB: Math.round(waitingBytes / 1024),
  });
  if (history.samples.length > SAMPLES) history.samples.shift();
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (days > 0) return `${days} days, ${hours} hours`;
  if (hours > 0) return `${hours} hours, ${minutes % 60} minutes`;
  return minutes > 0 ? `${minutes} minutes` : `${seconds} seconds`;
}
