// Version 1 of the export format: lines with the keys of that time, as version 2 has them.

/** New names of keys, by the key of the line. */
const RENAMED: Record<string, { readonly line: string; readonly keys: Readonly<Record<string, string>> }> = {
  message: { line: "message", keys: { author: "occupantId", text: "searchText" } },
  moved: { line: "destroyed", keys: { until: "reservedUntil" } },
};

/** Renames the keys of a parsed line of version 1. Leaves anything else to the check of the line. */
export function upgradeLine(value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, content]) => {
      const renamed = RENAMED[key];
      return renamed && isObject(content) ? [renamed.line, rename(content, renamed.keys)] : [key, content];
    }),
  );
}

const rename = (content: object, keys: Readonly<Record<string, string>>): object =>
  Object.fromEntries(Object.entries(content).map(([key, value]) => [keys[key] ?? key, value]));

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
