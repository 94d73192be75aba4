import type { Affiliation } from "../model/affiliation.ts";
import type { AffiliationRecord } from "../model/journal.ts";
import type { Room } from "./room.ts";

/** Returns the records of all users with this affiliation, in the order in which they got a record. */
export const affiliatedAs = (room: Room, affiliation: Affiliation): AffiliationRecord[] =>
  [...room.affiliations.values()].filter((record) => record.affiliation === affiliation);
