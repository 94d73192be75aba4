// Imports rooms into a store. Everything is checked before anything is written.
import type { JournalEntry } from "../muc/model/journal.ts";
import type { Store } from "../storage/store.ts";
import { DiskSet } from "./disk-set.ts";
import { type Item, type Source, TransferError } from "./source.ts";

/** Treatment of rooms that exist already. */
export type Existing = "refuse" | "replace" | "skip";

export interface ImportOptions {
  readonly existing: Existing;
  /** Gets the part of a pass that is done, from 0 to 1. */
  onProgress(pass: "checking" | "importing", done: number): void;
  /**
   * Called before each commit with the room in which it ends. If the import ends early, that room or the one of the
   * call before is incomplete.
   */
  onCommit?(node: string): void;
}

/** The result of an import, or of a dry run. */
export interface ImportReport {
  rooms: number;
  messages: number;
  destroyed: number;
  readonly replaced: string[];
  readonly skipped: string[];
  /** Losses by room; those of no room are under "". */
  readonly losses: Map<string, string[]>;
}

/** Journal entries of one commit. */
const BATCH = 500;
/** Number of rooms that an error names. */
const NAMED = 10;

/** Reads a whole source and reports what an import of it will do. Throws `TransferError` if it cannot be imported. */
export async function checkImport(
  store: Store,
  source: Source,
  options: ImportOptions,
): Promise<ImportReport> {
  const report: ImportReport = {
    rooms: 0,
    messages: 0,
    destroyed: 0,
    replaced: [],
    skipped: [],
    losses: new Map(),
  };
  const existing: string[] = [];
  const structure = new StructureCheck();
  let isSkipped = false;
  try {
    for await (const item of source.items((done) => options.onProgress("checking", done))) {
      structure.check(item);
      if (item.kind === "loss") {
        addLoss(report, item.node ?? "", item.what);
      } else if (item.kind === "destroyed") {
        if (!(await store.loadRoom(item.destroyed.node))) report.destroyed += 1;
        else addLoss(report, item.destroyed.node, "a room of this name exists");
      } else if (item.kind === "message") {
        if (!isSkipped) report.messages += 1;
      } else if (item.kind === "room") {
        const { node } = item.room;
        const exists = (await store.loadRoom(node)) !== undefined;
        isSkipped = exists && options.existing === "skip";
        if (exists) existing.push(node);
        if (!isSkipped) report.rooms += 1;
      }
    }
  } finally {
    structure.end();
  }
  if (options.existing === "refuse" && existing.length > 0)
    throw new TransferError(existingRoomsProblem(existing));
  (options.existing === "skip" ? report.skipped : report.replaced).push(...existing);
  return report;
}

/** Writes the rooms of a source that `checkImport` has accepted. */
export async function runImport(
  store: Store,
  source: Source,
  options: ImportOptions,
  { skipped }: ImportReport,
): Promise<void> {
  const skippedNodes = new Set(skipped);
  let batch: JournalEntry[] = [];
  let node: string | undefined;
  const flush = async (): Promise<void> => {
    if (node !== undefined) options.onCommit?.(node);
    await store.commit(batch);
    batch = [];
  };
  for await (const item of source.items((done) => options.onProgress("importing", done))) {
    if (item.kind === "room") {
      node = skippedNodes.has(item.room.node) ? undefined : item.room.node;
      if (node === undefined) continue;
      batch.push({ kind: "destroyed-room-forgotten", node }, { kind: "room-stored", room: item.room });
    } else if (item.kind === "message" && node !== undefined) {
      batch.push({ kind: "message-archived", node, message: item.message });
    } else if (item.kind === "act" && !skippedNodes.has(item.node)) {
      batch.push({ kind: "act-recorded", node: item.node, act: item.act });
    } else if (item.kind === "destroyed" && !(await store.loadRoom(item.destroyed.node))) {
      batch.push({ kind: "room-destroyed", destroyed: item.destroyed });
    }
    if (batch.length >= BATCH) await flush();
  }
  await flush();
}

function addLoss({ losses }: ImportReport, node: string, what: string): void {
  const known = losses.get(node);
  if (known) known.push(what);
  else losses.set(node, [what]);
}

function existingRoomsProblem(nodes: readonly string[]): string {
  const named = nodes.slice(0, NAMED).join(", ");
  const more = nodes.length > NAMED ? ` and ${nodes.length - NAMED} more` : "";
  return `these rooms already exist: ${named}${more}; import with --replace or --skip-existing`;
}

/** Finds what no single item shows: duplicate rooms and messages, and messages without a room. */
class StructureCheck {
  readonly #rooms = new DiskSet();
  readonly #ids = new DiskSet();
  #inRoom = false;

  check(item: Item): void {
    if (item.kind === "room") {
      if (!this.#rooms.add(item.room.node))
        throw new TransferError(`${item.where}: duplicate room ${item.room.node}`);
      if (this.#inRoom) this.#ids.clear();
      this.#inRoom = true;
    } else if (item.kind === "message") {
      const { stanzaId } = item.message;
      if (!this.#inRoom) throw new TransferError(`${item.where}: a message before its room`);
      if (!this.#ids.add(stanzaId))
        throw new TransferError(`${item.where}: duplicate stanzaId ${stanzaId} in its room`);
    }
  }

  end(): void {
    this.#rooms[Symbol.dispose]();
    this.#ids[Symbol.dispose]();
  }
}
