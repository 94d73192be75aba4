// Replaces an address in the texts of an SQLite database, in a transaction of the caller.
import type { DatabaseSync } from "node:sqlite";
import { mentions, withoutAccount } from "../../muc/model/account-mentions.ts";
import { type ErasePlace, eraseStep, placeAfter } from "../account-table.ts";

const DIALECT = {
  schema: "",
  parameter: (number: number) => `?${number}`,
  find: (column: string, text: string) => `instr(${column}, ${text})`,
};

/** Takes one step. Returns the place of the next one. */
export function eraseTexts(
  database: DatabaseSync,
  account: string,
  instead: string,
  place: ErasePlace,
): ErasePlace | undefined {
  const { columns, last, find, update } = eraseStep(place, DIALECT);
  for (const row of database.prepare(find).all(place.after, account)) {
    const texts = columns.map((column) => row[column] ?? null);
    if (!texts.some((text) => typeof text === "string" && mentions(text, account))) continue;
    const clean = texts.map((text) =>
      typeof text === "string" ? withoutAccount(text, account, instead) : null,
    );
    database.prepare(update()).run(row.key ?? null, ...clean);
  }
  const end = database.prepare(last).get(place.after);
  return placeAfter(place, end?.key, end?.n);
}
