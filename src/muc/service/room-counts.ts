// How many rooms there are, and of which domain those are who have made them (XEP-0045 section 14.6).
import { domainOf } from "../../xmpp/jid.ts";
import { textNote } from "../model/note-format.ts";
import type { Room } from "../room/room.ts";

const NOTE = "creator";

/** The bare JID of who has made a room; rooms that came from elsewhere have none. */
export const creatorNote = textNote(NOTE, "an address", (text) => text !== "");

/** Returns the notes of a new room. */
export const creatorNotes = (creator: string): ReadonlyMap<string, string> => new Map([[NOTE, creator]]);

/** The rooms of the service, in memory or not. */
export class RoomCounts {
  #all: number;
  readonly #byDomain: Map<string, number>;

  /** `all`: those that are kept; `byDomain`: those of them that users of a domain have made. */
  constructor(all = 0, byDomain: ReadonlyMap<string, number> = new Map()) {
    this.#all = all;
    this.#byDomain = new Map(byDomain);
  }

  get all(): number {
    return this.#all;
  }

  /** How many rooms users of a domain have made. */
  ofDomain(domain: string): number {
    return this.#byDomain.get(domain) ?? 0;
  }

  /** Counts a room that is about to be stored for the first time. */
  add(room: Room): void {
    this.#count(room, 1);
  }

  /** A room is no more. */
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
