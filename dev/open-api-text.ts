// Writes docs/openapi.json from the catalogue.
import { openApi } from "../src/http/open-api.ts";
import { readManifest } from "../src/manifest.ts";

/** Returns the text of the file. */
export const openApiText = (): string => `${JSON.stringify(openApi(readManifest().version), null, 2)}\n`;
