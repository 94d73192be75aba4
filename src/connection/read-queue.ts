// Limits concurrent reads from the store, and how many may wait.
import { errors } from "../xmpp/stanza-error.ts";
import { say } from "../xmpp/text.ts";

/** Concurrent reads. */
const AT_ONCE = 4;
/** Requests of one account, waiting or running. A returning client queries the archive of each of its rooms. */
const OF_ACCOUNT = 300;
/** Bytes of those requests. */
const OF_ACCOUNT_BYTES = 1_048_576;
/** Requests of all accounts. Above half of it, each account may have only `FEW`. */
const OF_ALL = 10_000;
const FEW = 10;

/** The error for a request beyond the limits (RFC 6120 section 8.3.3.18). */
export const TOO_MANY_READS = errors.resourceConstraint(
  say`Too many of your requests are waiting. Try again when they are answered`,
);

/** A request that is answered from the store. */
export interface ReadRequest {
  /** Bare JID of the requester. */
  readonly account: string;
  /** Bytes of the request. */
  readonly size: number;
}

interface Read {
  readonly request: ReadRequest;
  /** Node of the room; empty for the service. */
  readonly node: string;
  /** Starts the read. `done` is called once its answer is written. */
  readonly start: (done: () => void) => void;
}

interface Account {
  count: number;
  bytes: number;
  isBusy: boolean;
  /** Rooms in which its reads wait. */
  readonly nodes: Set<string>;
}

interface RoomReads {
  isBusy: boolean;
  /** Reads by account, in the order of turns. */
  readonly waiting: Map<string, Read[]>;
}

/**
 * Runs one read at a time for each account and each room; the next one starts when the answer is written. Accounts take
 * turns in a room, so that one with many requests does not delay the others. The service itself, whose node is empty, may
 * run reads of several accounts at a time.
 */
export class ReadQueue {
  readonly #accounts = new Map<string, Account>();
  readonly #rooms = new Map<string, RoomReads>();
  /** Reads whose account and room are free. */
  readonly #ready: Read[] = [];
  #underWay = 0;
  #count = 0;

  /** Number of requests, waiting or running. */
  get size(): number {
    return this.#count;
  }

  /** Returns true if reads of a room wait or run. */
  isReading(isMeant: (node: string) => boolean): boolean {
    return [...this.#rooms.keys()].some(isMeant);
  }

  /** Counts a request until its answer is written; returns false if it is beyond the limits. */
  admit({ account, size }: ReadRequest): boolean {
    const { count = 0, bytes = 0 } = this.#accounts.get(account) ?? {};
    if (this.#count >= OF_ALL) return false;
    if (count >= (this.#count < OF_ALL / 2 ? OF_ACCOUNT : FEW)) return false;
    if (count > 0 && bytes + size > OF_ACCOUNT_BYTES) return false;
    const entry = this.#accounts.get(account) ?? { count, bytes, isBusy: false, nodes: new Set() };
    entry.count += 1;
    entry.bytes += size;
    this.#accounts.set(account, entry);
    this.#count += 1;
    return true;
  }

  /** Starts the read of an admitted request when its turn comes. */
  add(request: ReadRequest, node: string, start: Read["start"]): void {
    const room = this.#rooms.get(node) ?? { isBusy: false, waiting: new Map() };
    this.#rooms.set(node, room);
    const queue = room.waiting.get(request.account);
    const read = { request, node, start };
    if (queue) queue.push(read);
    else room.waiting.set(request.account, [read]);
    this.#accounts.get(request.account)?.nodes.add(node);
    this.#choose(node);
    this.#startReady();
  }

  /** Makes the next read of a room ready, of the first account without one; returns whether there is one. */
  #choose(node: string): boolean {
    const room = this.#rooms.get(node);
    if (!room || room.isBusy) return false;
    for (const [name, queue] of room.waiting) {
      const account = this.#accounts.get(name);
      const read = queue[0];
      if (!account || account.isBusy || !read) continue;
      queue.shift();
      if (queue.length === 0) {
        room.waiting.delete(name);
        account.nodes.delete(node);
      }
      account.isBusy = true;
      room.isBusy = node !== "";
      this.#ready.push(read);
      return true;
    }
    return false;
  }

  #startReady(): void {
    while (this.#underWay < AT_ONCE) {
      const read = this.#ready.shift();
      if (!read) return;
      this.#underWay += 1;
      let isDone = false;
      read.start(() => {
        if (!isDone) this.#end(read);
        isDone = true;
      });
    }
  }

  #end({ request, node }: Read): void {
    this.#underWay -= 1;
    this.#count -= 1;
    const account = this.#accounts.get(request.account);
    const room = this.#rooms.get(node);
    if (account) {
      account.isBusy = false;
      account.count -= 1;
      account.bytes -= request.size;
      if (account.count === 0) this.#accounts.delete(request.account);
    }
    if (room) {
      room.isBusy = false;
      const rest = room.waiting.get(request.account);
      if (rest) {
        room.waiting.delete(request.account);
        room.waiting.set(request.account, rest);
      }
      if (room.waiting.size === 0) this.#rooms.delete(node);
    }
    this.#choose(node);
    for (const other of account?.nodes ?? []) if (this.#choose(other)) break;
    this.#startReady();
  }
}
