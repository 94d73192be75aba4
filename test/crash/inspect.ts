// Reads the store of a killed service without changing it.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { storageOf } from "../../src/config/storage-url.ts";
import type { ArchivedMessage } from "../../src/muc/model/journal.ts";
import { openStore } from "../../src/storage/open-store.ts";
import type { Store } from "../../src/storage/store.ts";
import type { Found } from "./ledger.ts";

const PAGE = 1_000;

/** Reads all rooms, by node. A file is copied first, because the service itself must recover it at its next start. */
export async function inspect(url: string): Promise<Map<string, Found>> {
  const storage = storageOf(url);
  if (storage.kind !== "sqlite") return readAll(await openStore(storage));
  const folder = mkdtempSync(join(tmpdir(), "verona-crash-copy-"));
  try {
    const path = join(folder, basename(storage.path));
    for (const suffix of ["", "-wal", "-commits"])
      if (existsSync(storage.path + suffix)) copyFileSync(storage.path + suffix, path + suffix);
    return await readAll(await openStore({ kind: "sqlite", path }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function readAll(store: Store): Promise<Map<string, Found>> {
  const all = new Map<string, Found>();
  for (const destroyed of await store.loadDestroyedRooms())
    all.set(destroyed.node, { room: undefined, destroyed, archive: [] });
  for (const node of await store.nodes(undefined, PAGE)) {
    const room = await store.loadRoom(node);
    all.set(node, { room, destroyed: all.get(node)?.destroyed, archive: await readArchive(store, node) });
  }
  await store.close();
  return all;
}

async function readArchive(store: Store, node: string): Promise<ArchivedMessage[]> {
  const messages: ArchivedMessage[] = [];
  for (;;) {
    const afterIds = messages.slice(-1).map(({ stanzaId }) => stanzaId);
    const page = await store.readArchive(node, { afterIds, beforeIds: [], max: PAGE, fromEnd: false });
    if (!page) throw new Error(`the archive of ${node} does not have its own message ${afterIds}`);
    messages.push(...page.messages);
    if (page.complete) return messages;
  }
}
