// Prosody's data folder: the stores of mod_muc ("config") and mod_muc_mam ("muc_log") as mod_storage_internal keeps them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readLines } from "../lines.ts";
import { type Item, type Source, TransferError } from "../source.ts";
import { LuaSyntaxError, type LuaTable, readLua, tableOf, textOf } from "./lua.ts";
import { type ArchiveRoom, archiveRoom, readArchived, readStanzaTable } from "./message.ts";
import { readProsodyRoom } from "./room.ts";

/** The rooms of Prosody's service at that host, in its data folder (such as /var/lib/prosody). */
export function prosodySource(path: string, host: string): Source {
  return { items: (tell) => readFolder(path, host, tell) };
}

async function* readFolder(path: string, host: string, tell: (done: number) => void): AsyncGenerator<Item> {
  const folder = join(path, encode(host));
  const configs = join(folder, "config");
  if (!existsSync(configs))
    throw new TransferError(`there are no rooms of ${host} in ${path}: expected the folder ${configs}`);
  const files = readdirSync(configs)
    .filter((name) => name.endsWith(".dat"))
    .sort();
  for (const [index, name] of files.entries()) {
    const node = decode(name.slice(0, -".dat".length));
    const share = (done: number): void => tell((index + done) / files.length);
    yield* readRoom(folder, host, node, share);
    share(1);
  }
}

async function* readRoom(
  folder: string,
  host: string,
  node: string,
  tell: (done: number) => void,
): AsyncGenerator<Item> {
  const where = join(folder, "config", `${encode(node)}.dat`);
  const data = readTable(readFileSync(where, "latin1"));
  const loss = (what: string): Item => ({ kind: "loss", node, what });
  if (!data) {
    yield loss(`${where} is damaged: the room is left out`);
    return;
  }
  const read = readProsodyRoom(node, data, Date.now());
  if (read.kind === "moved") {
    yield { kind: "moved", moved: read.moved, where };
    return;
  }
  for (const what of read.losses) yield loss(what);
  if (read.kind === "nothing") return;
  yield { kind: "room", room: read.room, where };
  if (existsSync(join(folder, "vcard_muc", `${encode(node)}.dat`))) yield loss("its vCard, with the avatar");
  const list = join(folder, "muc_log", `${encode(node)}.list`);
  if (existsSync(list)) yield* readList(list, node, archiveRoom(`${node}@${host}`, read.room), tell);
}

async function* readList(
  path: string,
  node: string,
  room: ArchiveRoom,
  tell: (done: number) => void,
): AsyncGenerator<Item> {
  const left = { damaged: 0, empty: 0 };
  let latest = 0;
  for await (const { text, number, done } of readItems(path)) {
    tell(done);
    const item = readTable(text);
    const key = item && textOf(item, "key");
    const when = item?.get("when");
    if (!item || key === undefined || typeof when !== "number") {
      left.damaged += 1;
      continue;
    }
    const stanza = readStanzaTable(item);
    const message = stanza && readArchived(stanza, { key, when }, room);
    if (!message) {
      left.empty += 1;
      continue;
    }
    latest = Math.max(latest, message.at);
    yield { kind: "message", message: { ...message, at: latest }, where: `${path}, line ${number}` };
  }
  if (left.damaged > 0)
    yield { kind: "loss", node, what: `${left.damaged} items of the archive, which are damaged (${path})` };
  if (left.empty > 0)
    yield {
      kind: "loss",
      node,
      what: `${left.empty} items of the archive: presence, or nothing that is kept here`,
    };
}

/** The items of a list, each with the number of its first line; texts have no line breaks, so an item begins a line. */
async function* readItems(path: string): AsyncGenerator<{ text: string; number: number; done: number }> {
  let lines: string[] = [];
  let first = 0;
  let done = 0;
  for await (const line of readLines(path, "latin1")) {
    if (line.text.startsWith("item(") && lines.length > 0) {
      yield { text: lines.join("\n"), number: first, done };
      lines = [];
    }
    if (lines.length === 0) first = line.number;
    lines.push(line.text);
    done = line.done;
  }
  if (lines.length > 0) yield { text: lines.join("\n"), number: first, done };
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

/** Names of files: what is no letter or digit of ASCII, byte by byte. */
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
