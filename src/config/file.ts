import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseJson } from "./json-syntax.ts";
import type { Source } from "./source-check.ts";

const DEFAULT_FILE = "config.json";

/** Returns the name of the configuration file: the given one, or ./config.json if it exists. */
export function findConfigFile(path: string | undefined, cwd: string): string | undefined {
  return path ?? (existsSync(resolve(cwd, DEFAULT_FILE)) ? DEFAULT_FILE : undefined);
}

/** Reads a configuration file. If that fails, adds to `problems` and returns undefined. */
export function readConfigFile(name: string, cwd: string, problems: string[]): Source | undefined {
  try {
    const text = readFileSync(resolve(cwd, name), "utf8").replace(/^\uFEFF/, "");
    return { values: parseJson(text), where: (path) => (path === "" ? name : `${name}: ${path}`) };
  } catch (error) {
    if (error instanceof SyntaxError) problems.push(`${name}, ${error.message}`);
    else problems.push(`${name}: cannot read the configuration file: ${reasonOf(error)}`);
    return undefined;
  }
}

/** Returns why a file operation failed, without the path that Node repeats. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/, \w+( '.*')?$/s, "");
}
