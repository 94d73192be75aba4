// The thread that an SQLite database is kept in: see threaded-store.ts.
import { parentPort, workerData } from "node:worker_threads";
import { SqliteStore } from "./sqlite-store.ts";
import { StorageError, type Store } from "./store.ts";

/** What is asked of the thread: a method of the store. */
export interface Request {
  readonly id: number;
  readonly method: keyof Store;
  readonly args: readonly unknown[];
}

/** Its answer; the first one, without an id, says whether the database could be opened. Or what of it is damaged. */
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

type Method = (...args: unknown[]) => unknown;

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

if (parentPort) {
  const port = parentPort;
  const post = (reply: Reply): void => port.postMessage(reply);
  let store: SqliteStore | undefined;
  const opened = attempt(() => {
    store = new SqliteStore((workerData as { path: string }).path, (damage) => post({ damage }));
  });
  post(opened);
  port.on("message", ({ id, method, args }: Request) => {
    const outcome = attempt(() => (store?.[method] as Method | undefined)?.apply(store, [...args]));
    // A backup takes its time, and what is asked for meanwhile does not wait for it.
    if ("value" in outcome && outcome.value instanceof Promise)
      outcome.value.then(
        (value) => post({ id, value }),
        (error) => post({ id, ...faultOf(error) }),
      );
    else post({ id, ...outcome });
  });
}
