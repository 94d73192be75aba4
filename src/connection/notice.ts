import type { Effects, RoomOutput } from "../muc/model/effects.ts";

/** Output without a journal: it needs no commit, and may be written at any time. */
export class Notice {
  readonly #roomOutputs: readonly RoomOutput[];
  /** As in `Effects`. */
  readonly sender: string;

  private constructor(roomOutputs: readonly RoomOutput[], sender: string) {
    this.#roomOutputs = roomOutputs;
    this.sender = sender;
  }

  /** One stanza from the service itself. */
  static of(xml: string): Notice {
    return new Notice([{ node: "", outputs: [{ kind: "stanza", xml }] }], "");
  }

  /** Takes the output out of effects; returns undefined, and takes nothing, where they have a journal. */
  static takeFrom({ journal, roomOutputs, sender }: Effects): Notice | undefined {
    return journal.length > 0 ? undefined : new Notice(roomOutputs.splice(0), sender);
  }

  get roomOutputs(): readonly RoomOutput[] {
    return this.#roomOutputs;
  }
}
