import type { StorageConfig } from "./config.ts";

/** What the JSON Schema says of the form; `storageProblem` is exact. */
export const STORAGE_PATTERN = "^(memory:|sqlite:.+)$";

/**
 * What is wrong with a storage setting, or undefined where nothing is. Repeats at most the setting's scheme,
 * as the address of a database may hold a password.
 */
export function storageProblem(url: string): string | undefined {
  const expected = 'expected "memory:" or "sqlite:PATH"';
  if (url === "memory:") return undefined;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === "postgres" || scheme === "postgresql") {
    return `PostgreSQL ("${scheme}:") is not supported by this version, ${expected}`;
  }
  if (!url.startsWith("sqlite:")) {
    return `got ${scheme === undefined ? "no storage scheme" : `the storage scheme "${scheme}:"`}, ${expected}`;
  }
  const path = url.slice("sqlite:".length);
  if (path === "") return 'got "sqlite:" without a path, expected "sqlite:PATH"';
  if (path === ":memory:") return 'got "sqlite::memory:", expected "memory:" to keep rooms in memory';
  if (/^\/\/[^/]/.test(path)) {
    return `got ${JSON.stringify(url)}, expected "sqlite:PATH", where an absolute PATH begins with one slash`;
  }
  return undefined;
}

/** The storage of a setting in which `storageProblem` found nothing. The path is as written. */
export function storageOf(url: string): StorageConfig {
  return url === "memory:" ? { kind: "memory" } : { kind: "sqlite", path: url.slice("sqlite:".length) };
}
