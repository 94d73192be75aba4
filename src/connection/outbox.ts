import { type Effects, writeOutgoing } from "../muc/effects.ts";
import type { JournalEntry } from "../muc/journal.ts";
import type { Store } from "../storage/store.ts";

/** Characters after which a text is written without waiting for more: joining longer ones costs more than the write. */
const WRITE_SIZE = 65_536;

/**
 * What rooms have brought about, on its way out. Whatever was added meanwhile shares one transaction, and
 * nothing is written before that transaction is durable: what a client has seen is kept.
 */
export class Outbox {
  readonly #store: Pick<Store, "commit">;
  readonly #write: (text: string) => void;
  readonly #failed: (error: unknown) => void;
  #pending: Effects[] = [];
  #scheduled: NodeJS.Immediate | undefined;

  /** `failed` is called when a transaction could not be kept; what belonged to it is never written. */
  constructor(store: Pick<Store, "commit">, write: (text: string) => void, failed: (error: unknown) => void) {
    this.#store = store;
    this.#write = write;
    this.#failed = failed;
  }

  add(effects: Effects): void {
    if (effects.journal.length === 0 && effects.outgoing.length === 0) return;
    this.#pending.push(effects);
    this.#scheduled ??= setImmediate(() => this.flush());
  }

  /** Keeps and writes everything now. */
  flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    const effects = this.#pending;
    this.#pending = [];
    const journal: JournalEntry[] = effects.flatMap((each) => each.journal);
    try {
      if (journal.length > 0) this.#store.commit(journal);
    } catch (error) {
      this.#failed(error);
      return;
    }
    this.#writeAll(effects);
  }

  #writeAll(effects: readonly Effects[]): void {
    let text = "";
    for (const { outgoing } of effects) {
      for (const entry of outgoing) {
        text += writeOutgoing(entry);
        if (text.length < WRITE_SIZE) continue;
        this.#write(text);
        text = "";
      }
    }
    if (text !== "") this.#write(text);
  }
}
