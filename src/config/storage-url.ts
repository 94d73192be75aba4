import type { StorageConfig } from "./config.ts";
import { addressesOf } from "./postgres-hosts.ts";

/** Pattern for the JSON Schema. `storageProblem` is exact. */
export const STORAGE_PATTERN = "^(memory:|sqlite:.+|postgres(ql)?://.+)$";

const POSTGRES_FORM = '"postgres://USER:PASSWORD@HOST:PORT/DATABASE"';

/**
 * Returns what is wrong with a storage setting, or undefined. Repeats at most its scheme, because the address of a
 * database may hold a password.
 */
export function storageProblem(url: string): string | undefined {
  if (url === "memory:") return undefined;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === "postgres" || scheme === "postgresql")
    return addressesOf(url).map(postgresProblem).find(Boolean);
  if (!url.startsWith("sqlite:")) {
    const got = scheme === undefined ? "no storage scheme" : `the storage scheme "${scheme}:"`;
    return `got ${got}, expected "memory:", "sqlite:PATH" or ${POSTGRES_FORM}`;
  }
  const path = url.slice("sqlite:".length);
  if (path === "") return 'got "sqlite:" without a path, expected "sqlite:PATH"';
  if (path === ":memory:") return 'got "sqlite::memory:", expected "memory:" to keep rooms in memory';
  if (/^\/\/[^/]/.test(path)) {
    return `got ${JSON.stringify(url)}, expected "sqlite:PATH", where an absolute PATH begins with one slash`;
  }
  return undefined;
}

/** Requires host, user and database: the defaults, from the process's user and environment, are rarely meant. */
function postgresProblem(url: string): string | undefined {
  const expected = `expected ${POSTGRES_FORM}`;
  const hidden = "with %XX for special characters of the password";
  // The form with "/" after "@" stands for a Unix socket. It is no valid URL.
  const text = url.replace(/^([a-z]+:\/\/[^/?]*@)\//i, "$1socket/");
  if (!URL.canParse(text)) return `got an unreadable database address, ${expected}, ${hidden}`;
  const { hostname, pathname, username, searchParams } = new URL(text);
  if (hostname === "") return `got a database address without a host, ${expected}`;
  if (hostname === "socket" && text !== url && !searchParams.has("host"))
    return `got a database address without a host, ${expected}`;
  if (username === "" && !searchParams.has("user"))
    return `got a database address without a user, ${expected}`;
  if (pathname.length < 2) return `got a database address without a database name, ${expected}`;
  return undefined;
}

/** Parses a valid storage setting. The path is as written. */
export function storageOf(url: string): StorageConfig {
  if (url === "memory:") return { kind: "memory" };
  if (url.startsWith("sqlite:")) return { kind: "sqlite", path: url.slice("sqlite:".length) };
  return { kind: "postgres", url };
}

/** Returns the name of a storage for logs and reports, without password and connection parameters. */
export function storageName(storage: StorageConfig): string {
  if (storage.kind !== "postgres") return storage.kind === "sqlite" ? `sqlite:${storage.path}` : "memory:";
  const [, authority = "", path = "", query = ""] =
    /^[a-z]+:\/\/([^/?#]*)([^?#]*)(.*)$/i.exec(storage.url) ?? [];
  const end = authority.lastIndexOf("@");
  const [user = ""] = authority.slice(0, Math.max(0, end)).split(":");
  const socket = new URLSearchParams(query.slice(1)).get("host");
  const host = authority.slice(end + 1) || socket || "";
  return `postgres://${user === "" ? "" : `${user}@`}${host}${path}`;
}
