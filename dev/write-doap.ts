// Writes doap.xml from the headings of docs/conformance.md.
import { readFileSync, writeFileSync } from "node:fs";
import { readConformance } from "./conformance.ts";
import { writeDoap } from "./doap.ts";

const root = new URL("../", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, root), "utf8");
const { description } = JSON.parse(read("package.json")) as { description: string };
const { specifications } = readConformance(read("docs/conformance.md"));
writeFileSync(new URL("doap.xml", root), writeDoap(specifications, description));
