// "verona migrate": moves everything that is kept from one store to another.
import { isDeepStrictEqual } from "node:util";
import type { StorageConfig } from "../config/config.ts";
import { hasStore, openStore } from "../storage/open-store.ts";
import { StorageError, type Store } from "../storage/store.ts";
import { compareStores } from "./compare-stores.ts";
import { type Amount, copyStore, MigrationError } from "./copy-store.ts";
import { Progress } from "./progress.ts";

const EXIT_FAILED = 1;
const EXIT_INTERRUPTED = 130;

/** What is wrong with the two storages, or undefined. */
export function refuseMigration(from: StorageConfig, to: StorageConfig): string | undefined {
  if (from.kind === "memory" || to.kind === "memory") return "memory: keeps nothing that could be migrated";
  return isDeepStrictEqual(from, to) ? "--from and --to are the same" : undefined;
}

/**
 * Copies, then compares. Progress and faults go to standard error, the result to standard output. Resolves with the
 * exit status: 0 where the target has everything, 1 where something failed, 130 after SIGINT or SIGTERM.
 */
export async function runMigration(from: StorageConfig, to: StorageConfig): Promise<number> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, endAtOnce);
  try {
    // A store that is opened is made where there is none.
    if (!(await hasStore(from))) throw new MigrationError(`${missing(from)} to migrate from; correct --from`);
    await using source = await opened(from);
    await using target = await opened(to);
    const { rooms, messages, checksum } = await migrate(source.store, target.store);
    process.stdout.write(
      `migrated: ${rooms} rooms, ${messages} messages, checksum ${checksum}; the source is unchanged\n`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof MigrationError)) throw error;
    process.stderr.write(`verona: ${error.message}\n`);
    return EXIT_FAILED;
  }
}

/** Nothing is waited for, a database that does not answer neither: what is copied is kept, a batch as a whole or not. */
function endAtOnce(): void {
  process.stderr.write("\nverona: interrupted; the same command goes on from here\n");
  process.exit(EXIT_INTERRUPTED);
}

const missing = (from: StorageConfig): string =>
  from.kind === "sqlite" ? `there is no file ${from.path}` : "the database has no rooms of Verona";

async function migrate(from: Store, to: Store) {
  const total: Amount = { rooms: await from.countRooms(), messages: await from.countMessages() };
  const progress = new Progress(process.stderr, total);
  await copyStore(from, to, (done) => progress.show("copied", done));
  progress.finish("copied", total);
  const verified = await compareStores(from, to, (done) => progress.show("compared", done));
  progress.finish("compared", verified);
  return verified;
}

async function opened(storage: StorageConfig) {
  const tell = (problem: string): void => void process.stderr.write(`verona: ${problem}: it is left out\n`);
  const store = await openStore(storage, undefined, tell);
  return { store, [Symbol.asyncDispose]: async () => store.close() };
}
