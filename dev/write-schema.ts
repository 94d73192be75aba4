import { writeFileSync } from "node:fs";
import { configJsonSchema } from "../src/config/schema.ts";

const file = new URL("../config.schema.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
