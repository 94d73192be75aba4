// One room: facts, people, configuration, messages, and what can be done with it.
import { Act } from "../act-button.ts";
import type { RoomFacts } from "../answers.ts";
import { type Children, html, useState } from "../html.ts";
import { Facts, Heading, Pending, Theirs, Time } from "../parts.ts";
import { linkTo } from "../route.ts";
import { useOperation, useSession } from "../session.ts";
import { useAnswer } from "../use-answer.ts";
import { useEvents } from "../use-events.ts";
import { Affiliations } from "./affiliations.ts";
import { Configuration } from "./configuration.ts";
import { Messages } from "./messages.ts";
import { People } from "./people.ts";
import { Waiting } from "./waiting.ts";

export function RoomView({ room }: { readonly room: string }): Children {
  const { api } = useSession();
  const answer = useAnswer(room, () => api.get<RoomFacts>(`/v1/rooms/${encodeURIComponent(room)}`));
  const [turn, setTurn] = useState(0);
  useEvents(() => {
    answer.reload();
    setTurn(turn + 1);
  }, room);
  const facts = answer.value;
  return html`<p class="path"><a href=${linkTo("rooms")}>Rooms</a></p>
    <${Heading} title=${room}><${Theirs} text=${facts?.configuration.name || room} /></${Heading}>
    <${Pending} ...${{ answer, what: "the room" }} />
    ${facts && html`<${Sections} ...${{ facts, turn }} reload=${answer.reload} />`}`;
}

interface SectionsProps {
  readonly facts: RoomFacts;
  readonly turn: number;
  reload(): void;
}

function Sections({ facts, turn, reload }: SectionsProps): Children {
  const { room, configuration, subject, lockdownUntil, archivedMessages, pending, locked } = facts;
  const gone = (): void => location.assign(linkTo("rooms"));
  const fixed = { room };
  const mayAudit = useOperation("acts.list") !== undefined;
  const shown: [string, Children][] = [
    ["Address", html`<${Theirs} text=${room} />`],
    ["Subject", html`<${Theirs} text=${subject ?? "–"} />`],
    ["Description", html`<${Theirs} text=${String(configuration.description || "–")} />`],
    ["Archived messages", archivedMessages?.toLocaleString("en-GB") ?? "too many to count"],
    [
      "Waiting",
      `reports: ${pending.reports}, registrations: ${pending.registrations}, requests for voice: ${pending.voiceRequests}`,
    ],
    ...(lockdownUntil === undefined
      ? []
      : [["Locked down until", html`<${Time} at=${lockdownUntil} />`] as [string, Children]]),
    ...(locked ? [["State", "locked until its creator has configured it"] as [string, Children]] : []),
  ];
  return html`<${Facts} facts=${shown} />
    <div class="buttons">
      <${Act} operation="subject.set" label="Set the subject" about=${room} ...${{ fixed }} done=${reload} />
      <${Act} operation="message.send" label="Send a message" about=${room} ...${{ fixed }} done=${reload} />
      <${Act} operation="room.invite" label="Invite" about=${room} ...${{ fixed }} done=${reload} />
      ${
        lockdownUntil === undefined
          ? html`<${Act} operation="room.lock-down" label="Lock down" about=${room} ...${{ fixed }} done=${reload} />`
          : html`<${Act} operation="room.end-lock-down" label="End the lock-down" about=${room} ...${{ fixed }} done=${reload} />`
      }
      <${Act} operation="room.destroy" label="Destroy" about=${room} ...${{ fixed }} done=${gone} />
      ${mayAudit && html`<a class="button" href=${linkTo("audit", undefined, { room })}>Audit</a>`}
      <a class="button" href=${linkTo("operations", undefined, { room })}>More operations</a>
    </div>
    <${Waiting} ...${{ room, turn }} />
    <${People} ...${{ facts, reload }} />
    <${Affiliations} ...${{ facts, reload }} />
    <${Messages} room=${room} />
    <${Configuration} ...${{ facts, reload }} />`;
}
