import { resolve } from "node:path";
import { findConfigFile } from "./file.ts";
import type { LoadOptions } from "./load.ts";
import { SETTINGS } from "./settings.ts";

/** The sources of a configuration: the absolute path of its file, and the names of the variables that are set. */
export interface ConfigSources {
  readonly file: string | undefined;
  readonly variables: readonly string[];
}

/** Returns the sources that `loadConfig` reads with the same options. */
export function sourcesOf({ path, env, cwd = process.cwd() }: LoadOptions): ConfigSources {
  const file = findConfigFile(path, cwd);
  const variables = Object.values(SETTINGS).flatMap(({ variable }) =>
    variable !== undefined && env[variable] ? [variable] : [],
  );
  return { file: file === undefined ? undefined : resolve(cwd, file), variables };
}
