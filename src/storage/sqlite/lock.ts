// One process at a time: an empty database beside the one that is kept is locked as long as that one is open.
import { closeSync, existsSync, openSync, realpathSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { attempt } from "./faults.ts";

/** Milliseconds to wait for a process that is about to let go of the file, as at a restart. */
export const BUSY_TIMEOUT = 1_000;

/**
 * Locks a database file, which is made if it is not there, until the lock is closed or its process ends. The file itself
 * is not locked, as one process reads it by several connections. Throws `StorageError`.
 */
export function lockDatabase(path: string): DatabaseSync {
  makeForOwner(path);
  return attempt("open", path, () => {
    // A link to the file has the same lock.
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
 * A file that is not there yet is made for its owner only, as it will have passwords and everything that is said; SQLite
 * gives its log the same rights. What is wrong with the path is found when the database is opened.
 */
function makeForOwner(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch {}
}
