// ejabberd's rooms: from a dump of Mnesia, or from its SQL database.
import type { DatabaseSync } from "node:sqlite";
import type { RoomRecord } from "../../muc/journal.ts";
import { isDatabase, readDatabase } from "../database.ts";
import { withoutRepeats } from "../repeats.ts";
import { type Item, type Source, TransferError } from "../source.ts";
import { EJABBERD_TABLES, openDatabase } from "./database.ts";
import { openDump, sortDump } from "./dump.ts";
import { readArchived } from "./message.ts";
import { readEjabberdRoom } from "./room.ts";
import type { EjabberdStorage } from "./storage.ts";

/**
 * The rooms of ejabberd's service at that host, in what `ejabberdctl dump` wrote or in its database (a file of SQLite,
 * or a URL of PostgreSQL).
 */
export function ejabberdSource(address: string, host: string): Source {
  let sorted: Promise<DatabaseSync> | undefined;
  return {
    async *items(tell) {
      if (isDatabase(address)) {
        yield* readDatabase(address, EJABBERD_TABLES, async function* (database) {
          const storage = await openDatabase(database, host);
          yield* withoutRepeats(readRooms(storage, database.name, host, tell));
        });
        return;
      }
      sorted ??= sortDump(address, host, tell);
      yield* withoutRepeats(readRooms(openDump(await sorted, address), address, host, tell));
    },
  };
}

async function* readRooms(
  storage: EjabberdStorage,
  name: string,
  host: string,
  tell: (done: number) => void,
): AsyncGenerator<Item> {
  const { total, nicknames } = storage;
  if (total === 0) throw new TransferError(`there are no rooms of ${host} in ${name}`);
  const unused = new Set(nicknames.keys());
  let read = 0;
  for await (const { node, options, hasSubscribers, where } of storage.rooms()) {
    const { room, losses } = readEjabberdRoom(node, options, nicknames, Date.now());
    for (const what of losses) yield { kind: "loss", node, what };
    if (room) {
      if (hasSubscribers) yield { kind: "loss", node, what: "the setting subscribers" };
      for (const { jid, nick } of room.affiliations) if (nick !== undefined) unused.delete(jid);
      yield* readRoom(storage, host, room, where);
    }
    read += 1;
    tell(read / total);
  }
  for (const jid of unused) {
    const what = `the nickname ${JSON.stringify(nicknames.get(jid))} of ${jid}, who has no place in any room`;
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
  let empty = 0;
  for await (const item of storage.archive(node)) {
    const message = readArchived(item, archive);
    if (message) yield { kind: "message", message, where: item.where };
    else empty += 1;
  }
  if (empty > 0)
    yield { kind: "loss", node, what: `${empty} items of the archive, with nothing that is kept here` };
}
