// Detection of lookalike nicknames (XEP-0045 sections 7.2.8 and 14.6).
import { skeletons } from "../../xmpp/skeleton.ts";
import type { AffiliationRecord } from "../model/journal.ts";
import { SmallMap } from "../model/small-map.ts";
import type { Occupant } from "./occupant.ts";

/** Index of the nicknames in use or reserved, by their skeletons. A lookup takes constant time. */
export class NicknameIndex {
  /** Bare JID of the holder of the nickname with that skeleton, or a list if there are several such nicknames. */
  readonly #holders = new SmallMap<string, string | readonly string[]>();

  /** Builds an index of occupants' nicknames and reserved nicknames. */
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

  /** Reverts one `add`. */
  remove(nick: string, holder: string): void {
    for (const skeleton of skeletons(nick)) {
      const holders = this.#of(skeleton);
      const place = holders.indexOf(holder);
      if (place >= 0) this.#set(skeleton, holders.toSpliced(place, 1));
    }
  }

  /** Returns the holders of a nickname and of its lookalikes. */
  holders(nick: string): string[] {
    return [...new Set(skeletons(nick).flatMap((skeleton) => this.#of(skeleton)))];
  }

  /** Returns true if a nickname equals or looks like one of another holder. */
  looksLikeAnother(nick: string, holder: string): boolean {
    return skeletons(nick).some((skeleton) => this.#of(skeleton).some((other) => other !== holder));
  }

  #of(skeleton: string): readonly string[] {
    const holders = this.#holders.get(skeleton) ?? [];
    return typeof holders === "string" ? [holders] : holders;
  }

  #set(skeleton: string, holders: readonly string[]): void {
    const [first, ...more] = holders;
    if (first === undefined) this.#holders.delete(skeleton);
    else this.#holders.set(skeleton, more.length === 0 ? first : holders);
  }
}
