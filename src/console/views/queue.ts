// What waits for moderators, in all rooms that the token may see.
import { type Children, html } from "../html.ts";
import { Heading, Theirs } from "../parts.ts";
import { linkTo } from "../route.ts";
import { useSession } from "../session.ts";
import { Waiting } from "./waiting.ts";

export function QueueView(): Children {
  const { token } = useSession();
  return html`<${Heading} title="Moderation">Moderation</${Heading}>
    ${(token.rooms ?? []).map(
      (room) => html`<div key=${room}><h2><a href=${linkTo("room", room)}><${Theirs} text=${room} /></a></h2>
      <${Waiting} room=${room} /></div>`,
    )}`;
}
