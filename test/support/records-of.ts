import type { Records } from "../../src/muc/model/records.ts";
import type { SqliteStore } from "../../src/storage/sqlite/store.ts";

/** Returns the records of a store in memory. They answer at once. */
export const recordsOf = (store: SqliteStore): Records => ({
  readArchive: (node, query) => store.readArchive(node, query),
  countArchive: (node, query, most) => store.countArchive(node, query, most),
  listRooms: (query) => store.listRooms(query),
  countListed: (before) => store.countListed(before),
  findRooms: (words, most) => store.findRooms(words, most),
  occupiedListed: () => store.listRooms({ max: Number.MAX_SAFE_INTEGER }).filter(({ users }) => users > 0),
  publicRoom: (node) => store.publicRoom(node),
  allRooms: (after, max) => store.allRooms(after, max),
  readActs: (query) => store.readActs(query),
});
