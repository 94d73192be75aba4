// One blocklist in memory and in the store.
import { setImmediate as immediate } from "node:timers/promises";
import type { BlocklistTable } from "../storage/blocklist-table.ts";

/** Hashes that are written or read at a time. A commit waits for one batch at most. */
const BATCH = 500;
const READ_BATCH = 2_000;
/** Maximum number of hashes in a list; further ones are ignored. They take about 30 MB. */
export const MOST_HASHES = 200_000;

export class StoredList {
  readonly name: string;
  readonly #table: BlocklistTable;
  readonly #changed: () => void;
  readonly #noted: (hash: string, isRemoved: boolean) => void;
  readonly #hashes = new Set<string>();
  /** The latest change that was read from the store. */
  #version = 0;
  /** Changes are made one after the other. */
  #queue: Promise<unknown> = Promise.resolve();

  /** `changed` is called after changes of the list, `noted` for each hash that comes and goes. */
  constructor(
    name: string,
    table: BlocklistTable,
    changed: () => void,
    noted: (hash: string, isRemoved: boolean) => void = () => {},
  ) {
    this.name = name;
    this.#table = table;
    this.#changed = changed;
    this.#noted = noted;
  }

  get size(): number {
    return this.#hashes.size;
  }

  get version(): number {
    return this.#version;
  }

  has(hash: string): boolean {
    return this.#hashes.has(hash);
  }

  all(): Iterable<string> {
    return this.#hashes;
  }

  /** Reads what has changed in the store since the last call. Rejects with `StorageError`. */
  read(): Promise<void> {
    return this.#inTurn(async () => {
      for (;;) {
        const changes = await this.#table.readBlocklist(this.name, this.#version, READ_BATCH);
        for (const { hash, isRemoved, version } of changes) {
          this.#take(hash, isRemoved);
          this.#version = version;
        }
        if (changes.length > 0) this.#changed();
        if (changes.length < READ_BATCH) return;
        await immediate();
      }
    });
  }

  /**
   * Adds and removes hashes, first in the store. Returns the number of hashes for which the list has no room. Rejects with
   * `StorageError`; the batches before are changed then.
   */
  change(added: Iterable<string>, removed: Iterable<string>): Promise<number> {
    return this.#inTurn(async () => {
      const gone = [...new Set(removed)].filter((hash) => this.#hashes.has(hash));
      for (let at = 0; at < gone.length; at += BATCH) await this.#write([], gone.slice(at, at + BATCH));
      const fresh = [...new Set(added)].filter((hash) => !this.#hashes.has(hash));
      const kept = fresh.slice(0, Math.max(0, MOST_HASHES - this.#hashes.size));
      for (let at = 0; at < kept.length; at += BATCH) await this.#write(kept.slice(at, at + BATCH), []);
      return fresh.length - kept.length;
    });
  }

  async #write(added: readonly string[], removed: readonly string[]): Promise<void> {
    await this.#table.changeBlocklist(this.name, added, removed);
    for (const hash of added) this.#take(hash, false);
    for (const hash of removed) this.#take(hash, true);
    this.#changed();
    await immediate();
  }

  #take(hash: string, isRemoved: boolean): void {
    if (this.#hashes.has(hash) !== isRemoved) return;
    if (isRemoved) this.#hashes.delete(hash);
    else this.#hashes.add(hash);
    this.#noted(hash, isRemoved);
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(action);
    this.#queue = done.catch(() => {});
    return done;
  }
}
