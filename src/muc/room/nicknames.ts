// Reserved nicknames and lookalikes of nicknames in a room (XEP-0045 sections 7.10 and 14.6).
import { NicknameMap } from "../model/nickname-map.ts";
import { NicknameIndex } from "./nickname-index.ts";
import type { Occupant } from "./occupant.ts";
import type { Room } from "./room.ts";
import type { RoomObserver } from "./room-observer.ts";
import { ObserverSlot } from "./room-slot.ts";

class Nicknames implements RoomObserver {
  readonly #room: Room;
  /** Bare JIDs, by reserved nickname. */
  readonly #reservations = new NicknameMap<string>();
  /** Built on demand. */
  #index: NicknameIndex | undefined;

  constructor(room: Room) {
    this.#room = room;
    for (const { nick, jid } of room.affiliations.values())
      if (nick !== undefined) this.#reservations.set(nick, jid);
  }

  get index(): NicknameIndex {
    const { occupants, affiliations } = this.#room;
    this.#index ??= NicknameIndex.of(occupants.values(), affiliations.values());
    return this.#index;
  }

  reservedFor(nick: string): string | undefined {
    return this.#reservations.get(nick);
  }

  affiliationChanged(jid: string, before: string | undefined): void {
    if (before !== undefined) {
      this.#index?.remove(before, jid);
      if (this.#reservations.get(before) === jid) this.#reservations.delete(before);
    }
    const nick = this.#room.affiliations.get(jid)?.nick;
    if (nick === undefined) return;
    this.#index?.add(nick, jid);
    this.#reservations.set(nick, jid);
  }

  occupantAdded({ nick, bareJid }: Occupant): void {
    this.#index?.add(nick, bareJid);
  }

  occupantRemoved({ nick, bareJid }: Occupant): void {
    this.#index?.remove(nick, bareJid);
  }

  manyLeaving(): void {
    this.#index = undefined;
  }
}

const nicknames = new ObserverSlot("nicknames", (room) => new Nicknames(room));

/** Returns the bare JID for which a nickname is reserved. */
export const reservedFor = (room: Room, nick: string): string | undefined =>
  nicknames.of(room).reservedFor(nick);

/** Returns the bare JIDs of users who use or have reserved a nickname or a lookalike of it. */
export const holdersOf = (room: Room, nick: string): string[] => nicknames.of(room).index.holders(nick);

/** Returns true if a nickname equals or looks like one that another user uses or has reserved. */
export const isLookalike = (room: Room, nick: string, bareJid: string): boolean =>
  nicknames.of(room).index.looksLikeAnother(nick, bareJid);
