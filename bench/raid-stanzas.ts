// The people of the rooms that are raided, and the stanzas of the raid.
import { NS } from "../src/xmpp/namespaces.ts";
import { roomOf } from "./users.ts";

export const ROOM_COUNT = 20;
export const SEATS = 10;
const DOMAINS = 50;

/** The domain of the people; no other address contains it. */
export const PEOPLE = "people.bench.example";

export const personIn = (room: number, seat: number): string => `p${room}x${seat}`;
export const ordinary = (person: string): string => `${person}@${PEOPLE}/home`;

/** Marks each stanza of the raid, so that it is known again at an occupant. */
const markOf = (number: number): string => `~${number}~`;

type Kind = (target: { raider: string; room: string; person: string; mark: string }) => string;

/** Everything that a raider does in a room, in this order. */
const KINDS: readonly Kind[] = [
  ({ raider, room, mark }) =>
    `<presence from="${raider}" to="${room}/${mark}"><x xmlns="${NS.muc}"/></presence>`,
  ({ raider, room, mark }) =>
    `<message type="groupchat" from="${raider}" to="${room}"><body>${mark} buy now</body></message>`,
  ({ raider, room, person, mark }) =>
    `<message type="chat" from="${raider}" to="${room}/${person}"><body>${mark} buy now</body></message>`,
  ({ raider, room, mark }) => `<presence from="${raider}" to="${room}/${mark}"/>`,
  ({ raider, room, mark }) =>
    `<message type="groupchat" from="${raider}" to="${room}"><body>${mark}</body></message>`,
  ({ raider, room, mark }) =>
    `<presence from="${raider}" to="${room}/x${mark}"><status>${mark}</status></presence>`,
  ({ raider, room, person, mark }) =>
    `<iq type="get" id="${mark}" from="${raider}" to="${room}/${person}"><query xmlns="jabber:iq:version" mark="${mark}"/></iq>`,
  ({ raider, room, mark }) =>
    `<message from="${raider}" to="${room}"><x xmlns="${NS.mucUser}"><invite to="${personIn(0, 0)}@${PEOPLE}"><reason>${mark}</reason></invite></x></message>`,
  ({ raider, room, mark }) =>
    `<iq type="set" id="${mark}" from="${raider}" to="${room}"><query xmlns="${NS.mam}" queryid="q"/></iq>`,
  ({ raider, room, mark }) =>
    `<iq type="get" id="${mark}" from="${raider}" to="${room}"><query xmlns="${NS.discoItems}"/></iq>`,
];

/** A raid: each account goes from room to room and does everything there. */
export class Raid {
  readonly #accounts: number;
  sent = 0;

  constructor(accounts: number) {
    this.#accounts = accounts;
  }

  /** Returns the stanzas up to a number. */
  next(until: number): string {
    let stanzas = "";
    for (; this.sent < until; this.sent++) stanzas += this.#stanza(this.sent);
    return stanzas;
  }

  #stanza(number: number): string {
    const account = number % this.#accounts;
    const step = Math.floor(number / this.#accounts);
    const room = (account + Math.floor(step / KINDS.length)) % ROOM_COUNT;
    const kind = KINDS[step % KINDS.length] as Kind;
    return kind({
      raider: `raider${account}@raid${account % DOMAINS}.bench.example/r`,
      room: roomOf(`room${room}`),
      person: personIn(room, number % SEATS),
      mark: markOf(number),
    });
  }
}
