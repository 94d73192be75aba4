// Hashes of blocklists in the store (src/blocklist). They can be fetched again, so exports and other stores do without.
import { z } from "zod";
import type { Awaitable } from "../muc/model/records.ts";

/** A hash that a list has, or had. `version` grows with every change of any list. */
export interface ListedHash {
  readonly hash: string;
  readonly isRemoved: boolean;
  readonly version: number;
}

/** All methods throw, or reject with, `StorageError`. */
export interface BlocklistTable {
  /** Adds hashes to a list and removes others. */
  changeBlocklist(list: string, added: readonly string[], removed: readonly string[]): Awaitable<void>;
  /** Reads the changes of a list after a version, in their order, up to `most`. */
  readBlocklist(list: string, after: number, most: number): Awaitable<ListedHash[]>;
  /** Forgets what lists other than these have, and what was removed before a version; up to `most` rows. Returns their number. */
  trimBlocklists(lists: readonly string[], before: number, most: number): Awaitable<number>;
}

const listedHash = z
  .object({ hash: z.string(), is_removed: z.coerce.boolean(), version: z.coerce.number() })
  .transform(({ hash, is_removed, version }) => ({ hash, isRemoved: is_removed, version }));

/** Reads a row. Throws for one that no program has written. */
export const readListedHash = (row: unknown): ListedHash => listedHash.parse(row);
