// Names that nobody may take: words with all that look like them, and patterns (XEP-0045 section 14.6).
import { skeletons } from "../../xmpp/skeleton.ts";
import { Wildcards } from "./wildcards.ts";

/** Items with a * are patterns; all others are words. */
export class ReservedNames {
  readonly #skeletons: ReadonlySet<string>;
  readonly #patterns: Wildcards;

  constructor(items: readonly string[]) {
    this.#skeletons = new Set(items.filter((item) => !item.includes("*")).flatMap((word) => skeletons(word)));
    this.#patterns = new Wildcards(items.filter((item) => item.includes("*")));
  }

  /** Returns true for a name that is, or looks like, one of the words, or matches a pattern. */
  has(name: string): boolean {
    return (
      skeletons(name).some((each) => this.#skeletons.has(each)) || this.#patterns.find(name) !== undefined
    );
  }
}
