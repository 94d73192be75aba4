// Starts a thread with a connection to an SQLite database, and sends requests to it.
import { Worker } from "node:worker_threads";
import type { OnDamage } from "../row-schemas.ts";
import { StorageError } from "../store.ts";
import type { Answer, Reply, Request, ThreadData } from "./thread.ts";

/** The compiled file has another extension. */
const THREAD = new URL(import.meta.url.replace(/store-thread(\.\w+)$/, "thread$1"));

type Waiter = PromiseWithResolvers<unknown>;

/** Answers requests in order. Rejects with the errors of the thread, and with `StorageError` once it has ended. */
export class StoreThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number | undefined, Waiter>();
  #requests = 0;
  #fault: Error | undefined;

  /** Resolves when the database is open; rejects with `StorageError`. `onDamage` gets a description of each damaged row. */
  static async start(data: ThreadData, onDamage: OnDamage): Promise<StoreThread> {
    const thread = new StoreThread(data, onDamage);
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

  private constructor(data: ThreadData, onDamage: OnDamage) {
    this.#worker = new Worker(THREAD, { workerData: data });
    this.#worker.on("message", (reply: Reply) => {
      if ("damage" in reply) onDamage(reply.damage);
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

  ask(method: Request["method"], args: readonly unknown[]): Promise<unknown> {
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

  /** Rejects all requests, as the thread has ended. */
  #fail(error: Error): void {
    this.#fault ??= error;
    for (const waiter of this.#waiting.values()) waiter.reject(this.#fault);
    this.#waiting.clear();
  }
}
