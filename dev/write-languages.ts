// npm run languages: gives each file of languages/ the texts that the source has, in their order. Keeps translations; a text
// without one is empty.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { allTexts } from "./texts.ts";

const FOLDER = new URL("../languages/", import.meta.url);
const texts = allTexts();
for (const name of readdirSync(FOLDER)) {
  const file = new URL(name, FOLDER);
  const before = z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(file, "utf8")));
  const after = Object.fromEntries(texts.map((text) => [text, before[text] ?? ""]));
  writeFileSync(file, `${JSON.stringify(after, null, 2)}\n`);
  const missing = texts.filter((text) => after[text] === "");
  console.log(`${name}: ${texts.length} texts, ${missing.length} without a translation`);
  for (const text of missing) console.log(`  ${JSON.stringify(text)}`);
}
