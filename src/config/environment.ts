import { parseJson } from "./json-syntax.ts";
import type { VariableKind } from "./setting.ts";
import { SETTINGS } from "./settings.ts";
import type { Source } from "./source-check.ts";

const PREFIX = "VERONA_";

/**
 * Reads the settings of the environment. An empty variable counts as unset. Adds unknown variables that start with
 * VERONA_, and invalid JSON, to `problems`.
 */
export function readEnvironment(env: NodeJS.ProcessEnv, problems: string[]): Source {
  const values: Record<string, unknown> = {};
  const variables = new Map<string, string>();
  for (const [path, { variable, kind }] of Object.entries(SETTINGS)) {
    if (variable === undefined) continue;
    variables.set(path, variable);
    const text = env[variable];
    if (text === undefined || text === "") continue;
    try {
      put(values, path, parsed(text, kind));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      problems.push(`${variable}: ${error.message}`);
    }
  }
  const known = new Set(variables.values());
  for (const name of Object.keys(env)) {
    if (!name.startsWith(PREFIX) || known.has(name)) continue;
    problems.push(`${name}: unknown variable, expected one of ${[...known].join(", ")}`);
  }
  return { values, where: (path) => nameOf(path, variables) };
}

function parsed(text: string, kind: VariableKind = "text"): unknown {
  switch (kind) {
    case "text":
      return text;
    case "number":
      return /^\d+$/.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" || text === "false" ? text === "true" : text;
    case "list":
      return text
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== "");
    case "json":
      return parseJson(text);
  }
}

/** Returns the variable of a path, and the part of the path that lies within the variable's value. */
function nameOf(path: string, variables: ReadonlyMap<string, string>): string {
  for (const [prefix, variable] of variables) {
    if (path === prefix) return variable;
    if (path.startsWith(`${prefix}.`)) return `${variable}: ${path.slice(prefix.length + 1)}`;
    if (path.startsWith(`${prefix}[`)) return variable;
  }
  return path;
}

function put(values: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split(".");
  const last = keys.pop() as string;
  let section = values;
  for (const key of keys) {
    section[key] ??= {};
    section = section[key] as Record<string, unknown>;
  }
  section[last] = value;
}
