// "verona migrate": moves everything that is kept from one store to another.
import { isDeepStrictEqual } from "node:util";
import { UsageError } from "../cli/errors.ts";
import { EXIT } from "../cli/exit-status.ts";
import { Progress } from "../cli/progress.ts";
import { onSignal, TERMINATION } from "../cli/signals.ts";
import type { StorageConfig } from "../config/config.ts";
import { hasStore, openStore } from "../storage/open-store.ts";
import type { Store } from "../storage/store.ts";
import { compareStores } from "./compare-stores.ts";
import { type Amount, copyStore, MigrationError } from "./copy-store.ts";

/**
 * Copies, then compares. Progress goes to standard error, the result to standard output. Resolves with the exit status;
 * a signal ends the process with status 130. Rejects with `UsageError`, `MigrationError` or `StorageError`.
 */
export async function runMigration(from: StorageConfig, to: StorageConfig): Promise<number> {
  if (from.kind === "memory" || to.kind === "memory") throw new UsageError("memory: has no data to migrate");
  if (isDeepStrictEqual(from, to)) throw new UsageError("--from and --to are the same");
  using _ending = onSignal(TERMINATION, endAtOnce);
  // Opening a store creates it.
  if (!(await hasStore(from))) throw new MigrationError(`${missing(from)} to migrate from; correct --from`);
  await using source = await opened(from);
  await using target = await opened(to);
  const { rooms, messages, checksum } = await migrate(source.store, target.store);
  process.stdout.write(
    `migrated: ${rooms} rooms, ${messages} messages, checksum ${checksum}; the source is unchanged\n`,
  );
  return EXIT.ok;
}

/** Waits for nothing, not even a database that does not answer: each batch is kept as a whole or not at all. */
function endAtOnce(): void {
  process.stderr.write("\nverona: interrupted; repeat the command to continue\n");
  process.exit(EXIT.interrupted);
}

const missing = (from: StorageConfig): string =>
  from.kind === "sqlite" ? `there is no file ${from.path}` : "the database has no rooms of Verona";

async function migrate(from: Store, to: Store) {
  const total: Amount = { rooms: await from.countRooms(), messages: await from.countMessages() };
  const progress = new Progress(process.stderr);
  const show = (step: string, done: Amount): void => {
    const detail = `, ${done.rooms} of ${total.rooms} rooms, ${done.messages} of ${total.messages} messages`;
    progress.show(step, shareOf(done, total), detail);
  };
  await copyStore(from, to, (done) => show("copied", done));
  show("copied", total);
  const verified = await compareStores(from, to, (done) => show("compared", done));
  show("compared", verified);
  progress.end();
  return verified;
}

function shareOf(done: Amount, total: Amount): number {
  const all = total.rooms + total.messages;
  return all === 0 ? 1 : Math.min(1, (done.rooms + done.messages) / all);
}

async function opened(storage: StorageConfig) {
  const onDamage = (problem: string): void => void process.stderr.write(`verona: ${problem}: ignored\n`);
  const store = await openStore(storage, undefined, onDamage);
  return { store, [Symbol.asyncDispose]: async () => store.close() };
}
