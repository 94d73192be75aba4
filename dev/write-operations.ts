// Writes docs/operations.md and docs/openapi.json.
import { writeFileSync } from "node:fs";
import { openApiText } from "./open-api-text.ts";
import { operationsPage } from "./operations-page.ts";

writeFileSync(new URL("../docs/operations.md", import.meta.url), operationsPage());
writeFileSync(new URL("../docs/openapi.json", import.meta.url), openApiText());
