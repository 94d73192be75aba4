// Explains SQLite's errors to the operator.
import { closeSync, existsSync, openSync } from "node:fs";
import { StorageError } from "../store.ts";

// SQLite's primary result codes (sqlite.org/rescode.html).
const READ_ONLY = 8;
const IO_ERROR = 10;
const FULL = 13;
const CANNOT_OPEN = 14;
const ADVICE: Record<number, string> = {
  5: "another process uses it; stop that process, or use another path",
  [READ_ONLY]: "this user may not write to it; change its owner or permissions, or use another path",
  [IO_ERROR]: "the disk failed, or the file may not grow (a quota or limit); see the system's log",
  11: "the file is damaged; restore a backup, or move it away",
  [FULL]: "the disk is full; free some space",
  [CANNOT_OPEN]: "check that its folder exists and this user may write to it",
  26: "the file is not an SQLite database; use another path, or move it away",
};

/** Runs an action. Throws its errors as `StorageError` that names the file; `what` names the failed operation. */
export function attempt<T>(what: "open" | "read" | "write", path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof StorageError) throw error;
    // SQLite reports a read-only file as an error of the disk or of the lock file.
    const isClosed =
      what === "open" &&
      [IO_ERROR, CANNOT_OPEN].includes(codeOf(error)) &&
      existsSync(path) &&
      !isWritable(path);
    const advice = isClosed ? ADVICE[READ_ONLY] : adviseOn(error);
    throw new StorageError(`cannot ${what} the database ${path}: ${advice}`, { cause: error });
  }
}

/** SQLite's result codes for errors of the file system, which the commit log meets. */
const FILE_ERRORS: Record<string, number> = {
  EACCES: READ_ONLY,
  EDQUOT: FULL,
  EFBIG: IO_ERROR,
  EIO: IO_ERROR,
  ENOSPC: FULL,
  EROFS: READ_ONLY,
};

/** Returns the primary result code of an error of SQLite or of the file system; 0 for other errors. */
export function codeOf(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  if ("errcode" in error) return Number(error.errcode) & 0xff;
  return "code" in error ? (FILE_ERRORS[String(error.code)] ?? 0) : 0;
}

function adviseOn(error: unknown): string {
  return ADVICE[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}

/** Use only for a file that this process has not locked: closing any descriptor ends the process's locks on it. */
function isWritable(path: string): boolean {
  try {
    closeSync(openSync(path, "r+"));
    return true;
  } catch {
    return false;
  }
}
