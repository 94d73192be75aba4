// Bringing rooms into a store: everything is checked before anything is written.
import type { JournalEntry } from "../muc/model/journal.ts";
import type { Store } from "../storage/store.ts";
import { DiskSet } from "./disk-set.ts";
import { type Item, type Source, TransferError } from "./source.ts";

/** What happens to rooms that exist already. */
export type Existing = "refuse" | "replace" | "skip";

export interface ImportOptions {
  readonly existing: Existing;
  /** Hears which of the two passes how much is done of, from 0 to 1. */
  tell(pass: "checking" | "importing", done: number): void;
  /** Hears before each commit in which room it ends: that one, or the one before, is not whole if the import ends early. */
  committing?(node: string): void;
}

/** What an import did, or would do. */
export interface ImportReport {
  rooms: number;
  messages: number;
  moved: number;
  readonly replaced: string[];
  readonly skipped: string[];
  /** What could not be carried over, by room; under "" what belongs to none. */
  readonly losses: Map<string, string[]>;
}

/** Entries of one commit. */
const BATCH = 500;
/** How many rooms a refusal names. */
const NAMED = 10;

/** Reads all of a source and tells what importing it will do. Throws `TransferError` where it cannot be done. */
export async function checkImport(
  store: Store,
  source: Source,
  options: ImportOptions,
): Promise<ImportReport> {
  const report: ImportReport = {
    rooms: 0,
    messages: 0,
    moved: 0,
    replaced: [],
    skipped: [],
    losses: new Map(),
  };
  const existing: string[] = [];
  const order = new Order();
  let isSkipped = false;
  try {
    for await (const item of source.items((done) => options.tell("checking", done))) {
      order.check(item);
      if (item.kind === "loss") {
        lose(report, item.node ?? "", item.what);
      } else if (item.kind === "moved") {
        if (!(await store.loadRoom(item.moved.node))) report.moved += 1;
        else lose(report, item.moved.node, "it is known as destroyed, but there is a room of that name");
      } else if (item.kind === "message") {
        if (!isSkipped) report.messages += 1;
      } else {
        const { node } = item.room;
        const exists = (await store.loadRoom(node)) !== undefined;
        isSkipped = exists && options.existing === "skip";
        if (exists) existing.push(node);
        if (!isSkipped) report.rooms += 1;
      }
    }
  } finally {
    order.end();
  }
  if (options.existing === "refuse" && existing.length > 0) throw new TransferError(refuseExisting(existing));
  (options.existing === "skip" ? report.skipped : report.replaced).push(...existing);
  return report;
}

/** Writes the rooms of a source that `checkImport` has found nothing wrong with. */
export async function runImport(
  store: Store,
  source: Source,
  options: ImportOptions,
  { skipped }: ImportReport,
): Promise<void> {
  const left = new Set(skipped);
  let batch: JournalEntry[] = [];
  let node: string | undefined;
  const flush = async (): Promise<void> => {
    if (node !== undefined) options.committing?.(node);
    await store.commit(batch);
    batch = [];
  };
  for await (const item of source.items((done) => options.tell("importing", done))) {
    if (item.kind === "room") {
      node = left.has(item.room.node) ? undefined : item.room.node;
      if (node === undefined) continue;
      batch.push({ kind: "move-forgotten", node }, { kind: "room-stored", room: item.room });
    } else if (item.kind === "message" && node !== undefined) {
      batch.push({ kind: "message-archived", node, message: item.message });
    } else if (item.kind === "moved" && !(await store.loadRoom(item.moved.node))) {
      batch.push({ kind: "room-moved", moved: item.moved });
    }
    if (batch.length >= BATCH) await flush();
  }
  await flush();
}

function lose({ losses }: ImportReport, node: string, what: string): void {
  const known = losses.get(node);
  if (known) known.push(what);
  else losses.set(node, [what]);
}

function refuseExisting(nodes: readonly string[]): string {
  const named = nodes.slice(0, NAMED).join(", ");
  const more = nodes.length > NAMED ? ` and ${nodes.length - NAMED} more` : "";
  return `these rooms exist already: ${named}${more}; import with --replace or --skip-existing`;
}

/** What no single item shows: rooms and messages that are there twice, and messages without a room. */
class Order {
  readonly #rooms = new DiskSet();
  readonly #ids = new DiskSet();
  #inRoom = false;

  check(item: Item): void {
    if (item.kind === "room") {
      if (!this.#rooms.add(item.room.node))
        throw new TransferError(`${item.where}: the room ${item.room.node} is there twice`);
      if (this.#inRoom) this.#ids.clear();
      this.#inRoom = true;
    } else if (item.kind === "message") {
      const { stanzaId } = item.message;
      if (!this.#inRoom) throw new TransferError(`${item.where}: a message before its room`);
      if (!this.#ids.add(stanzaId))
        throw new TransferError(`${item.where}: the stanzaId ${stanzaId} is there twice in its room`);
    }
  }

  end(): void {
    this.#rooms[Symbol.dispose]();
    this.#ids[Symbol.dispose]();
  }
}
