import { occupantId } from "./occupant-id.ts";
import type { Room } from "./room.ts";
import type { RoomObserver } from "./room-observer.ts";
import { ObserverSlot } from "./room-slot.ts";

/**
 * Cache of the occupant ids (XEP-0421) of users with a reserved nickname, in both directions. Computing thousands of
 * keyed hashes takes long.
 */
class MemberIds implements RoomObserver {
  readonly #room: Room;
  readonly #ids = new Map<string, string>();
  readonly #users = new Map<string, string>();

  constructor(room: Room) {
    this.#room = room;
    for (const { jid, nick } of room.affiliations.values()) if (nick !== undefined) this.#add(jid);
  }

  /** Returns the occupant id of a user, with a reserved nickname or without. */
  idOf(bareJid: string): string {
    return this.#ids.get(bareJid) ?? occupantId(this.#room, bareJid);
  }

  /** Returns the bare JID of the user with this occupant id; undefined if no user with a reserved nickname has it. */
  userWith(id: string): string | undefined {
    return this.#users.get(id);
  }

  affiliationChanged(bareJid: string, before: string | undefined): void {
    if (before !== undefined) this.#remove(bareJid);
    if (this.#room.affiliations.get(bareJid)?.nick !== undefined) this.#add(bareJid);
  }

  #add(bareJid: string): void {
    const id = this.idOf(bareJid);
    this.#ids.set(bareJid, id);
    this.#users.set(id, bareJid);
  }

  #remove(bareJid: string): void {
    const id = this.#ids.get(bareJid);
    if (id === undefined) return;
    this.#ids.delete(bareJid);
    this.#users.delete(id);
  }
}

const memberIds = new ObserverSlot("member-ids", (room) => new MemberIds(room));

/** Returns the cached occupant ids of a room. */
export const memberIdsOf = (room: Room): MemberIds => memberIds.of(room);
