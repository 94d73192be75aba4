import type { Effects, Speech } from "../muc/model/effects.ts";

/** Output without a journal: it needs no commit, and may be written at any time. */
export class Notice {
  readonly #speeches: readonly Speech[];
  /** As in `Effects`. */
  readonly cause: string;

  private constructor(speeches: readonly Speech[], cause: string) {
    this.#speeches = speeches;
    this.cause = cause;
  }

  /** One stanza from the service itself. */
  static of(stanza: string): Notice {
    return new Notice([{ node: "", sayings: [stanza] }], "");
  }

  /** Takes the output out of effects; returns undefined, and takes nothing, where they have a journal. */
  static takeFrom({ journal, speeches, cause }: Effects): Notice | undefined {
    return journal.length > 0 ? undefined : new Notice(speeches.splice(0), cause);
  }

  get speeches(): readonly Speech[] {
    return this.#speeches;
  }
}
