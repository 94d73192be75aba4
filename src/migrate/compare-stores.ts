// Compares two stores: counts, and a checksum of every room with its archive.
import { createHash } from "node:crypto";
import { allActs, allMessages, allNodes } from "../storage/read-all.ts";
import type { Store } from "../storage/store.ts";
import { type Amount, MigrationError } from "./copy-store.ts";

export interface Verified extends Amount {
  destroyedRooms: number;
  /** SHA-256 of everything, in hexadecimal digits. It is the same in every kind of store. */
  checksum: string;
}

/** Reads both stores completely. Rejects with a `MigrationError` that names the first room that differs. */
export async function compareStores(
  from: Store,
  to: Store,
  progress: (done: Amount) => void,
): Promise<Verified> {
  const [expected, found] = [await from.countRooms(), await to.countRooms()];
  if (expected !== found)
    throw new MigrationError(`the source has ${expected} rooms, the target ${found}; use an empty target`);
  const all = createHash("sha256");
  const done: Amount = { rooms: 0, messages: 0 };
  for await (const node of allNodes(from)) {
    const [source, target] = [await digestOf(from, node), await digestOf(to, node)];
    if (source.messages !== target.messages || source.checksum !== target.checksum)
      throw new MigrationError(
        `the room ${JSON.stringify(node)} differs: ${source.messages} messages, checksum ${source.checksum.slice(0, 12)} in the source, ${target.messages} and ${target.checksum.slice(0, 12)} in the target; use an empty target`,
      );
    all.update(source.checksum);
    done.rooms += 1;
    done.messages += source.messages;
    progress(done);
  }
  const destroyed = await destroyedOf(from);
  if (destroyed.text !== (await destroyedOf(to)).text)
    throw new MigrationError("the tombstones of destroyed rooms differ; use an empty target");
  all.update(destroyed.text);
  const acts = await digestOfActs(from);
  if (acts !== (await digestOfActs(to)))
    throw new MigrationError("the records of acts differ; use an empty target");
  all.update(acts);
  return { ...done, destroyedRooms: destroyed.count, checksum: all.digest("hex") };
}

async function digestOf(store: Store, node: string): Promise<{ messages: number; checksum: string }> {
  const hash = createHash("sha256").update(canonical(await store.loadRoom(node)));
  let messages = 0;
  for await (const message of allMessages(store, node)) {
    hash.update(canonical(message));
    messages += 1;
  }
  return { messages, checksum: hash.digest("hex") };
}

/** Leaves out the ids: each store numbers the acts itself. */
async function digestOfActs(store: Store): Promise<string> {
  const hash = createHash("sha256");
  for await (const { id: _id, ...act } of allActs(store)) hash.update(canonical(act));
  return hash.digest("hex");
}

async function destroyedOf(store: Store): Promise<{ count: number; text: string }> {
  const texts = (await store.loadDestroyedRooms()).map(canonical).sort();
  return { count: texts.length, text: texts.join("\n") };
}

/** Returns JSON with sorted keys: databases return them in different orders. */
function canonical(value: unknown): string {
  return `${JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    const entries: [string, unknown][] = part instanceof Map ? [...part] : Object.entries(part);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  })}\n`;
}
