// SQLite in threads of its own: while a commit waits for the disk, the rooms go on, and no commit waits for a query.
import type { ArchiveQuery } from "../../muc/model/archive-query.ts";
import type { OnDamage } from "../row-schemas.ts";
import type { Store } from "../store.ts";
import { StoreThread } from "./store-thread.ts";

type Read = "readArchive" | "countArchive" | "allRooms";

/** What a thread that cannot write is asked for. */
const READS: ReadonlySet<string> = new Set<Read>(["readArchive", "countArchive", "allRooms"]);

/**
 * Opens or makes an SQLite file and keeps it in a thread, and what rules read in another one: a store whose methods do
 * the same, and answer later. A read shows every commit that was asked for before it. Rejects with `StorageError`.
 * `onDamage` hears of damaged rows.
 */
export async function openThreadedStore(path: string, onDamage: OnDamage = () => {}): Promise<Store> {
  const writer = await StoreThread.start({ path, opens: "store" }, onDamage);
  const reader = await StoreThread.start({ path, opens: "records" }, onDamage).catch(async (error) => {
    await writer.end();
    throw error;
  });
  /** Settles when the last commit by now is done. */
  let committed: Promise<unknown> = Promise.resolve();

  async function read(method: Read, args: readonly unknown[]): Promise<unknown> {
    await committed;
    if (isSearch(method, args)) await writer.ask("indexTexts", []);
    return reader.ask(method, args);
  }

  const methods: ProxyHandler<Store> = {
    get(_target, method: keyof Store | "then") {
      // What has a "then" would be taken for a promise.
      if (method === "then") return undefined;
      if (method === "close")
        return async () => {
          await reader.end();
          await writer.end();
        };
      if (READS.has(method)) return (...args: readonly unknown[]) => read(method as Read, args);
      return (...args: readonly unknown[]) => {
        const done = writer.ask(method, args);
        if (method === "commit") committed = done.catch(() => {});
        return done;
      };
    },
  };
  return new Proxy({} as Store, methods);
}

function isSearch(method: Read, args: readonly unknown[]): boolean {
  if (method !== "readArchive" && method !== "countArchive") return false;
  return (args[1] as ArchiveQuery).words !== undefined;
}
