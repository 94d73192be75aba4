import { occupantId } from "./occupant-id.ts";
import type { Room } from "./room.ts";

/**
 * Occupant identifiers (XEP-0421) of those with a reserved nickname, in both directions: each is computed once, as a
 * keyed hash takes long where there are thousands.
 */
export class MemberIds {
  readonly #room: Room;
  readonly #ids = new Map<string, string>();
  readonly #users = new Map<string, string>();

  constructor(room: Room) {
    this.#room = room;
    for (const { jid, nick } of room.affiliations.values()) if (nick !== undefined) this.add(jid);
  }

  /** A user's identifier. */
  idOf(bareJid: string): string {
    return this.#ids.get(bareJid) ?? occupantId(this.#room, bareJid);
  }

  /** The user with that identifier, by bare JID; undefined where nobody with a reserved nickname has it. */
  userWith(id: string): string | undefined {
    return this.#users.get(id);
  }

  /** Somebody has reserved a nickname. */
  add(bareJid: string): void {
    const id = this.idOf(bareJid);
    this.#ids.set(bareJid, id);
    this.#users.set(id, bareJid);
  }

  /** Somebody has no reserved nickname any more. */
  remove(bareJid: string): void {
    const id = this.#ids.get(bareJid);
    if (id === undefined) return;
    this.#ids.delete(bareJid);
    this.#users.delete(id);
  }
}
