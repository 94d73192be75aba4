// All texts for people, in English, from the source and the tables: what a language file translates.
import { readdirSync, readFileSync } from "node:fs";
import { ROOM_COLUMNS } from "../src/admin/list-rooms.ts";
import { ACT_COLUMNS } from "../src/muc/administration/act-page.ts";
import { ASSIGNMENT_COLUMNS } from "../src/muc/administration/hat-commands.ts";
import { HELD_COLUMNS } from "../src/muc/administration/held-commands.ts";
import { REPORT_COLUMNS } from "../src/muc/administration/report-commands.ts";
import { AFFILIATIONS } from "../src/muc/model/affiliation.ts";
import { ROOM_OPTION_LIST } from "../src/muc/model/room-options.ts";
import { CATALOGUE } from "../src/operations/catalogue.ts";
import { optionsOf } from "../src/operations/operation-options.ts";
import { headingOf } from "../src/xmpp/data-form.ts";

/** The columns of tables, whose headings are made of their names. */
const COLUMNS = [
  ...Object.keys(ROOM_COLUMNS),
  ...Object.keys(ACT_COLUMNS),
  ...REPORT_COLUMNS,
  ...HELD_COLUMNS,
  ...ASSIGNMENT_COLUMNS,
];

const SOURCE = new URL("../src/", import.meta.url);
/** Folders whose texts no stanza carries: their doors speak English. */
const ENGLISH_ONLY = /^(http|control)\//;

/** Returns the texts in the order in which they appear, each once. */
export function allTexts(): string[] {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).toSorted();
  const texts = files
    .filter((file) => file.endsWith(".ts") && !ENGLISH_ONLY.test(file))
    .flatMap((file) => textsIn(readFileSync(new URL(file, SOURCE), "utf8")));
  return [...new Set([...texts, ...tableTexts()])].filter((text) =>
    /\p{L}/u.test(text.replace(/\{\d\}/g, "")),
  );
}

/** Returns the texts of the tables of options and operations. */
function tableTexts(): string[] {
  const options = ROOM_OPTION_LIST.flatMap((option) => [
    option.label,
    ...("alias" in option && option.alias ? [option.alias.label] : []),
    ...("choices" in option ? option.choices.map(({ label }) => label) : []),
  ]);
  const operations = CATALOGUE.filter(({ http }) => http !== undefined).flatMap((operation) => [
    operation.summary,
    ...optionsOf(operation).map(({ description }) => description.trim()),
  ]);
  return [...options, ...operations, ...AFFILIATIONS, ...COLUMNS.map((name) => headingOf(name).english)];
}

/** Returns the keys of the templates that `say` marks in a source file. */
export function textsIn(source: string): string[] {
  const found: string[] = [];
  for (const { index } of source.matchAll(/(?<!`)\bsay`/g)) found.push(keyAt(source, index + 4));
  return found;
}

/** Reads a template from behind its first backtick, with {0}, {1}, ... for what it inserts. */
function keyAt(source: string, start: number): string {
  let key = "";
  let inserted = 0;
  let at = start;
  while (source[at] !== "`") {
    if (source[at] === undefined)
      throw new Error(`a template does not end: ${source.slice(start, start + 60)}`);
    if (source.startsWith("${", at)) {
      key += `{${inserted++}}`;
      at = endOfInsertion(source, at + 2);
    } else if (source[at] === "\\") {
      key += source[at + 1] === "n" ? "\n" : source[at + 1];
      at += 2;
    } else key += source[at++];
  }
  return key;
}

/** Returns the place behind the brace that ends an insertion, which may have braces and templates of its own. */
function endOfInsertion(source: string, start: number): number {
  let at = start;
  for (let depth = 1; depth > 0; at++) {
    if (source[at] === "{") depth++;
    else if (source[at] === "}") depth--;
    else if (source[at] === "`") for (at++; source[at] !== "`"; at++);
  }
  return at;
}
