// What waits for moderators, in all rooms that the token may see.
import { type Children, html, useState } from "../html.ts";
import { Heading, Pending, Theirs } from "../parts.ts";
import { linkTo } from "../route.ts";
import { useSession } from "../session.ts";
import { useAnswer } from "../use-answer.ts";
import { useEvents } from "../use-events.ts";
import { Waiting } from "./waiting.ts";

interface Page {
  readonly rooms: readonly { readonly room: string }[];
  readonly next?: string;
}

/** Rooms of a page: each is asked for its reports and its held messages. */
const PAGE = 20;
/** Messages are held without an event. */
const EVERY_MS = 30_000;

export function QueueView(): Children {
  const { api, token } = useSession();
  const [after, setAfter] = useState("");
  const [turn, setTurn] = useState(0);
  const ask = async (): Promise<Page> => {
    setTurn((before) => before + 1);
    if (!token.rooms) return api.get<Page>("/v1/queue", { after, max: PAGE });
    return { rooms: token.rooms.map((room) => ({ room })) };
  };
  const answer = useAnswer(`queue ${after}`, ask, EVERY_MS);
  useEvents(answer.reload);
  const page = answer.value;
  return html`<${Heading} title="Moderation">Moderation</${Heading}>
    <p>Reports and held messages that wait for a moderator, by room.</p>
    <${Pending} ...${{ answer, what: "what waits" }} />
    ${page?.rooms.length === 0 && html`<p class="empty" role="status">Nothing waits for a moderator.</p>`}
    ${page?.rooms.map(
      ({
        room,
      }) => html`<article key=${room}><h2><a href=${linkTo("room", room)}><${Theirs} text=${room} /></a></h2>
        <${Waiting} ...${{ room, turn }} isWithinRoom /></article>`,
    )}
    <div class="buttons">
      ${page?.next !== undefined && html`<button type="button" onClick=${() => setAfter(page.next ?? "")}>Next rooms</button>`}
      ${after !== "" && html`<button type="button" onClick=${() => setAfter("")}>First rooms</button>`}
    </div>`;
}
