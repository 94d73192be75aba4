import { readFileSync } from "node:fs";

interface Manifest {
  readonly version: string;
  readonly engines: { readonly node: string };
}

/** What package.json says of this program. */
export function readManifest(): Manifest {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as Manifest;
}

/** Why this Node cannot run the program, in a line for the operator; undefined where it can. `engines`: as ">=26". */
export function refuseNode(engines: string, version: string): string | undefined {
  const needed = Number(/\d+/.exec(engines)?.[0]);
  const major = Number(/\d+/.exec(version)?.[0]);
  return major < needed ? `Verona needs Node ${needed} or newer, and this is ${version}` : undefined;
}
