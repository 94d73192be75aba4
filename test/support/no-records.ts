import type { Records } from "../../src/muc/model/records.ts";

/** Nothing is kept. */
export const NO_RECORDS: Records = {
  readArchive: () => undefined,
  countArchive: () => undefined,
  listRooms: () => [],
  countListed: () => 0,
  allRooms: () => [],
};
