// Writes config.schema.json and the table of room options in docs/configuration.md.
import { readFileSync, writeFileSync } from "node:fs";
import { configJsonSchema } from "../src/config/schema.ts";
import { withRoomOptionsTable } from "./room-options-table.ts";

const root = new URL("../", import.meta.url);
const schema = new URL("config.schema.json", root);
const docs = new URL("docs/configuration.md", root);
writeFileSync(schema, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
writeFileSync(docs, withRoomOptionsTable(readFileSync(docs, "utf8")));
