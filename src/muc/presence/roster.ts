// The presence of all occupants, as new occupants get it (XEP-0045 section 7.2.2).

import type { Deferred } from "../model/effects.ts";
import type { RoomConfig } from "../model/room-config.ts";
import { audienceOf } from "../permissions/room-audience.ts";
import { isBroadcast } from "../permissions/visibility.ts";
import { leadingSession, type Occupant } from "../room/occupant.ts";
import type { Room } from "../room/room.ts";
import type { RoomObserver } from "../room/room-observer.ts";
import { ObserverSlot } from "../room/room-slot.ts";
import { OccupantPresence, stateOf } from "./occupant-presence.ts";
import { PresenceList } from "./presence-list.ts";

/** Cache of occupants' presence, while the room is busy. Without it each entry would build all of them again. */
export class Roster implements RoomObserver {
  readonly isCache = true;
  readonly #room: Room;
  readonly #withJids = new Map<Occupant, OccupantPresence>();
  readonly #withoutJids = new Map<Occupant, OccupantPresence>();
  /**
   * Presence of all occupants but the newest, in the order of joining; two variants: with real JIDs, and without. Valid
   * for `#config`.
   */
  readonly #lists: [OccupantPresence[] | undefined, OccupantPresence[] | undefined] = [undefined, undefined];
  #config: RoomConfig | undefined;
  #newest: Occupant | undefined;

  constructor(room: Room) {
    this.#room = room;
  }

  /** Returns the current presence of an occupant, with its real JID or without. */
  show(occupant: Occupant, realJids: boolean): OccupantPresence {
    const cache = realJids ? this.#withJids : this.#withoutJids;
    const cached = cache.get(occupant);
    if (cached?.isCurrent(this.#room, occupant)) return cached;
    const { jid, payload, language } = leadingSession(occupant);
    const presence = new OccupantPresence(this.#room, stateOf(this.#room, occupant), {
      payload,
      language,
      jid: realJids ? jid : undefined,
    });
    cache.set(occupant, presence);
    return presence;
  }

  /** Returns the presence of all others whose role is broadcast, in the order of joining, for a viewer's client. */
  others(viewer: Occupant, realJids: boolean, to: string): Deferred {
    const audience = audienceOf(this.#room);
    const list = this.#list(realJids);
    if (viewer === this.#newest) return new PresenceList(list, to, audience);
    this.#addNewest();
    const own = isBroadcast(this.#room, viewer) ? this.show(viewer, realJids) : undefined;
    return new PresenceList(list, to, audience, own);
  }

  occupantAdded(occupant: Occupant): void {
    this.#addNewest();
    this.#newest = occupant;
  }

  occupantChanged(occupant: Occupant): void {
    if (occupant !== this.#newest) this.#dropLists();
  }

  clientRemoved(): void {
    this.#dropLists();
  }

  noteChanged(): void {
    this.#dropLists();
  }

  #dropLists(): void {
    this.#lists[0] = undefined;
    this.#lists[1] = undefined;
    this.#newest = undefined;
  }

  #list(realJids: boolean): OccupantPresence[] {
    const { config } = this.#room;
    if (this.#config !== config) this.#dropLists();
    this.#config = config;
    const index = realJids ? 0 : 1;
    this.#lists[index] ??= this.#showAllBut(this.#newest, realJids);
    return this.#lists[index];
  }

  #showAllBut(except: Occupant | undefined, realJids: boolean): OccupantPresence[] {
    const list: OccupantPresence[] = [];
    for (const occupant of this.#room.occupants.values())
      if (occupant !== except && isBroadcast(this.#room, occupant)) list.push(this.show(occupant, realJids));
    return list;
  }

  #addNewest(): void {
    const newest = this.#newest;
    this.#newest = undefined;
    if (!newest || !isBroadcast(this.#room, newest)) return;
    for (const realJids of [true, false]) this.#lists[realJids ? 0 : 1]?.push(this.show(newest, realJids));
  }

  manyLeaving(): void {
    this.#dropLists();
    this.#withJids.clear();
    this.#withoutJids.clear();
  }

  occupantRemoved(occupant: Occupant): void {
    this.#dropLists();
    this.#withJids.delete(occupant);
    this.#withoutJids.delete(occupant);
  }
}

const rosters = new ObserverSlot("roster", (room) => new Roster(room));

/** Returns the cache of presence of a room. */
export const rosterOf = (room: Room): Roster => rosters.of(room);
