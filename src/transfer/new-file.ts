// New files that appear under their names only when they are complete.
import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { link, open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { StorageError } from "../storage/store.ts";
import { TransferError } from "./source.ts";

/** Incomplete files. */
const partials = new Set<string>();
process.on("exit", removePartials);

/** Removes incomplete files, for a process that ends by a signal. */
export function removePartials(): void {
  for (const partial of partials) remove(partial);
}

/** Removes a file, and the journal that SQLite keeps beside a database. It may not exist yet. */
function remove(partial: string): void {
  partials.delete(partial);
  for (const path of [partial, `${partial}-journal`])
    try {
      rmSync(path, { force: true });
    } catch {}
}

/**
 * Writes a new file that appears only when it is complete and on disk; only its owner may read it. `write` gets the path
 * of an empty file beside it, which is removed if writing fails or the process ends. Throws `TransferError` if the file
 * exists or cannot be written, and passes on `TransferError` and `StorageError` of `write`.
 */
export async function writeNewFile(path: string, write: (partial: string) => Promise<void>): Promise<void> {
  if (existsSync(path)) throw new TransferError(`${path} already exists`);
  // Another process may be writing the same file at the same time.
  const partial = `${path}.${randomBytes(4).toString("hex")}.partial`;
  partials.add(partial);
  try {
    await (await open(partial, "wx", 0o600)).close();
    await write(partial);
    await sync(partial, "r+");
    // Unlike rename, link never replaces a file that was created meanwhile.
    await link(partial, path);
    await sync(dirname(resolve(path)), "r");
  } catch (error) {
    if (error instanceof StorageError || error instanceof TransferError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TransferError(
      code === "EEXIST" ? `${path} already exists` : `cannot write ${path}: ${message}`,
    );
  } finally {
    remove(partial);
  }
}

async function sync(path: string, flags: string): Promise<void> {
  await using file = await open(path, flags);
  await file.sync();
}
