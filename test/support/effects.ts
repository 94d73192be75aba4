// What effects say, as tests read it: all rooms together, in order.
import { type Copies, type Effects, writeCopies } from "../../src/muc/effects.ts";
import type { Inquiry } from "../../src/muc/records.ts";

const sayingsOf = ({ speeches }: Effects) => speeches.flatMap(({ sayings }) => sayings);

const isInquiry = (saying: string | Copies | Inquiry): saying is Inquiry =>
  typeof saying !== "string" && "ask" in saying;

export const outgoingOf = (effects: Effects): (string | Copies)[] =>
  sayingsOf(effects).filter((saying) => !isInquiry(saying)) as (string | Copies)[];

export const inquiriesOf = (effects: Effects): Inquiry[] => sayingsOf(effects).filter(isInquiry);

/** The stanzas of one entry as one text. */
export const writeOutgoing = (entry: string | Copies): string =>
  typeof entry === "string" ? entry : writeCopies(entry);
