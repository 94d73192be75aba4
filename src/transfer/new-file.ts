// Files that appear under their names when they are complete.
import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { link, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { StorageError } from "../storage/store.ts";
import { TransferError } from "./source.ts";

/** What is being written. */
const partials = new Set<string>();
process.on("exit", removePartials);

/** Removes the files that are not complete: for a process that ends without an exit. */
export function removePartials(): void {
  for (const partial of partials) remove(partial);
}

/** With the journal that SQLite keeps beside a database. What cannot be removed was mostly not made either. */
function remove(partial: string): void {
  partials.delete(partial);
  for (const path of [partial, `${partial}-journal`])
    try {
      rmSync(path, { force: true });
    } catch {}
}

/**
 * Has a new file written, which appears when it is complete and on disk; for its owner only. `write` gets the path of an
 * empty file beside it, which goes where the writing fails or the process ends. Throws `TransferError` where the file
 * exists or cannot be written, and what `write` throws of that kind or as `StorageError`.
 */
export async function writeNewFile(path: string, write: (partial: string) => Promise<void>): Promise<void> {
  if (existsSync(path)) throw new TransferError(`${path} exists already`);
  // Somebody else may be writing the same file at this moment.
  const partial = `${path}.${randomBytes(4).toString("hex")}.partial`;
  partials.add(partial);
  try {
    await (await open(partial, "wx", 0o600)).close();
    await write(partial);
    await sync(partial, "r+");
    // Unlike a renaming this never replaces a file that has come to be meanwhile.
    await link(partial, path);
    await sync(dirname(resolve(path)), "r");
  } catch (error) {
    if (error instanceof StorageError || error instanceof TransferError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TransferError(
      code === "EEXIST" ? `${path} exists already` : `cannot write ${path}: ${message}`,
    );
  } finally {
    remove(partial);
  }
}

async function sync(path: string, flags: string): Promise<void> {
  await using file = await open(path, flags);
  await file.sync();
}
