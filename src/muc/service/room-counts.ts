// Counts of rooms: of all rooms, and by domain of the creator (XEP-0045 section 14.6).
import { domainOf } from "../../xmpp/jid.ts";
import { textNote } from "../model/note-format.ts";
import type { Room } from "../room/room.ts";

const NOTE = "creator";

/** Note with the bare JID of a room's creator; imported rooms have none. */
export const creatorNote = textNote(NOTE, "an address", (text) => text !== "");

/** Returns the notes of a new room. */
export const creatorNotes = (creator: string): ReadonlyMap<string, string> => new Map([[NOTE, creator]]);

/** Counts the rooms of the service, in memory or not. */
export class RoomCounts {
  #all: number;
  #byDomain: Map<string, number>;

  /** `all`: number of stored rooms; `byDomain`: numbers of those among them that users of a domain created. */
  constructor(all = 0, byDomain: ReadonlyMap<string, number> = new Map()) {
    this.#all = all;
    this.#byDomain = new Map(byDomain);
  }

  get all(): number {
    return this.#all;
  }

  /** Returns the number of rooms that users of a domain created. */
  ofDomain(domain: string): number {
    return this.#byDomain.get(domain) ?? 0;
  }

  /** Replaces the numbers. */
  set(all: number, byDomain: ReadonlyMap<string, number>): void {
    this.#all = all;
    this.#byDomain = new Map(byDomain);
  }

  /** Counts a room that is about to be stored for the first time. */
  add(room: Room): void {
    this.#count(room, 1);
  }

  /** Uncounts a room that is removed. */
  remove(room: Room): void {
    this.#count(room, -1);
  }

  #count(room: Room, by: number): void {
    this.#all += by;
    const creator = room.notes.get(NOTE);
    if (creator === undefined) return;
    const domain = domainOf(creator);
    const count = this.ofDomain(domain) + by;
    if (count > 0) this.#byDomain.set(domain, count);
    else this.#byDomain.delete(domain);
  }
}
