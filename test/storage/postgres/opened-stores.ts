import type { Logger } from "pino";
import { PostgresStore } from "../../../src/storage/postgres/store.ts";

/** The stores that a test opens, also those whose opening still waits, and fails or ends after the test. */
export class OpenedStores {
  readonly #log: Logger;
  readonly #opened: Promise<PostgresStore>[] = [];
  readonly #closed = new Set<PostgresStore>();

  constructor(log: Logger) {
    this.#log = log;
  }

  open(url: string, options: Parameters<typeof PostgresStore.open>[2]): Promise<PostgresStore> {
    const store = PostgresStore.open(url, this.#log, options);
    store.catch(() => {});
    this.#opened.push(store);
    return store;
  }

  /** Closes a store, once. */
  readonly close = async (store: PostgresStore): Promise<void> => {
    if (this.#closed.has(store)) return;
    this.#closed.add(store);
    await store.close();
  };

  /** Closes all, one after the other: each one that waits takes over from the one before. */
  async closeAll(): Promise<void> {
    for (const store of this.#opened) await store.then(this.close, () => {});
  }
}
