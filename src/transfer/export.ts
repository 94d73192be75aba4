// Writes rooms as JSON Lines (docs/transfer.md).
import type { ArchivedMessage, DestroyedRoom, RoomRecord } from "../muc/model/journal.ts";
import { allActs, allMessages, allNodes } from "../storage/read-all.ts";
import type { Store } from "../storage/store.ts";
import { VERSION } from "./format.ts";
import { TransferError } from "./source.ts";

export interface Counts {
  rooms: number;
  messages: number;
}

/**
 * Yields the lines of an export, each with its line break: of one room (`node`) or of all persistent rooms. Temporary
 * rooms end with their last occupant and are left out. `onProgress` gets the part that is done, from 0 to 1. Throws
 * `TransferError` if the room does not exist or is temporary.
 */
export async function* exportLines(
  store: Store,
  domain: string,
  node: string | undefined,
  onProgress: (done: number) => void,
): AsyncGenerator<string, Counts> {
  const counts: Counts = { rooms: 0, messages: 0 };
  yield line({ veronaExport: VERSION, domain });
  if (node === undefined) {
    for (const destroyed of await store.loadDestroyedRooms())
      yield line({ destroyed: destroyedContent(destroyed) });
    const total = await store.countRooms();
    let done = 0;
    for await (const each of allNodes(store)) {
      const room = await store.loadRoom(each);
      if (room && isPersistent(room)) yield* roomLines(store, room, counts);
      done += 1;
      onProgress(done / total);
    }
  } else {
    const room = await store.loadRoom(node);
    if (!room) throw new TransferError(`there is no room ${node}`);
    if (!isPersistent(room)) throw new TransferError(`the room ${node} is temporary`);
    yield* roomLines(store, room, counts);
  }
  for await (const { id: _id, ...act } of allActs(store, node)) yield line({ act });
  onProgress(1);
  yield line({ end: counts });
  return counts;
}

const isPersistent = ({ config, locked }: RoomRecord): boolean => config.persistent && !locked;

/** Returns a room's content in a line of an export. */
export const roomContent = ({ node, config, subject, affiliations, notes }: RoomRecord): object => ({
  node,
  config,
  subject,
  affiliations,
  notes: Object.fromEntries(notes),
});

/** Returns a message's content in a line of an export. */
export function messageContent(message: ArchivedMessage): object {
  const { kind, stanzaId, at, nick, jid, author: occupantId, affiliation, role } = message;
  const { id, language, corrects, payload, text: searchText, to } = message;
  const sender = { nick, jid, occupantId, affiliation, role };
  return { kind, stanzaId, at, ...sender, id, language, corrects, payload, searchText, to };
}

/** Returns a destroyed room's content in a line of an export. */
export const destroyedContent = ({ until, ...destroyed }: DestroyedRoom): object => ({
  ...destroyed,
  reservedUntil: until,
});

async function* roomLines(store: Store, room: RoomRecord, counts: Counts): AsyncGenerator<string> {
  yield line({ room: roomContent(room) });
  counts.rooms += 1;
  for await (const message of allMessages(store, room.node)) {
    yield line({ message: messageContent(message) });
    counts.messages += 1;
  }
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;
