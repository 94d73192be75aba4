// Allows one process at a time: it locks an empty database beside the one that it uses.
import { closeSync, existsSync, openSync, realpathSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { attempt } from "./faults.ts";

/** Milliseconds to wait for a process that is closing the file, as at a restart. */
export const BUSY_TIMEOUT = 1_000;

/**
 * Locks a database file, and creates it if it does not exist, until the lock is closed or the process ends. Does not lock
 * the file itself, as a process reads it by several connections. Throws `StorageError`.
 */
export function lockDatabase(path: string): DatabaseSync {
  makeForOwner(path);
  return attempt("open", path, () => {
    // Links to the file share its lock.
    const name = `${existsSync(path) ? realpathSync(path) : path}-lock`;
    makeForOwner(name);
    const lock = new DatabaseSync(name, { timeout: BUSY_TIMEOUT });
    try {
      lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
      return lock;
    } catch (error) {
      lock.close();
      throw error;
    }
  });
}

/**
 * Creates a missing file with access for its owner only, as it will hold passwords and conversations. SQLite gives its log
 * the same mode. Ignores errors: opening the database reports them.
 */
function makeForOwner(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch {}
}
