import type { Records } from "../../src/muc/model/records.ts";

/** Records of an empty store. */
export const NO_RECORDS: Records = {
  readArchive: () => undefined,
  countArchive: () => undefined,
  listRooms: () => [],
  countListed: () => 0,
  findRooms: () => [],
  occupiedListed: () => [],
  publicRoom: () => undefined,
  allRooms: () => [],
  readActs: () => [],
};
