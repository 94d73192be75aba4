// How much waits to be written, and whose it is: rooms that have too much of it take nothing more on.
import { fairShare } from "./fair-share.ts";
import { UserShares } from "./user-shares.ts";
import type { Weight } from "./weight.ts";

/** `crowded`: a room can let nobody in; `congested`: it can take nothing more on. */
export type Strain = "crowded" | "congested";

export interface BacklogHandlers {
  /** Nearly as much as the bound waits: the busiest rooms are crowded, until less than half of it waits. */
  crowded(): void;
  /** More than the bound waits: the busiest rooms are congested, until less than half of it waits. */
  congested(): void;
  relieved(): void;
  /** What waits takes more memory than it may: nothing more can be taken on, until a quarter of it is free. */
  full(): void;
  freed(): void;
}

/** Rooms are crowded from so much of the bound on: a rush of entries leaves room for what is said inside. */
const CROWDED = 7 / 8;
/** That and congestion end where so much of the bound waits. */
const RELIEF = 1 / 2;
/** The memory that may be taken, as a multiple of the bound, where no less is given; and what has to be left of it. */
const MEMORY = 2;
const FREED = 3 / 4;
/** The share of a room is found anew when so much of the bound has come or gone. */
const REVIEW = 1 / 64;

export const NO_HANDLERS: BacklogHandlers = {
  crowded() {},
  congested() {},
  relieved() {},
  full() {},
  freed() {},
};

/**
 * The account of what waits. Two bounds: one of what is to be written, beyond which the rooms with the most are
 * congested, and crowded shortly before; one of the memory that it takes, since copies of one text take little until
 * they are written.
 */
export class Backlog {
  readonly #bound: number;
  readonly #memory: number;
  readonly #handlers: BacklogHandlers;
  /** Bytes to be written, by room; the service itself has no node. */
  readonly #rooms = new Map<string, number>();
  readonly #users: UserShares;
  #written = 0;
  #held = 0;
  #strain: Strain | undefined;
  #isFull = false;
  /** The most that a room may have waiting while others have too much. */
  #share = 0;
  /** What has come and gone since the share was found. */
  #moved = Number.POSITIVE_INFINITY;

  /** `bound` in bytes as they will be written, `memory` in bytes that there are for it. */
  constructor(
    bound = Number.POSITIVE_INFINITY,
    handlers: BacklogHandlers = NO_HANDLERS,
    memory = Number.POSITIVE_INFINITY,
  ) {
    this.#bound = bound;
    this.#memory = Math.min(bound * MEMORY, memory);
    this.#handlers = handlers;
    this.#users = new UserShares(bound * REVIEW);
  }

  /** Bytes to be written. */
  get written(): number {
    return this.#written;
  }

  /** Bytes of memory, about. */
  get held(): number {
    return this.#held;
  }

  /** Rooms that have something to be written. */
  get rooms(): number {
    return this.#rooms.size;
  }

  /** Users who have brought about something that waits. */
  get users(): number {
    return this.#users.users;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** Something waits from now on, which a user's stanza has brought about (a bare JID), or nobody's. */
  add(node: string, { written, held }: Weight, user = ""): void {
    this.#count(node, written, held, user);
    if (this.#strain === undefined && this.#written > this.#bound * CROWDED) {
      this.#strain = "crowded";
      this.#moved = Number.POSITIVE_INFINITY;
      this.#handlers.crowded();
    }
    if (this.#strain === "crowded" && this.#written > this.#bound) {
      this.#strain = "congested";
      this.#handlers.congested();
    }
    if (!this.#isFull && this.#held > this.#memory) {
      this.#isFull = true;
      this.#handlers.full();
    }
  }

  /** Something of what waited, or the rest of it, does so no more. */
  remove(node: string, { written, held }: Weight, user = ""): void {
    this.#count(node, -written, -held, user);
    if (this.#strain && this.#written <= this.#bound * RELIEF) {
      this.#strain = undefined;
      this.#handlers.relieved();
    }
    if (this.#isFull && this.#held <= this.#memory * FREED) {
      this.#isFull = false;
      this.#handlers.freed();
    }
  }

  /**
   * The strain on a room, if it is one of those with which too much waits. Shares are fair: who has less than its
   * share leaves the rest to the others, so that a room with little is never congested by one with much. In a congested
   * room it is the same with users: it is but crowded for whoever has brought about less than its share.
   */
  strainOn(node: string, user = ""): Strain | undefined {
    if (!this.#strain) return undefined;
    if (this.#moved > this.#bound * REVIEW) {
      this.#share = fairShare([...this.#rooms.values()], this.#bound * RELIEF);
      this.#moved = 0;
    }
    if (this.writtenOf(node) <= this.#share) return undefined;
    if (this.#strain === "crowded" || this.#users.isOver(node, user, this.#share)) return this.#strain;
    return "crowded";
  }

  /** Bytes to be written of one room. */
  writtenOf(node: string): number {
    return this.#rooms.get(node) ?? 0;
  }

  /** The rooms with the most to be written, and how many bytes. */
  busiest(count: number): { room: string; bytes: number }[] {
    return [...this.#rooms]
      .sort(([, a], [, b]) => b - a)
      .slice(0, count)
      .map(([room, bytes]) => ({ room, bytes }));
  }

  #count(node: string, written: number, held: number, user: string): void {
    if (written !== 0) this.#users.count(node, user, written);
    this.#written += written;
    this.#held += held;
    this.#moved += Math.abs(written);
    const ofRoom = this.writtenOf(node) + written;
    if (ofRoom === 0) this.#rooms.delete(node);
    else this.#rooms.set(node, ofRoom);
  }
}
