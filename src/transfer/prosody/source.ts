// Prosody's rooms: from its data folder, or from its SQL database.

import { isDatabase, readDatabase } from "../database.ts";
import { dropDuplicates } from "../drop-duplicates.ts";
import { dropInvalid } from "../drop-invalid.ts";
import { type ArchivePlace, reportMissingHistory } from "../report-missing-history.ts";
import type { Item, Source } from "../source.ts";
import { readVcard } from "../vcard.ts";
import { openDatabase, PROSODY_TABLES } from "./database.ts";
import { openFolder } from "./folder.ts";
import { type ArchiveRoom, archiveRoom, readArchived, readStanzaTable } from "./message.ts";
import { readProsodyRoom } from "./room.ts";
import type { ProsodyStorage } from "./storage.ts";

/** The setting by which archives and rooms are in different places. */
const SETTING = 'Prosody\'s "storage" has another place for "muc_log"';

/**
 * The rooms of Prosody's MUC service `host`, from its data folder (such as /var/lib/prosody) or its database (such as
 * /var/lib/prosody/prosody.sqlite, or a PostgreSQL URL), with their archives from the same place or from `archive`.
 */
export function prosodySource(address: string, host: string, archive?: string): Source {
  return {
    items(onProgress) {
      const read = (storage: ProsodyStorage, place: ArchivePlace) =>
        reportMissingHistory(storage, place, (archives) =>
          readRooms({ ...storage, ...archives }, host, onProgress),
        );
      const items = withStorage(address, host, (rooms) =>
        archive === undefined
          ? read(rooms, { ...rooms, setting: SETTING })
          : withStorage(archive, host, ({ name, archive, archiveName }) =>
              read({ ...rooms, archive, archiveName }, { name, setting: undefined }),
            ),
      );
      return dropDuplicates(dropInvalid(items));
    },
  };
}

function withStorage(
  address: string,
  host: string,
  read: (storage: ProsodyStorage) => AsyncIterable<Item>,
): AsyncIterable<Item> {
  if (!isDatabase(address)) return read(openFolder(address, host));
  return readDatabase(address, PROSODY_TABLES, (database) => read(openDatabase(database, host)));
}

async function* readRooms(
  storage: ProsodyStorage,
  host: string,
  onProgress: (done: number) => void,
): AsyncGenerator<Item> {
  const nodes = await storage.nodes();
  for (const [index, node] of nodes.entries()) {
    const share = (done: number): void => onProgress((index + done) / nodes.length);
    yield* readRoom(storage, host, node, share);
    share(1);
  }
}

async function* readRoom(
  storage: ProsodyStorage,
  host: string,
  node: string,
  onProgress: (done: number) => void,
): AsyncGenerator<Item> {
  const { data, where } = await storage.room(node);
  const loss = (what: string): Item => ({ kind: "loss", node, what });
  if (!data) {
    yield loss(`${where} is damaged: the room is not imported`);
    return;
  }
  const read = readProsodyRoom(node, data, Date.now());
  if (read.kind === "destroyed") {
    yield { kind: "destroyed", destroyed: read.destroyed, where };
    return;
  }
  for (const what of read.losses) yield loss(what);
  if (read.kind === "nothing") return;
  const stored = await storage.vcard(node);
  const vcard = stored === undefined ? new Map<string, string>() : readVcard(readStanzaTable(stored));
  if (typeof vcard === "string") yield loss(vcard);
  const notes = new Map([...read.room.notes, ...(typeof vcard === "string" ? [] : vcard)]);
  const room = { ...read.room, notes };
  yield { kind: "room", room, where };
  yield* readArchive(storage, node, archiveRoom(`${node}@${host}`, room), onProgress);
}

async function* readArchive(
  storage: ProsodyStorage,
  node: string,
  room: ArchiveRoom,
  onProgress: (done: number) => void,
): AsyncGenerator<Item> {
  const dropped = { damaged: 0, empty: 0 };
  for await (const { keys, stanza, where, done } of storage.archive(node)) {
    onProgress(done);
    if (!keys) {
      dropped.damaged += 1;
      continue;
    }
    const message = stanza && readArchived(stanza, keys, room);
    if (!message) {
      dropped.empty += 1;
      continue;
    }
    yield { kind: "message", message, where };
  }
  if (dropped.damaged > 0) {
    const what = `${dropped.damaged} damaged archive items (${storage.archiveName(node)})`;
    yield { kind: "loss", node, what };
  }
  if (dropped.empty > 0) {
    const what = `${dropped.empty} archive items with presence, or without content to archive`;
    yield { kind: "loss", node, what };
  }
}
