// Whose nicknames look like whose (XEP-0045 sections 7.2.8 and 14.6).
import { skeletons } from "../../xmpp/skeleton.ts";
import type { AffiliationRecord } from "../model/journal.ts";
import { SmallMap } from "../model/small-map.ts";
import type { Occupant } from "./occupant.ts";

/** The nicknames in use or reserved, by what they look like: an answer costs the same however many there are. */
export class NicknameIndex {
  /** By skeleton: the holder (a bare JID) of the nickname that looks like that, or of each that does. */
  readonly #holders = new SmallMap<string, string | readonly string[]>();

  /** With the nicknames in use, and those that are reserved. */
  static of(
    occupants: Iterable<Pick<Occupant, "nick" | "bareJid">>,
    reservations: Iterable<Pick<AffiliationRecord, "nick" | "jid">>,
  ): NicknameIndex {
    const index = new NicknameIndex();
    for (const { nick, bareJid } of occupants) index.add(nick, bareJid);
    for (const { nick, jid } of reservations) if (nick !== undefined) index.add(nick, jid);
    return index;
  }

  add(nick: string, holder: string): void {
    for (const skeleton of skeletons(nick)) this.#set(skeleton, [...this.#of(skeleton), holder]);
  }

  /** Takes back one `add`. */
  remove(nick: string, holder: string): void {
    for (const skeleton of skeletons(nick)) {
      const holders = this.#of(skeleton);
      const place = holders.indexOf(holder);
      if (place >= 0) this.#set(skeleton, holders.toSpliced(place, 1));
    }
  }

  /** Who holds a nickname, or one that looks like it. */
  holders(nick: string): string[] {
    return [...new Set(skeletons(nick).flatMap((skeleton) => this.#of(skeleton)))];
  }

  /** Whether a nickname looks like one of somebody else. */
  resemblesAnothers(nick: string, holder: string): boolean {
    return skeletons(nick).some((skeleton) => this.#of(skeleton).some((other) => other !== holder));
  }

  #of(skeleton: string): readonly string[] {
    return [this.#holders.get(skeleton) ?? []].flat();
  }

  #set(skeleton: string, holders: readonly string[]): void {
    const [first, ...more] = holders;
    if (first === undefined) this.#holders.delete(skeleton);
    else this.#holders.set(skeleton, more.length === 0 ? first : holders);
  }
}
