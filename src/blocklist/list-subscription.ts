// The subscription to one blocklist: subscribes, fetches all items, and follows notifications.
import type { Logger } from "pino";
import type { ListAddress } from "../config/list-address.ts";
import type { Element } from "../xmpp/element.ts";
import {
  itemsRequest,
  type ListChange,
  readItems,
  subscriptionIn,
  subscriptionRequest,
} from "./list-items.ts";
import type { StoredList } from "./stored-list.ts";

/** Sends a request from the service's own address; resolves with the answer, or undefined without one. */
export type Ask = (type: "get" | "set", to: string, payload: string) => Promise<Element | undefined>;

/** Time from one complete reading of the list to the next. */
const READ_EVERY_MS = 6 * 3_600_000;
/** Time until a failed reading is repeated; doubled with each failure. */
const RETRY_MS = 30_000;
const LONGEST_RETRY_MS = 3_600_000;
/** Maximum number of pages: more than the longest list has. */
const MOST_PAGES = 10_000;

interface SubscriptionParts {
  readonly address: ListAddress;
  readonly list: StoredList;
  /** The address that subscribes. */
  readonly domain: string;
  readonly ask: Ask;
  readonly log: Logger;
  /** Milliseconds of a monotonic clock. */
  elapsed(): number;
}

/** What notifications have told while the list is being read. */
interface Reading {
  readonly seen: Set<string>;
  readonly removed: Set<string>;
}

export class ListSubscription {
  readonly #parts: SubscriptionParts;
  #dueAt = 0;
  #failures = 0;
  #reading: Reading | undefined;
  #isEnded = false;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
  }

  /** Failures to read the list since it was read last. */
  get failures(): number {
    return this.#failures;
  }

  /** Reads the whole list again at the next `pass`: notifications may have been lost. */
  expire(): void {
    this.#dueAt = 0;
  }

  /** Stops the reading that is under way. */
  end(): void {
    this.#isEnded = true;
  }

  /** Subscribes and reads the list, if it is time. Resolves with true if it has read it. Never rejects. */
  async pass(): Promise<boolean> {
    const { elapsed, log, list } = this.#parts;
    if (this.#reading || elapsed() < this.#dueAt) return false;
    const reading: Reading = { seen: new Set(), removed: new Set() };
    this.#reading = reading;
    this.#dueAt = Number.POSITIVE_INFINITY;
    const fault = await this.#read(reading).catch((error: unknown) => error);
    this.#reading = undefined;
    if (this.#isEnded) return false;
    if (fault !== undefined) {
      const wait = Math.min(RETRY_MS * 2 ** this.#failures, LONGEST_RETRY_MS);
      this.#failures += 1;
      this.#dueAt = Math.min(this.#dueAt, elapsed() + wait);
      log.warn(
        { list: list.name, err: fault, hashes: list.size },
        "cannot read a blocklist; its last state applies",
      );
      return false;
    }
    this.#failures = 0;
    this.#dueAt = Math.min(this.#dueAt, elapsed() + READ_EVERY_MS);
    log.info({ list: list.name, hashes: list.size }, "read a blocklist");
    return true;
  }

  /** Reads the list into the store; resolves with the fault, if there is one. */
  async #read(reading: Reading): Promise<Error | undefined> {
    const { address, ask, domain, list } = this.#parts;
    const { service, node } = address;
    // First, so that no change is missed between the items and the subscription.
    const subscribed = await ask("set", service, subscriptionRequest("subscribe", node, domain));
    const problem = problemOf(subscribed, "subscribe");
    if (problem) return problem;
    const state = subscribed && subscriptionIn(subscribed);
    if (state !== undefined && state !== "subscribed") return new Error(`the subscription is ${state}`);
    let after: string | undefined;
    for (let pages = 0; pages < MOST_PAGES && !this.#isEnded; pages++) {
      const answer = await ask("get", service, itemsRequest(node, after));
      const fault = problemOf(answer, "read");
      if (fault) return fault;
      const page = answer && readItems(answer, node);
      if (!page) return new Error("the answer has no items");
      const fresh = page.hashes.filter((hash) => !reading.seen.has(hash) && !reading.removed.has(hash));
      for (const hash of fresh) reading.seen.add(hash);
      this.#noteExcess(await list.change(fresh, []));
      // A service that does not know pages sends the same again.
      const isLast = page.last === undefined || page.last === after || fresh.length === 0;
      if (isLast) break;
      after = page.last;
    }
    if (this.#isEnded) return undefined;
    await list.change(
      [],
      [...list.all()].filter((hash) => !reading.seen.has(hash)),
    );
    return undefined;
  }

  /** Makes a change of which the service has told. Rejects with `StorageError`. */
  async follow(change: ListChange): Promise<void> {
    const { list } = this.#parts;
    const reading = this.#reading;
    if (change.kind === "cleared") {
      // What is being read may be older or newer.
      if (reading) this.expire();
      await list.change([], [...list.all()]);
      return;
    }
    for (const hash of change.added) {
      reading?.seen.add(hash);
      reading?.removed.delete(hash);
    }
    for (const hash of change.removed) {
      reading?.seen.delete(hash);
      reading?.removed.add(hash);
    }
    this.#noteExcess(await list.change(change.added, change.removed));
  }

  /** Ends the subscription at the service. The answer does not matter. */
  unsubscribe(): void {
    const { address, ask, domain } = this.#parts;
    void ask("set", address.service, subscriptionRequest("unsubscribe", address.node, domain));
  }

  #noteExcess(count: number): void {
    const { log, list } = this.#parts;
    if (count > 0) log.warn({ list: list.name, ignored: count }, "a blocklist is too long");
  }
}

function problemOf(answer: Element | undefined, act: string): Error | undefined {
  if (answer?.attrs.type === "result") return undefined;
  const condition = answer?.getChild("error")?.getChildElements()[0]?.getName();
  return new Error(`cannot ${act}: ${answer ? `the service refuses (${condition})` : "no answer"}`);
}
