import type { Records } from "../../src/muc/records.ts";

/** Nothing is kept. */
export const NO_RECORDS: Records = {
  readArchive: () => undefined,
  listRooms: () => [],
  countListed: () => 0,
  allRooms: () => [],
};
