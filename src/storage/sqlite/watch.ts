// Watches the files of an open SQLite database, and the free space on its disk.
import { statSync } from "node:fs";
import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { StorageError } from "../store.ts";
import { logPathOf } from "./commit-log.ts";

const INTERVAL_MS = 2_000;
/** The factor of the reserve that has to be free before the disk counts as relieved. */
const RELIEF = 1.25;

interface WatchHandlers {
  /** A file of the database was deleted or replaced: later commits are lost. */
  lost(error: StorageError): void;
  /** Less than the reserve is free on the disk. `free` in bytes. */
  low(free: number): void;
  relieved(free: number): void;
}

export class DatabaseWatch {
  readonly #path: string;
  readonly #reserve: () => number;
  readonly #handlers: WatchHandlers;
  /** Device and inode of the database and its logs, which exist while it is open. */
  readonly #files: ReadonlyMap<string, string>;
  readonly #timer: NodeJS.Timeout;
  #isLow = false;
  #isLooking = false;

  /** Watches an open database. `reserve` returns bytes, 0 for no reserve, and may change. */
  constructor(path: string, reserve: () => number, handlers: WatchHandlers) {
    this.#path = path;
    this.#reserve = reserve;
    this.#handlers = handlers;
    this.#files = new Map(
      [path, `${path}-wal`, logPathOf(path)].map((file) => [file, nameOf(statSync(file, { bigint: true }))]),
    );
    this.#timer = setInterval(() => void this.look(), INTERVAL_MS).unref();
  }

  /** True if less than the reserve is free. */
  get isLow(): boolean {
    return this.#isLow;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Checks the files and the disk now. */
  async look(): Promise<void> {
    if (this.#isLooking) return; // the disk does not answer
    this.#isLooking = true;
    try {
      await this.#lookAtFiles();
      await this.#lookAtDisk();
    } catch {
      // The next look is soon, and a commit shows whether the disk works.
    } finally {
      this.#isLooking = false;
    }
  }

  async #lookAtFiles(): Promise<void> {
    for (const [file, name] of this.#files) {
      if ((await currentName(file)) === name) continue;
      this.stop();
      const fault = `${file} was deleted or replaced while the service used it; nothing more can be stored`;
      this.#handlers.lost(
        new StorageError(
          `${fault}; put the database back, from a backup if it is gone, and start Verona again`,
        ),
      );
      return;
    }
  }

  async #lookAtDisk(): Promise<void> {
    const { bavail, bsize } = await statfs(dirname(this.#path));
    const free = bavail * bsize;
    const reserve = this.#reserve();
    if (!this.#isLow && free < reserve) {
      this.#isLow = true;
      this.#handlers.low(free);
    } else if (this.#isLow && free >= reserve * RELIEF) {
      this.#isLow = false;
      this.#handlers.relieved(free);
    }
  }
}

const nameOf = ({ dev, ino }: { dev: bigint; ino: bigint }): string => `${dev}:${ino}`;

/** Returns device and inode of a file; undefined if there is no such file. */
async function currentName(file: string): Promise<string | undefined> {
  try {
    return nameOf(await stat(file, { bigint: true }));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
