import type { Records } from "../../src/muc/model/records.ts";
import { PublicRooms } from "../../src/storage/public-rooms.ts";
import type { SqliteStore } from "../../src/storage/sqlite/store.ts";

/** Returns the records of a store in memory. They answer at once. */
export function recordsOf(store: SqliteStore): Records {
  const rooms = new PublicRooms(() => undefined);
  rooms.add(store.publicRooms("", Number.MAX_SAFE_INTEGER));
  return {
    readArchive: (node, query) => store.readArchive(node, query),
    countArchive: (node, query, most) => store.countArchive(node, query, most),
    allRooms: (after, max) => store.allRooms(after, max),
    listRooms: (query) => rooms.listRooms(query),
    countListed: (before) => rooms.countListed(before),
  };
}
