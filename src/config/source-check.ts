import type { z } from "zod";
import { type SourceValues, sourceSchema } from "./schema.ts";
import { SETTINGS } from "./settings.ts";

type Path = readonly PropertyKey[];

/** A source of settings: its values in the form of the file, and the name of a path in it. */
export interface Source {
  readonly values: unknown;
  where(path: string): string;
}

/** A checked source: the valid settings, and the paths of the invalid ones. */
export interface CheckedSource {
  readonly values: SourceValues;
  readonly bad: ReadonlySet<string>;
  readonly problems: string[];
}

/** Checks every setting of a source. An invalid setting is a problem and is left out of `values`. */
export function checkSource(source: Source): CheckedSource {
  const problems = new Map<string, string>();
  const usable = structuredClone(source.values);
  const result = sourceSchema.safeParse(source.values);
  if (result.success) return { values: result.data, bad: new Set(), problems: [] };
  const bad = new Set<string>();
  for (const issue of result.error.issues) {
    for (const path of offendingPaths(issue)) {
      const dotted = textOf(path);
      if (!problems.has(dotted))
        problems.set(dotted, `${source.where(dotted)}: ${describe(issue, path, source.values)}`);
      const setting = settingOf(path);
      bad.add(textOf(setting));
      remove(usable, setting);
    }
  }
  const rest = sourceSchema.safeParse(usable);
  return { values: rest.success ? rest.data : {}, bad, problems: [...problems.values()] };
}

/** Describes a problem in one line. Shows the value if it is no secret. */
function describe(issue: z.core.$ZodIssue, path: Path, values: unknown): string {
  if (issue.code === "unrecognized_keys") {
    return `unknown key, expected one of ${knownKeys(path.slice(0, -1)).join(", ")}`;
  }
  if (issue.code === "custom" && issue.message !== "Invalid input") return issue.message;
  const setting = SETTINGS[textOf(settingOf(path))];
  const expected = `expected ${setting?.expected ?? "an object"}`;
  if (setting?.confidential) return expected;
  return `got ${shortened(valueAt(values, path), setting !== undefined)}, ${expected}`;
}

/** Returns a short form of a value; only its type if it replaces a whole section. */
function shortened(value: unknown, withText: boolean): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "string" && !withText) return "a text";
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}...` : text;
}

function offendingPaths(issue: z.core.$ZodIssue): Path[] {
  if (issue.code !== "unrecognized_keys") return [issue.path];
  return issue.keys.map((key) => [...issue.path, key]);
}

/** Returns the path of the setting, without positions in its value. */
function settingOf(path: Path): Path {
  const inside = path.findIndex((key) => typeof key === "number");
  return inside < 0 ? path : path.slice(0, inside);
}

function knownKeys(section: Path): string[] {
  const prefix = section.length === 0 ? "" : `${textOf(section)}.`;
  const below = Object.keys(SETTINGS).filter((path) => path.startsWith(prefix));
  return [...new Set(below.map((path) => path.slice(prefix.length).split(".")[0] as string))];
}

function textOf(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

function valueAt(values: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], values);
}

function remove(values: unknown, path: Path): void {
  const last = path.at(-1);
  if (last === undefined) return;
  const parent = valueAt(values, path.slice(0, -1));
  if (typeof parent === "object" && parent !== null) delete (parent as Record<PropertyKey, unknown>)[last];
}
