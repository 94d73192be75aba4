// ejabberd's rooms: from a dump of Mnesia, or from its SQL database.
import type { DatabaseSync } from "node:sqlite";
import type { RoomRecord } from "../../muc/model/journal.ts";
import { isDatabase, readDatabase } from "../database.ts";
import { dropDuplicates } from "../drop-duplicates.ts";
import { dropInvalid } from "../drop-invalid.ts";
import { type ArchivePlace, reportMissingHistory } from "../report-missing-history.ts";
import { type Item, type Source, TransferError } from "../source.ts";
import { EJABBERD_TABLES, openDatabase } from "./database.ts";
import { openDump, sortDump } from "./dump.ts";
import { readArchived } from "./message.ts";
import { readEjabberdRoom } from "./room.ts";
import type { EjabberdStorage } from "./storage.ts";

/** The setting by which archives and rooms are in different places. */
const SETTING = "mod_mam has another db_type than mod_muc";

/**
 * The rooms of ejabberd's MUC service `host`, from a dump (`ejabberdctl dump`) or a database (an SQLite file or a
 * PostgreSQL URL), with their archives from the same place or from `archive`.
 */
export function ejabberdSource(address: string, host: string, archive?: string): Source {
  const dumps = new Map<string, Promise<DatabaseSync>>();
  async function* withStorage(
    place: string,
    onProgress: (done: number) => void,
    read: (storage: EjabberdStorage) => AsyncIterable<Item>,
  ): AsyncGenerator<Item> {
    if (isDatabase(place)) {
      yield* readDatabase(place, EJABBERD_TABLES, async function* (database) {
        yield* read(await openDatabase(database, host));
      });
      return;
    }
    const sorted = dumps.get(place) ?? sortDump(place, host, onProgress);
    dumps.set(place, sorted);
    yield* read(openDump(await sorted, place));
  }
  return {
    items(onProgress) {
      const read = (storage: EjabberdStorage, place: ArchivePlace) =>
        reportMissingHistory(storage, place, (archives) =>
          readRooms({ ...storage, ...archives }, host, onProgress),
        );
      const items = withStorage(address, onProgress, (rooms) =>
        archive === undefined
          ? read(rooms, { ...rooms, setting: SETTING })
          : withStorage(archive, onProgress, ({ name, archive }) =>
              read({ ...rooms, archive }, { name, setting: undefined }),
            ),
      );
      return dropDuplicates(dropInvalid(items));
    },
  };
}

async function* readRooms(
  storage: EjabberdStorage,
  host: string,
  onProgress: (done: number) => void,
): AsyncGenerator<Item> {
  const { name, total, nicknames } = storage;
  if (total === 0) throw new TransferError(`there are no rooms of ${host} in ${name}`);
  const unused = new Set(nicknames.keys());
  let done = 0;
  for await (const { node, options, hasSubscribers, where } of storage.rooms()) {
    const { room, losses } = readEjabberdRoom(node, options, nicknames, Date.now());
    for (const what of losses) yield { kind: "loss", node, what };
    if (room) {
      if (hasSubscribers) yield { kind: "loss", node, what: "the setting subscribers" };
      for (const { jid, nick } of room.affiliations) if (nick !== undefined) unused.delete(jid);
      yield* readRoom(storage, host, room, where);
    }
    done += 1;
    onProgress(done / total);
  }
  for (const jid of unused) {
    const what = `the nickname ${JSON.stringify(nicknames.get(jid))} of ${jid}, who has no affiliation with any room`;
    yield { kind: "loss", node: undefined, what };
  }
}

async function* readRoom(
  storage: EjabberdStorage,
  host: string,
  room: RoomRecord,
  where: string,
): AsyncGenerator<Item> {
  const { node, affiliations, notes } = room;
  const byJid = new Map(affiliations.map((each) => [each.jid, each]));
  const archive = {
    address: `${node}@${host}`,
    key: notes.get("occupant-id") ?? "",
    affiliationOf: (jid: string) => byJid.get(jid),
  };
  yield { kind: "room", room, where };
  let dropped = 0;
  for await (const item of storage.archive(node)) {
    const message = readArchived(item, archive);
    if (message) yield { kind: "message", message, where: item.where };
    else dropped += 1;
  }
  if (dropped > 0) yield { kind: "loss", node, what: `${dropped} archive items without content to archive` };
}
