// The rooms of a token that is for some rooms only.
import { type Children, html } from "../html.ts";
import { Heading, Theirs } from "../parts.ts";
import { linkTo } from "../route.ts";

interface OwnRoomsProps {
  readonly title: string;
  readonly rooms: readonly string[];
}

export const OwnRooms = ({
  title,
  rooms,
}: OwnRoomsProps): Children => html`<${Heading} ...${{ title }}>${title}</${Heading}>
  <p>This token is for these rooms only:</p>
  <ul>${rooms.map((room) => html`<li key=${room}><a href=${linkTo("room", room)}><${Theirs} text=${room} /></a></li>`)}</ul>`;
