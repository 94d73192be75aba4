// Output backlog by room and user: while it is too large, the busiest rooms refuse stanzas.
import { fairShare } from "./fair-share.ts";
import type { OutputSize } from "./output-size.ts";
import { UserBacklogs } from "./user-backlogs.ts";

/** Kinds of stanza that a busy room refuses: joins only, or everything that adds output. */
export type Shedding = "joins" | "all";

export interface BacklogHandlers {
  /** The backlog is at 7/8 of the bound: the busiest rooms refuse joins until it falls to half of the bound. */
  sheddingJoins(): void;
  /** The backlog is over the bound: the busiest rooms refuse everything until it falls to half of the bound. */
  sheddingAll(): void;
  recovered(): void;
  /** The backlog takes more memory than it may: nothing is read until a quarter of that is free. */
  memoryFull(): void;
  memoryFreed(): void;
}

/** The share of the bound at which joins are refused, so that a rush of joins leaves space for messages. */
const SHED_JOINS = 7 / 8;
/** Share of the bound at which refusals end. */
const RECOVERY = 1 / 2;
/** Maximum memory, as a multiple of the bound, and the share of it at which reading resumes. */
const MEMORY = 2;
const FREED = 3 / 4;
/** Change, as a share of the bound, after which fair shares are computed again. */
const REVIEW = 1 / 64;

export const NO_BACKLOG_HANDLERS: BacklogHandlers = {
  sheddingJoins() {},
  sheddingAll() {},
  recovered() {},
  memoryFull() {},
  memoryFreed() {},
};

/**
 * Accounts for output that waits to be written. It has two bounds: bytes on the wire, near which the busiest rooms
 * refuse stanzas, and bytes of memory, at which reading stops. They differ because copies of one text share memory.
 */
export class Backlog {
  readonly #bound: number;
  readonly #memoryBound: number;
  readonly #handlers: BacklogHandlers;
  /** Bytes on the wire, by room; the node of the service itself is empty. */
  readonly #rooms = new Map<string, number>();
  readonly #users: UserBacklogs;
  #wireBytes = 0;
  #memoryBytes = 0;
  #shedding: Shedding | undefined;
  #isFull = false;
  /** The fair share of one room in bytes. */
  #share = 0;
  /** Bytes added and removed since the share was computed. */
  #changed = Number.POSITIVE_INFINITY;

  /** `bound` in bytes on the wire, `memory` in bytes. */
  constructor(
    bound = Number.POSITIVE_INFINITY,
    handlers: BacklogHandlers = NO_BACKLOG_HANDLERS,
    memory = Number.POSITIVE_INFINITY,
  ) {
    this.#bound = bound;
    this.#memoryBound = Math.min(bound * MEMORY, memory);
    this.#handlers = handlers;
    this.#users = new UserBacklogs(bound * REVIEW);
  }

  /** Bytes that wait to be written. */
  get wireBytes(): number {
    return this.#wireBytes;
  }

  /** Estimated bytes of memory. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** Number of rooms with output that waits. */
  get rooms(): number {
    return this.#rooms.size;
  }

  /** Number of users who caused output that waits. */
  get users(): number {
    return this.#users.users;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Adds output that waits; `user` is the bare JID that caused it, empty for nobody. */
  add(node: string, { wire: written, memory: held }: OutputSize, user = ""): void {
    this.#count(node, written, held, user);
    if (this.#shedding === undefined && this.#wireBytes > this.#bound * SHED_JOINS) {
      this.#shedding = "joins";
      this.#changed = Number.POSITIVE_INFINITY;
      this.#handlers.sheddingJoins();
    }
    if (this.#shedding === "joins" && this.#wireBytes > this.#bound) {
      this.#shedding = "all";
      this.#handlers.sheddingAll();
    }
    if (!this.#isFull && this.#memoryBytes > this.#memoryBound) {
      this.#isFull = true;
      this.#handlers.memoryFull();
    }
  }

  /** Removes output that was written or dropped. */
  remove(node: string, { wire: written, memory: held }: OutputSize, user = ""): void {
    this.#count(node, -written, -held, user);
    if (this.#shedding && this.#wireBytes <= this.#bound * RECOVERY) {
      this.#shedding = undefined;
      this.#handlers.recovered();
    }
    if (this.#isFull && this.#memoryBytes <= this.#memoryBound * FREED) {
      this.#isFull = false;
      this.#handlers.memoryFreed();
    }
  }

  /**
   * Returns the kinds of stanza that a room refuses from a user, if the room is above its fair share while the backlog
   * is too large. Shares are max-min fair, among rooms and among the users of a room: a quiet room never refuses
   * anything because of a busy one, and users below their share are refused joins only.
   */
  sheddingFor(node: string, user = ""): Shedding | undefined {
    if (!this.#shedding) return undefined;
    if (this.#changed > this.#bound * REVIEW) {
      this.#share = fairShare([...this.#rooms.values()], this.#bound * RECOVERY);
      this.#changed = 0;
    }
    if (this.wireBytesOf(node) <= this.#share) return undefined;
    if (this.#shedding === "joins" || this.#users.isOver(node, user, this.#share)) return this.#shedding;
    return "joins";
  }

  /** Bytes of one room that wait to be written. */
  wireBytesOf(node: string): number {
    return this.#rooms.get(node) ?? 0;
  }

  /** The rooms with the largest backlog. */
  busiest(count: number): { room: string; bytes: number }[] {
    return [...this.#rooms]
      .sort(([, a], [, b]) => b - a)
      .slice(0, count)
      .map(([room, bytes]) => ({ room, bytes }));
  }

  #count(node: string, written: number, held: number, user: string): void {
    this.#memoryBytes += held;
    if (written === 0) return;
    this.#users.count(node, user, written);
    this.#wireBytes += written;
    this.#changed += Math.abs(written);
    const ofRoom = this.wireBytesOf(node) + written;
    if (ofRoom === 0) this.#rooms.delete(node);
    else this.#rooms.set(node, ofRoom);
  }
}
