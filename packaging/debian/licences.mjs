// licences.mjs FOLDER: writes a paragraph of Debian's copyright format for each package below a node_modules folder, whose
// licence files are installed beside it.
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const [folder = ""] = process.argv.slice(2);
const app = join(folder, "../../../../..");
const DEBIAN_NAMES = { MIT: "Expat" };
const seen = new Set();
for (const path of globSync("**/package.json", { cwd: folder }).sort()) {
  const place = dirname(join(folder, path));
  const { name, version, license, author, contributors } = JSON.parse(
    readFileSync(join(folder, path), "utf8"),
  );
  if (!name || !version || !license || seen.has(place)) continue;
  seen.add(place);
  const person = author ?? contributors?.[0];
  const holder = (typeof person === "string" ? person : person?.name) ?? `the authors of ${name}`;
  const text = globSync("LICEN[CS]E*", { cwd: place })[0];
  const notice =
    text && /^\s*(?:\W*\s)?copyright\b.*\d{4}.*$/im.exec(readFileSync(join(place, text), "utf8"))?.[0];
  console.log(`Files: ${relative(app, place)}/*`);
  console.log(`Copyright: ${(notice ?? holder).trim()}`);
  console.log(`License: ${DEBIAN_NAMES[license] ?? license}\n`);
}
