// Checks an SQLite file whose last user was killed.
import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { StorageError } from "../store.ts";

/** Maximum size of a file that is checked, in bytes; the check takes some seconds. */
const MOST_CHECKED = 536_870_912;

/**
 * Returns the state in which an unused database was left: closed, or not closed (its log still exists). In the second
 * case also tells whether it is too large for a check at a start.
 */
export function stateOf(path: string): "closed" | "left" | "left-large" {
  const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeOf(`${path}-wal`) === 0) return "closed";
  return sizeOf(path) > MOST_CHECKED ? "left-large" : "left";
}

/** Throws `StorageError` if the structure of the file is damaged. */
export function check(database: DatabaseSync, path: string): void {
  const [found] = Object.values(database.prepare("PRAGMA quick_check(1)").get() ?? {});
  if (found === "ok") return;
  const problem = String(found).split("\n").at(-1);
  throw new StorageError(
    `cannot open the database ${path}: the file is damaged (${problem}); restore a backup, or move it away`,
  );
}
