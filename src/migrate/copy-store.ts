// Copies one store into another: rooms in the order of their nodes, each with its archive.
import { isDeepStrictEqual } from "node:util";
import { CommandError } from "../cli/errors.ts";
import type { JournalEntry } from "../muc/model/journal.ts";
import { allActs, allDeliveries, allMessages, allNodes, PAGE } from "../storage/read-all.ts";
import type { Store } from "../storage/store.ts";

/** Reason why a migration cannot continue. */
export class MigrationError extends CommandError {
  override name = "MigrationError";
}

export interface Amount {
  rooms: number;
  messages: number;
}

/** Limits of one transaction: journal entries, and characters of messages. */
const BATCH_ENTRIES = 1_000;
const BATCH_CHARACTERS = 4_000_000;

/**
 * Copies everything. `progress` gets the amount that the target has after each batch. The target may hold the first part
 * of the source, from an interrupted run; copying goes on from there. Rejects with `MigrationError` if it holds anything
 * else, and with `StorageError`.
 */
export async function copyStore(from: Store, to: Store, progress: (done: Amount) => void): Promise<void> {
  await refuseOtherRooms(from, to);
  const done: Amount = { rooms: 0, messages: 0 };
  let batch: JournalEntry[] = [];
  let characters = 0;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await to.commit(batch);
    batch = [];
    characters = 0;
    progress(done);
  };
  const add = async (entry: JournalEntry): Promise<void> => {
    batch.push(entry);
    if (entry.kind === "message-archived") characters += entry.message.payload.length;
    if (entry.kind === "event-queued") characters += entry.body.length;
    if (batch.length >= BATCH_ENTRIES || characters >= BATCH_CHARACTERS) await flush();
  };

  for await (const node of allNodes(from)) {
    const room = await from.loadRoom(node);
    if (!room) continue;
    const there = await to.loadRoom(node);
    if (there && !isDeepStrictEqual(there, room)) throw differs(node);
    if (!there) await add({ kind: "room-stored", room });
    const last = there && (await lastMessage(to, node));
    if (there) done.messages += await countUntil(from, node, last);
    for await (const message of allMessages(from, node, last)) {
      await add({ kind: "message-archived", node, message });
      done.messages += 1;
    }
    done.rooms += 1;
  }
  for (const destroyed of await from.loadDestroyedRooms()) await add({ kind: "room-destroyed", destroyed });
  let copied = await countActs(to);
  for await (const { id: _id, node, ...act } of allActs(from)) {
    if (copied > 0) copied -= 1;
    else await add({ kind: "act-recorded", node, act });
  }
  const hooks = await from.readWebhooks();
  for (const { id, settings } of hooks) {
    await add({ kind: "webhook-removed", id }); // with the events that an interrupted run has copied
    await add({ kind: "webhook-stored", id, settings });
    for await (const { event, at, body } of allDeliveries(from, id))
      await add({ kind: "event-queued", hook: id, event, at, body });
  }
  await flush();
  for (const ban of await from.serviceBans()) await to.setServiceBan(ban);
  for (const token of await from.apiTokens()) await to.addApiToken(token);
}

/** Counts the records of acts that an interrupted run has copied: they are the first ones. */
async function countActs(store: Store): Promise<number> {
  let count = 0;
  for await (const _act of allActs(store)) count += 1;
  return count;
}

/** Throws if the target holds rooms that the source does not have. */
async function refuseOtherRooms(from: Store, to: Store): Promise<void> {
  for await (const node of allNodes(to)) {
    if (!(await from.loadRoom(node)))
      throw new MigrationError(
        `the target holds the room ${JSON.stringify(node)}, which the source does not have; use an empty target`,
      );
  }
}

/** A query for a whole archive, from its end. */
const ALL = { afterIds: [], extras: "all", fromEnd: true } as const;

async function lastMessage(store: Store, node: string): Promise<string | undefined> {
  const query = { ...ALL, beforeIds: [], max: 1 };
  return (await store.readArchive(node, query))?.messages[0]?.stanzaId;
}

/** Counts the messages of the source up to the last one that the target has. */
async function countUntil(from: Store, node: string, last: string | undefined): Promise<number> {
  if (last === undefined) return 0;
  let count = 1;
  for (let before = last; ; ) {
    const query = { ...ALL, beforeIds: [before], max: PAGE };
    const page = await from.readArchive(node, query);
    if (!page) throw differs(node);
    count += page.messages.length;
    const first = page.messages[0];
    if (page.complete || !first) return count;
    before = first.stanzaId;
  }
}

function differs(node: string): MigrationError {
  return new MigrationError(
    `the room ${JSON.stringify(node)} differs in source and target (was either in use meanwhile?); use an empty target`,
  );
}
