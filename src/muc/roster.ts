// The presence of those who are in the room, as others see it (XEP-0045 section 7.2.2).
import type { Affiliation, Role } from "./affiliation.ts";
import type { Unaddressed } from "./effects.ts";
import { hatsTag } from "./hats.ts";
import { leadingSession, type Occupant, type Session } from "./occupant.ts";
import { occupantIdTag } from "./occupant-id.ts";
import { presenceHead, writeUserExtension } from "./presence-text.ts";
import type { Room } from "./room.ts";

/** In smaller rooms presence is written anew for each who enters: there it costs less than the memory. */
const MIN_KEPT = 50;

/** An occupant's presence as others see it at one moment; its text is made when it is first written. */
export class ShownPresence implements Unaddressed {
  readonly #room: Room;
  readonly #nick: string;
  readonly #id: string;
  readonly #affiliation: Affiliation;
  readonly #role: Role;
  readonly #session: Session;
  readonly #hats: string;
  readonly #showsJid: boolean;
  #head: string | undefined;
  #tail: string | undefined;

  constructor(room: Room, occupant: Occupant, showsJid: boolean) {
    this.#room = room;
    this.#nick = occupant.nick;
    this.#id = occupant.id;
    this.#affiliation = occupant.affiliation;
    this.#role = occupant.role;
    this.#session = leadingSession(occupant);
    this.#hats = hatsTag(room, occupant.bareJid);
    this.#showsJid = showsJid;
  }

  get head(): string {
    this.#head ??= presenceHead(this.#room.occupantAddress(this.#nick), false);
    return this.#head;
  }

  get tail(): string {
    this.#tail ??= this.#write();
    return this.#tail;
  }

  /** Whether it is what others would see now, under the same nickname. */
  isOf(room: Room, occupant: Occupant): boolean {
    return (
      this.#session === leadingSession(occupant) &&
      this.#role === occupant.role &&
      this.#affiliation === occupant.affiliation &&
      this.#hats === hatsTag(room, occupant.bareJid)
    );
  }

  #write(): string {
    const { jid, payload } = this.#session;
    const item = { affiliation: this.#affiliation, role: this.#role, jid: this.#showsJid ? jid : undefined };
    const extension = writeUserExtension(item, {}, false, []);
    return `">${payload}${occupantIdTag(this.#id)}${this.#hats}${extension}</presence>`;
  }
}

/** What is shown to many is written once: in a big room, as long as it is lively. */
export class Roster {
  readonly #room: Room;
  readonly #withJids = new Map<Occupant, ShownPresence>();
  readonly #withoutJids = new Map<Occupant, ShownPresence>();

  constructor(room: Room) {
    this.#room = room;
  }

  /** What an occupant shows of itself now, to those who see real JIDs or to those who do not. */
  show(occupant: Occupant, realJids: boolean): ShownPresence {
    const kept = realJids ? this.#withJids : this.#withoutJids;
    const before = kept.get(occupant);
    if (before?.isOf(this.#room, occupant)) return before;
    const shown = new ShownPresence(this.#room, occupant, realJids);
    if (this.#room.occupants.size >= MIN_KEPT) kept.set(occupant, shown);
    return shown;
  }

  /** Somebody is gone, at least from under its nickname. */
  forget(occupant: Occupant): void {
    this.#withJids.delete(occupant);
    this.#withoutJids.delete(occupant);
  }
}
