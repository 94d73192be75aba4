// The latest messages of a room.
import type { Message } from "../answers.ts";
import { type Children, html, useState } from "../html.ts";
import { Pending, Theirs, Time } from "../parts.ts";
import { useOperation, useSession } from "../session.ts";
import { useAnswer } from "../use-answer.ts";

interface Page {
  readonly messages: readonly Message[];
  readonly next?: string;
}

export function Messages({ room }: { readonly room: string }): Children {
  const [isOpen, setOpen] = useState(false);
  if (!useOperation("messages.list")) return "";
  return html`<section aria-labelledby="messages"><h2 id="messages">Latest messages</h2>
    ${isOpen ? html`<${List} room=${room} />` : html`<p><button type="button" onClick=${() => setOpen(true)}>Show messages</button></p>`}
  </section>`;
}

function List({ room }: { readonly room: string }): Children {
  const { api } = useSession();
  const [before, setBefore] = useState<string>();
  const path = `/v1/rooms/${encodeURIComponent(room)}/messages`;
  const answer = useAnswer(`${room} ${before}`, () => api.get<Page>(path, { before, max: 30 }));
  const page = answer.value;
  return html`<${Pending} ...${{ answer, what: "messages" }} />
    ${
      page &&
      (page.messages.length === 0
        ? html`<p class="empty">There are none.</p>`
        : html`<ol class="messages">${page.messages.map(
            ({ id, at, nickname, user, kind, text, retracted }) => html`<li key=${id}>
        <p class="help"><strong><${Theirs} text=${nickname || "the room"} /></strong> <${Theirs} text=${user} /> <${Time} at=${at} />
          ${kind === "subject" && html` <span class="tag">subject</span>`}</p>
        <p class="said">${retracted ? html`<em>retracted</em>` : html`<${Theirs} text=${text} />`}</p></li>`,
          )}</ol>`)
    }
    <div class="buttons">
      ${page?.next !== undefined && html`<button type="button" onClick=${() => setBefore(page.next)}>Earlier messages</button>`}
      <button type="button" onClick=${() => (before === undefined ? answer.reload() : setBefore(undefined))}>Latest messages</button>
    </div>`;
}
