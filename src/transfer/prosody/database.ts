// Prosody's SQL database (mod_storage_sql).
import { type Element, parse } from "../../xmpp/element.ts";
import type { ForeignDatabase, Row } from "../foreign-database.ts";
import { TransferError } from "../source.ts";
import type { LuaTable, LuaValue } from "./lua.ts";
import type { ArchiveItem, ProsodyStorage } from "./storage.ts";

/** Tables that mod_storage_sql creates at its start. */
export const PROSODY_TABLES = ["prosody", "prosodyarchive"];

const OF_STORE = 'host = $1 AND "user" = $2 AND store = $3';
const ENTRIES = `SELECT "key", "type", "value" FROM prosody WHERE ${OF_STORE}`;
const ITEMS = `SELECT sort_id, "key", "when", "type", "value" FROM prosodyarchive WHERE ${OF_STORE} ORDER BY sort_id`;

const NODES = `SELECT DISTINCT "user" AS node FROM prosody WHERE host = $1 AND store = 'config' ORDER BY node`;

/** Opens the rooms of a host in the database. */
export function openDatabase(database: ForeignDatabase, host: string): ProsodyStorage {
  const nameOf = (store: string, node: string): string => `${database.name}, ${store} of ${node}`;
  return {
    name: database.name,
    suggestion: undefined,
    async nodes() {
      const rooms = await database.all(NODES, host);
      if (rooms.length === 0) throw new TransferError(`there are no rooms of ${host} in ${database.name}`);
      return rooms.map(({ node }) => String(node));
    },
    async room(node) {
      const entries = await database.all(ENTRIES, host, node, "config");
      return { data: readEntries(entries), where: nameOf("config", node) };
    },
    async vcard(node) {
      const entries = await database.all(ENTRIES, host, node, "vcard_muc");
      return entries.length === 0 ? undefined : (readEntries(entries) ?? new Map());
    },
    archive: (node) => readArchive(database, [host, node, "muc_log"], nameOf("muc_log", node)),
    archiveName: (node) => nameOf("muc_log", node),
  };
}

async function* readArchive(
  database: ForeignDatabase,
  store: readonly string[],
  name: string,
): AsyncGenerator<ArchiveItem> {
  const [count] = await database.all(`SELECT count(*) AS n FROM prosodyarchive WHERE ${OF_STORE}`, ...store);
  let read = 0;
  for await (const { sort_id, key, when, type, value } of database.each(ITEMS, ...store)) {
    read += 1;
    const stanza = type === "xml" ? readStanza(String(value)) : undefined;
    const time = typeof when === "string" || typeof when === "number" ? Number(when) : Number.NaN;
    const isWhole = stanza && typeof key === "string" && Number.isFinite(time);
    yield {
      keys: isWhole ? { key, when: time } : undefined,
      stanza,
      where: `${name}, sort_id ${sort_id}`,
      done: read / Number(count?.n),
    };
  }
}

/** Builds a table from its entries. The entry "" is a table with the keys that are no texts. */
function readEntries(rows: readonly Row[]): LuaTable | undefined {
  const table = new Map<string | number, LuaValue>();
  for (const { key, type, value } of rows) {
    const read = readValue(String(type), String(value));
    if (read === undefined) return undefined;
    if (key !== "") table.set(String(key), read);
    else if (read instanceof Map) for (const [more, each] of read) table.set(more, each);
  }
  return table;
}

/** Reads a value. Returns undefined if it is damaged. */
function readValue(type: string, value: string): LuaValue {
  if (type === "string") return value;
  if (type === "boolean") return value === "true" ? true : value === "false" ? false : undefined;
  if (type === "number") return value === "" || Number.isNaN(Number(value)) ? undefined : Number(value);
  if (type !== "json") return undefined;
  try {
    return luaOf(JSON.parse(value));
  } catch {
    return undefined;
  }
}

/** Reads a table from JSON of Prosody's util.json: keys that are no texts are under "__array" and "__hash". */
function luaOf(value: unknown): LuaValue {
  if (Array.isArray(value)) return new Map(value.map((each, index) => [index + 1, luaOf(each)]));
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value !== "object" || value === null) return undefined;
  const { __array: list, __hash: pairs, ...named } = value as Record<string, unknown>;
  const table = new Map<string | number, LuaValue>();
  for (const [key, each] of Object.entries(named)) table.set(key, luaOf(each));
  if (Array.isArray(list)) for (const [index, each] of list.entries()) table.set(index + 1, luaOf(each));
  if (Array.isArray(pairs))
    for (let index = 0; index + 1 < pairs.length; index += 2)
      if (typeof pairs[index] === "number") table.set(pairs[index], luaOf(pairs[index + 1]));
  return table;
}

function readStanza(markup: string): Element | undefined {
  try {
    return parse(markup);
  } catch {
    return undefined;
  }
}
