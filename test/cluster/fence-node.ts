// A node of the fence test: commits without a pause, until it is refused.
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pino from "pino";
import type { JournalEntry } from "../../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../../src/muc/model/room-config.ts";
import { PostgresStore } from "../../src/storage/postgres/store.ts";
import { StorageError } from "../../src/storage/store.ts";
import type { Random } from "../crash/random.ts";
import { archived, message, room } from "../storage/records.ts";

/** With a log, a node waits for a database that ends its sessions. */
const LOG = pino({ level: "silent" });
/** The rooms that all nodes know; the number of a room is that of its slot. */
export const ROOMS = 16;
export const roomOf = (slot: number): string => `room${slot}`;

/** The account of all who speak through a node. */
export const accountOf = (node: string): string => `user@node${node}.example`;

export class FenceNode {
  readonly store: PostgresStore;
  readonly id: string;
  /** The slots whose rooms it takes for its own. */
  readonly slots = new Set<number>();
  /** Ids of messages that were committed, as far as this node knows. */
  readonly acknowledged: string[] = [];
  /** Ids of messages in the commit under way, or in the one that was refused. */
  inFlight: readonly string[] = [];
  commits = 0;
  /** Resolves with what ended its work; undefined if it was told to stop. */
  readonly ended: Promise<unknown>;
  readonly #random: Random;
  #said = 0;
  #temporary: string | undefined;
  #isStopping = false;

  private constructor(store: PostgresStore, id: string, random: Random) {
    this.store = store;
    this.id = id;
    this.#random = random;
    this.ended = this.#work().then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  /** Registers a node, which begins to work. */
  static async start(url: string, random: Random): Promise<FenceNode> {
    const store = await PostgresStore.open(url, LOG, { cluster: { name: randomUUID() } });
    if (!store.cluster) throw new Error("the store has no tables of nodes");
    return new FenceNode(store, store.cluster.self.id, random);
  }

  /** Ends the work in order. */
  async stop(): Promise<unknown> {
    this.#isStopping = true;
    return this.ended;
  }

  async #work(): Promise<void> {
    const lost = this.store.lost.then((error) => {
      throw error;
    });
    lost.catch(() => {});
    while (!this.#isStopping) {
      const said = this.#speak();
      const ids = said.flatMap((entry) =>
        entry.kind === "message-archived" ? [entry.message.stanzaId] : [],
      );
      this.inFlight = ids;
      // A node without its lease would wait for it.
      await Promise.race([this.store.commit(said), lost]);
      this.inFlight = [];
      this.acknowledged.push(...ids);
      this.commits += 1;
      if (this.#random.chance(0.2)) await delay(this.#random.below(5));
    }
  }

  /** Makes the entries of one commit: messages, and sometimes a room that comes or goes. */
  #speak(): JournalEntry[] {
    const entries: JournalEntry[] = [];
    const slots = [...this.slots];
    const count = slots.length === 0 ? 0 : 1 + this.#random.below(4);
    for (let number = 0; number < count; number++) {
      this.#said += 1;
      const stanzaId = `${this.id}-${this.#said}`;
      const jid = `${accountOf(this.id)}/fence`;
      entries.push(archived(roomOf(this.#random.of(slots)), message(this.#said, { stanzaId, jid })));
    }
    if (count === 0 || this.#random.chance(0.1)) entries.push(this.#comeOrGo());
    return entries;
  }

  #comeOrGo(): JournalEntry {
    const node = this.#temporary;
    this.#temporary = node === undefined ? `temporary${this.id}` : undefined;
    if (node !== undefined) return { kind: "room-removed", node };
    const config = { ...DEFAULT_ROOM_CONFIG, public: this.#random.chance(0.5) };
    const notes = new Map([["creator", "user@example.org"]]);
    return { kind: "room-stored", room: { ...room, node: `temporary${this.id}`, config, notes } };
  }
}

/** True if a commit was refused, or the lease was lost, as a buried node shall see it. */
export const isBuried = (error: unknown): boolean =>
  error instanceof StorageError && /is not registered/.test(error.message);
