// What effects say, as tests read it: all rooms together, in order.
import {
  type Copies,
  type Effects,
  nextRecipients,
  type Words,
  writeCopies,
} from "../../src/muc/model/effects.ts";
import type { Inquiry } from "../../src/muc/model/records.ts";

/** A stanza, or one for many with the list of those who were there when it was said. */
export type Outgoing = string | (Copies & { readonly to: readonly string[] });

const sayingsOf = ({ speeches }: Effects) =>
  speeches
    .flatMap(({ sayings }) => sayings)
    .flatMap((saying) => (typeof saying === "object" && "sayings" in saying ? saying.sayings() : [saying]));

const isInquiry = (saying: Words): saying is Inquiry => typeof saying !== "string" && "ask" in saying;

export const outgoingOf = (effects: Effects): Outgoing[] =>
  sayingsOf(effects).flatMap((saying) => {
    if (typeof saying === "string") return saying;
    if (isInquiry(saying) || "reached" in saying) return [];
    if ("to" in saying && "head" in saying)
      return { head: saying.head, tail: saying.tail, to: nextRecipients(saying.to).found };
    return saying.stanzas.map(({ head, tail }) => ({ head, tail, to: [saying.to] }));
  });

export const inquiriesOf = (effects: Effects): Inquiry[] => sayingsOf(effects).filter(isInquiry);

/** The stanzas of one entry as one text. */
export const writeOutgoing = (entry: string | Copies): string =>
  typeof entry === "string" ? entry : writeCopies(entry);
