// SQLite in two threads: rooms go on while a commit waits for the disk, and no commit waits for a query.
import type { ArchiveQuery } from "../../muc/model/archive-query.ts";
import type { JournalEntry } from "../../muc/model/journal.ts";
import type { Records } from "../../muc/model/records.ts";
import type { OnDamage } from "../row-schemas.ts";
import type { Store } from "../store.ts";
import { writeEntries } from "./journal-text.ts";
import { StoreThread } from "./store-thread.ts";

type Read = Exclude<keyof Records, "occupiedListed">;

const READS = [
  "readArchive",
  "countArchive",
  "listRooms",
  "countListed",
  "findRooms",
  "publicRoom",
  "allRooms",
  "readActs",
] as const satisfies Read[];

/** True for the methods that the reading thread runs. */
const isRead = (method: string): method is Read => READS.some((read) => read === method);

/** Milliseconds from one checkpoint to the next. */
const CHECKPOINT_MS = 1_000;

/**
 * Opens or creates an SQLite file in a thread that writes and one that reads. The methods of the store are asynchronous. A
 * read sees every commit that was requested before it. Rejects with `StorageError`. `onDamage` gets a description of
 * each damaged row.
 */
export async function openThreadedStore(path: string, onDamage: OnDamage = () => {}): Promise<Store> {
  const writer = await StoreThread.start({ path, opens: "store" }, onDamage);
  const reader = await StoreThread.start({ path, opens: "records" }, onDamage).catch(async (error) => {
    await writer.end();
    throw error;
  });

  // A commit that made checkpoints would wait for their pages, and for the disk.
  await writer.ask("leaveCheckpoints", []);
  let isChanged = false;
  const checkpoints = setInterval(() => {
    if (!isChanged) return;
    isChanged = false;
    // The next commit reports a fault of the disk.
    reader.ask("checkpoint", []).catch(() => {});
  }, CHECKPOINT_MS).unref();

  async function read(method: Read, args: readonly unknown[]): Promise<unknown> {
    await writer.ask("prepareRead", [roomOf(method, args), isSearch(method, args)]);
    return reader.ask(method, args);
  }

  const methods: ProxyHandler<Store> = {
    get(_target, method: keyof Store | "then") {
      // An object with a "then" would be taken for a promise.
      if (method === "then") return undefined;
      if (method === "close")
        return async () => {
          clearInterval(checkpoints);
          await reader.end();
          await writer.end();
        };
      if (isRead(method)) return (...args: readonly unknown[]) => read(method, args);
      if (method === "commit")
        return (entries: readonly JournalEntry[]) => {
          isChanged = true;
          return writer.ask("commitWritten", [writeEntries(entries)]);
        };
      return (...args: readonly unknown[]) => writer.ask(method, args);
    },
  };
  return new Proxy({} as Store, methods);
}

/** Returns the node of the only room that a read concerns; undefined if it concerns all. */
const roomOf = (method: Read, args: readonly unknown[]): string | undefined =>
  isOfArchive(method) || method === "publicRoom" ? String(args[0]) : undefined;

const isSearch = (method: Read, args: readonly unknown[]): boolean =>
  isOfArchive(method) && (args[1] as ArchiveQuery).words !== undefined;

const isOfArchive = (method: Read): boolean => method === "readArchive" || method === "countArchive";
