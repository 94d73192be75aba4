// Prosody's data folder (mod_storage_internal).
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readRecords, unreadable } from "../lines.ts";
import { TransferError } from "../source.ts";
import { isSqliteFile } from "../sqlite-file.ts";
import { LuaSyntaxError, type LuaTable, readLua, tableOf, textOf } from "./lua.ts";
import { readStanzaTable } from "./message.ts";
import type { ArchiveItem, ProsodyStorage } from "./storage.ts";

/** The default database file of mod_storage_sql. */
const DATABASE = "prosody.sqlite";

/** Opens the rooms of a host in the folder. Reading throws `TransferError` if this user lacks the permission. */
export function openFolder(path: string, host: string): ProsodyStorage {
  const folder = join(path, encode(host));
  const configs = join(folder, "config");
  const database = join(path, DATABASE);
  const list = (node: string): string => join(folder, "muc_log", `${encode(node)}.list`);
  return {
    name: path,
    suggestion: isSqliteFile(database) ? database : undefined,
    nodes() {
      if (!exists(configs))
        throw new TransferError(`there are no rooms of ${host} in ${path}: expected the folder ${configs}`);
      return attempt(configs, () => readdirSync(configs))
        .filter((name) => name.endsWith(".dat"))
        .sort()
        .map((name) => decode(name.slice(0, -".dat".length)));
    },
    room(node) {
      const where = join(configs, `${encode(node)}.dat`);
      return { data: readTable(attempt(where, () => readFileSync(where, "latin1"))), where };
    },
    vcard(node) {
      const where = join(folder, "vcard_muc", `${encode(node)}.dat`);
      if (!exists(where)) return undefined;
      return readTable(attempt(where, () => readFileSync(where, "latin1"))) ?? new Map();
    },
    archive: (node) => readList(list(node)),
    archiveName: list,
  };
}

async function* readList(path: string): AsyncGenerator<ArchiveItem> {
  if (!exists(path)) return;
  // Strings have no line breaks, so each item starts a line.
  for await (const { text, number, done } of readRecords(path, "item(")) {
    const item = readTable(text);
    const key = item && textOf(item, "key");
    const when = item?.get("when");
    const isWhole = key !== undefined && typeof when === "number";
    yield {
      keys: isWhole ? { key, when } : undefined,
      stanza: item && readStanzaTable(item),
      where: `${path}, line ${number}`,
      done,
    };
  }
}

/** Like `existsSync`, but throws if this user lacks the permission. */
const exists = (path: string): boolean =>
  attempt(path, () => statSync(path, { throwIfNoEntry: false }) !== undefined);

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(path, error);
  }
}

function readTable(text: string): LuaTable | undefined {
  try {
    const value = readLua(text);
    return value instanceof Map ? tableOf(value) : undefined;
  } catch (error) {
    if (error instanceof LuaSyntaxError) return undefined;
    throw error;
  }
}

/** Encodes a file name as Prosody does: each byte that is no ASCII letter or digit as %xx. */
const encode = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[A-Za-z0-9]/.test(char) ? char : `%${byte.toString(16).padStart(2, "0")}`;
    })
    .join("");

function decode(name: string): string {
  const bytes = name.replace(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
