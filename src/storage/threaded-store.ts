// SQLite in a thread of its own: while a commit waits for the disk, the rooms go on.
import { Worker } from "node:worker_threads";
import type { Tell } from "./row-schemas.ts";
import type { Answer, Reply, Request } from "./sqlite-thread.ts";
import { StorageError, type Store } from "./store.ts";

/** What is compiled has another name than what is run as it is. */
const THREAD = new URL(import.meta.url.replace(/threaded-store(\.\w+)$/, "sqlite-thread$1"));

type Waiter = PromiseWithResolvers<unknown>;

/**
 * Opens or makes an SQLite file and keeps it in a thread: a store whose methods do the same in the same order, and
 * answer later. Rejects with `StorageError`. `tell` hears of damaged rows.
 */
export async function openThreadedStore(path: string, tell: Tell = () => {}): Promise<Store> {
  const thread = await StoreThread.start(path, tell);
  const methods: ProxyHandler<Store> = {
    get(_target, method: keyof Store | "then") {
      // What has a "then" would be taken for a promise.
      if (method === "then") return undefined;
      if (method === "close") return () => thread.end();
      return (...args: readonly unknown[]) => thread.ask(method, args);
    },
  };
  return new Proxy({} as Store, methods);
}

class StoreThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number | undefined, Waiter>();
  #requests = 0;
  #fault: Error | undefined;

  static async start(path: string, tell: Tell): Promise<StoreThread> {
    const thread = new StoreThread(path, tell);
    const opened: Waiter = Promise.withResolvers();
    thread.#waiting.set(undefined, opened);
    try {
      await opened.promise;
    } catch (error) {
      await thread.#worker.terminate();
      throw error;
    }
    return thread;
  }

  private constructor(path: string, tell: Tell) {
    this.#worker = new Worker(THREAD, { workerData: { path } });
    this.#worker.on("message", (reply: Reply) => {
      if ("damage" in reply) tell(reply.damage);
      else this.#settle(reply);
    });
    this.#worker.on("error", (error) =>
      this.#fail(error instanceof Error ? error : new Error(String(error))),
    );
    this.#worker.on("exit", () => this.#fail(new StorageError("the database is closed")));
  }

  async end(): Promise<void> {
    if (this.#fault) return;
    await this.ask("close", []);
    await this.#worker.terminate();
  }

  ask(method: keyof Store, args: readonly unknown[]): Promise<unknown> {
    if (this.#fault) return Promise.reject(this.#fault);
    const id = ++this.#requests;
    const waiter: Waiter = Promise.withResolvers();
    this.#waiting.set(id, waiter);
    this.#worker.postMessage({ id, method, args } satisfies Request);
    return waiter.promise;
  }

  #settle(reply: Answer): void {
    const waiter = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ("value" in reply) {
      waiter?.resolve(reply.value);
      return;
    }
    const { message, isStorage, stack } = reply.fault;
    const fault = isStorage ? new StorageError(message) : new Error(message);
    if (stack !== undefined) fault.stack = stack;
    waiter?.reject(fault);
  }

  /** The thread is gone: nothing is answered any more. */
  #fail(error: Error): void {
    this.#fault ??= error;
    for (const waiter of this.#waiting.values()) waiter.reject(this.#fault);
    this.#waiting.clear();
  }
}
