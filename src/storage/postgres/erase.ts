// Replaces an address in the texts of a PostgreSQL database.
import { mentions, withoutAccount } from "../../muc/model/account-mentions.ts";
import { type ErasePlace, eraseStep, placeAfter } from "../account-table.ts";
import { searchTerms } from "../search-terms.ts";
import type { Query } from "./archive.ts";

const DIALECT = {
  schema: "verona.",
  parameter: (number: number) => `$${number}`,
  find: (column: string, text: string) => `strpos(${column}, ${text}) > 0`,
};

/** Takes one step. Resolves with the place of the next one. */
export async function eraseTexts(
  run: Query,
  account: string,
  instead: string,
  place: ErasePlace,
): Promise<ErasePlace | undefined> {
  const { table, columns, last, find, update } = eraseStep(place, DIALECT);
  for (const row of await run(find, [place.after, account])) {
    const texts = columns.map((column) => row[column] ?? null);
    if (!texts.some((text) => typeof text === "string" && mentions(text, account))) continue;
    const clean = texts.map((text) =>
      typeof text === "string" ? withoutAccount(text, account, instead) : null,
    );
    const values = [row.key, ...clean];
    if (table !== "message") await run(update(), values);
    else {
      const words = typeof clean[1] === "string" ? searchTerms(clean[1]).join(" ") : null;
      await run(update(", search_terms = array_to_tsvector(string_to_array($4, ' '))"), [...values, words]);
    }
  }
  const [end] = await run(last, [place.after]);
  return placeAfter(place, end?.key, end?.n);
}
