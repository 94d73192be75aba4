import { readFileSync } from "node:fs";

interface Manifest {
  readonly version: string;
}

/** Reads package.json. */
export function readManifest(): Manifest {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as Manifest;
}
