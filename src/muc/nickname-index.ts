// Whose nicknames look like whose (XEP-0045 sections 7.2.8 and 14.6).
import { skeletons } from "../xmpp/skeleton.ts";
import { SmallMap } from "./small-map.ts";

/** The nicknames in use or reserved, by what they look like: an answer costs the same however many there are. */
export class NicknameIndex {
  /** By skeleton: the holders (bare JIDs), each with how many of its nicknames look like that. */
  readonly #holders = new SmallMap<string, SmallMap<string, number>>();

  add(nick: string, holder: string): void {
    for (const skeleton of skeletons(nick)) {
      const counts = this.#holders.get(skeleton) ?? new SmallMap<string, number>();
      counts.set(holder, (counts.get(holder) ?? 0) + 1);
      this.#holders.set(skeleton, counts);
    }
  }

  /** Takes back one `add`. */
  remove(nick: string, holder: string): void {
    for (const skeleton of skeletons(nick)) {
      const counts = this.#holders.get(skeleton);
      const left = (counts?.get(holder) ?? 0) - 1;
      if (left > 0) counts?.set(holder, left);
      else counts?.delete(holder);
      if (counts?.size === 0) this.#holders.delete(skeleton);
    }
  }

  /** Who holds a nickname, or one that looks like it. */
  holders(nick: string): string[] {
    return [
      ...new Set(skeletons(nick).flatMap((skeleton) => [...(this.#holders.get(skeleton)?.keys() ?? [])])),
    ];
  }

  /** Whether a nickname looks like one of somebody else. */
  resemblesAnothers(nick: string, holder: string): boolean {
    return skeletons(nick).some((skeleton) => {
      const counts = this.#holders.get(skeleton);
      return counts !== undefined && (counts.size > 1 || !counts.has(holder));
    });
  }
}
