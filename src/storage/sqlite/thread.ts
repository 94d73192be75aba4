// The code of a thread with a connection to an SQLite database (see threaded-store.ts).
import { parentPort, workerData } from "node:worker_threads";
import { StorageError } from "../store.ts";
import { SqliteRecords } from "./records.ts";
import { SqliteStore } from "./store.ts";

/** Tells a thread to open the store, which locks the file and writes, or the records of an open store. */
export interface ThreadData {
  readonly path: string;
  readonly opens: "store" | "records";
}

/** A method call on the object that the thread has opened. */
export interface Request {
  readonly id: number;
  readonly method: keyof SqliteStore | keyof SqliteRecords;
  readonly args: readonly unknown[];
}

/** An answer, or a description of damage. The first answer has no id and tells whether the database was opened. */
export type Reply = Answer | { readonly damage: string };

export type Answer = { readonly id?: number } & (
  | { readonly value: unknown }
  | {
      readonly fault: {
        readonly message: string;
        readonly isStorage: boolean;
        readonly stack: string | undefined;
      };
    }
);

type Methods = Record<string, ((...args: unknown[]) => unknown) | undefined>;

function faultOf(error: unknown): Extract<Answer, { fault: unknown }> {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { fault: { message, stack, isStorage: error instanceof StorageError } };
}

function attempt(action: () => unknown): { value: unknown } | Extract<Answer, { fault: unknown }> {
  try {
    return { value: action() };
  } catch (error) {
    return faultOf(error);
  }
}

/** Milliseconds after which commits that are applied are written. */
const WRITTEN_AFTER = 1_000;

/** The next step, and the last one, of applying commits. */
let applying: NodeJS.Immediate | undefined;
let writing: NodeJS.Timeout | undefined;

/** Applies commits in small steps between requests. The store remembers its faults for the next request. */
function applyLater(store: SqliteStore): void {
  if (store.hasWork && !applying) applying = setImmediate(applySome, store);
  if (store.hasJournal && !writing) writing = setTimeout(writeAll, WRITTEN_AFTER, store);
}

function applySome(store: SqliteStore): void {
  applying = undefined;
  const outcome = attempt(() => store.applySome());
  if ("value" in outcome) applyLater(store);
}

function writeAll(store: SqliteStore): void {
  writing = undefined;
  attempt(() => store.writeJournal());
}

if (parentPort) {
  const port = parentPort;
  const { path, opens } = workerData as ThreadData;
  const post = (reply: Reply): void => port.postMessage(reply);
  let opened: object | undefined;
  const opening = attempt(() => {
    const onDamage = (damage: string): void => post({ damage });
    opened = opens === "store" ? new SqliteStore(path, onDamage) : SqliteRecords.open(path, onDamage);
  });
  post(opening);
  port.on("message", ({ id, method, args }: Request) => {
    const outcome = attempt(() => (opened as Methods | undefined)?.[method]?.(...args));
    // Other requests do not wait for a backup.
    if ("value" in outcome && outcome.value instanceof Promise)
      outcome.value.then(
        (value) => post({ id, value }),
        (error) => post({ id, ...faultOf(error) }),
      );
    else post({ id, ...outcome });
    if (opened instanceof SqliteStore) applyLater(opened);
  });
}
