import { readFileSync } from "node:fs";

interface Manifest {
  readonly version: string;
}

/** What package.json says of this program. */
export function readManifest(): Manifest {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as Manifest;
}
