// Reads an export (docs/transfer.md).
import type { z } from "zod";
import type { ArchivedMessage, DestroyedRoom, RoomRecord } from "../muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../muc/model/room-config.ts";
import { type DestroyedLine, headSchema, LINES, type MessageLine, type RoomLine } from "./format.ts";
import { upgradeLine } from "./format-1.ts";
import { readLines } from "./lines.ts";
import { type Item, type Source, TransferError } from "./source.ts";

/** The rooms of a file that `verona export` wrote. Checks every line. */
export function exportSource(path: string): Source {
  return { items: (onProgress) => readExport(path, onProgress) };
}

async function* readExport(path: string, onProgress: (done: number) => void): AsyncGenerator<Item> {
  const count = { rooms: 0, messages: 0 };
  let version: number | undefined;
  let isEnded = false;
  for await (const { number, text, done } of readLines(path)) {
    const where = `${path}, line ${number}`;
    onProgress(done);
    if (isEnded) throw new TransferError(`${where}: unexpected text after the "end" line`);
    const parsed = parseLine(text, where);
    if (version === undefined) {
      version = check(headSchema, parsed, where).veronaExport;
      continue;
    }
    const value = version === 1 ? upgradeLine(parsed) : parsed;
    const key = keyOf(value, where);
    const content = (value as Record<string, unknown>)[key];
    switch (key) {
      case "room":
        count.rooms += 1;
        yield { kind: "room", room: readRoom(check(LINES.room, content, where)), where };
        break;
      case "message":
        count.messages += 1;
        yield { kind: "message", message: readMessage(check(LINES.message, content, where)), where };
        break;
      case "destroyed":
        yield { kind: "destroyed", destroyed: readDestroyed(check(LINES.destroyed, content, where)), where };
        break;
      case "act": {
        const { node, ...act } = check(LINES.act, content, where);
        yield { kind: "act", node, act: { ...act, by: act.by }, where };
        break;
      }
      case "end": {
        const { rooms, messages } = check(LINES.end, content, where);
        if (rooms !== count.rooms || messages !== count.messages)
          throw new TransferError(
            `${where}: expected ${rooms} rooms and ${messages} messages, found ${count.rooms} and ${count.messages}`,
          );
        isEnded = true;
      }
    }
  }
  if (!isEnded) throw new TransferError(`${path}: the file is truncated: it has no "end" line`);
}

function parseLine(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TransferError(`${where}: ${(error as Error).message}`);
  }
}

function keyOf(value: unknown, where: string): keyof typeof LINES {
  const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
  const key = (Object.keys(LINES) as (keyof typeof LINES)[]).find((known) => known === keys[0]);
  if (key === undefined || keys.length !== 1)
    throw new TransferError(`${where}: expected an object with one key: ${Object.keys(LINES).join(", ")}`);
  return key;
}

function check<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0] as z.core.$ZodIssue;
  throw new TransferError(`${where}: ${path.length === 0 ? "" : `${path.join(".")}: `}${message}`);
}

function readRoom({ node, config, subject, affiliations, notes }: RoomLine): RoomRecord {
  const { message, ...told } = subject ?? { text: "", nick: "", at: 0 };
  const set = message && { ...message, language: message.language };
  return {
    node,
    config: { ...DEFAULT_ROOM_CONFIG, ...config },
    locked: false,
    subject: subject && (set ? { ...told, message: set } : told),
    affiliations: affiliations.map(({ jid, affiliation, reason, nick, until }) => ({
      jid,
      affiliation,
      reason,
      nick,
      until,
    })),
    notes: new Map(Object.entries(notes)),
    sessions: [],
  };
}

function readMessage({
  language,
  corrects,
  searchText,
  to,
  occupantId,
  ...message
}: MessageLine): ArchivedMessage {
  const told = { ...message, author: occupantId, language, corrects, text: searchText };
  return { ...told, ...(to && { to: { ...to, type: to.type } }) };
}

const readDestroyed = ({ node, venue, reason, members, reservedUntil }: DestroyedLine): DestroyedRoom => ({
  node,
  venue,
  reason,
  members,
  until: reservedUntil,
});
