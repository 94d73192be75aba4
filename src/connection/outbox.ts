import { type Effects, writeOutgoing } from "../muc/effects.ts";
import type { JournalEntry } from "../muc/journal.ts";
import type { Awaitable, Inquiry, Records } from "../muc/records.ts";
import type { Store } from "../storage/store.ts";

interface OutboxHandlers {
  /** A transaction could not be kept; what belonged to it is never written. */
  failed(error: unknown): void;
  /** What an answer needed could not be read; the answer says so. */
  unreadable(error: unknown): void;
}

/** Characters after which a text is written without waiting for more: joining longer ones costs more than the write. */
const WRITE_SIZE = 65_536;

/**
 * What rooms have brought about, on its way out. Whatever was added meanwhile shares one transaction, and
 * nothing is written before that transaction is durable: what a client has seen is kept.
 */
export class Outbox {
  readonly #store: Pick<Store, "commit"> & Records;
  readonly #write: (text: string) => void;
  readonly #handlers: OutboxHandlers;
  #pending: Effects[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  #committing: Promise<void> | undefined;

  constructor(
    store: Pick<Store, "commit"> & Records,
    write: (text: string) => void,
    handlers: OutboxHandlers,
  ) {
    this.#store = store;
    this.#write = write;
    this.#handlers = handlers;
  }

  add(effects: Effects): void {
    if (effects.isEmpty) return;
    this.#pending.push(effects);
    this.#schedule();
  }

  /** Keeps and writes everything now, or when the commit that is under way is done. */
  flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    if (this.#committing || this.#pending.length === 0) return;
    const effects = this.#pending;
    this.#pending = [];
    const journal: JournalEntry[] = effects.flatMap((each) => each.journal);
    try {
      const committing = journal.length > 0 ? this.#store.commit(journal) : undefined;
      if (committing === undefined) this.#deliver(effects);
      else
        this.#committing = committing
          .then(() => this.#deliver(effects), this.#handlers.failed)
          .finally(() => {
            this.#committing = undefined;
            this.#schedule();
          });
    } catch (error) {
      this.#handlers.failed(error);
    }
  }

  /** Ends when everything that was added is kept and written. */
  settle(): Awaitable<void> {
    this.flush();
    if (this.#committing) return this.#committing.then(() => this.settle());
    return this.#pending.length > 0 ? this.settle() : undefined; // what was read has brought about more
  }

  #schedule(): void {
    if (this.#pending.length > 0) this.#scheduled ??= setImmediate(() => this.flush());
  }

  #deliver(effects: readonly Effects[]): void {
    this.#writeAll(effects);
    for (const { inquiries } of effects) for (const inquiry of inquiries) this.#answer(inquiry);
  }

  #answer(inquiry: Inquiry): void {
    const unreadable = (error: unknown): void => {
      this.#handlers.unreadable(error);
      this.#write(inquiry.otherwise);
    };
    try {
      const found = inquiry.ask(this.#store);
      if (found instanceof Promise) found.then((effects) => this.add(effects), unreadable);
      else this.add(found);
    } catch (error) {
      unreadable(error);
    }
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
