// Limits on what readers of the pages do at once and within a minute: a crawler must not slow the rooms.
import { isIPv6 } from "node:net";
import { TokenBuckets } from "../muc/model/token-bucket.ts";

/** Requests of one address: enough for somebody who reads, and for a patient crawler. */
const PAGES = { perMinute: 120, burst: 60 };
/** Searches of one address, and of all. */
const SEARCHES = { perMinute: 10, burst: 5 };
const ALL_SEARCHES = { perMinute: 120, burst: 20 };

/** Pages that wait for their turn; one is made at a time. */
const MOST_WAITING = 30;

/** Returns the part of an address that one reader has: all addresses of a network (/64) of IPv6 are one reader's. */
export function readerOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [before = "", after] = address.split("::");
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  const groups =
    after === undefined
      ? head
      : [...head, ...Array(Math.max(0, 8 - head.length - tail.length)).fill("0"), ...tail];
  return groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ""))
    .join(":");
}

export class VisitorLimits {
  readonly #pages = new TokenBuckets();
  readonly #searches = new TokenBuckets();
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** Pages that are being made or wait. */
  get active(): number {
    return this.#waiting;
  }

  /** Returns the seconds after which a reader may ask again; 0 if it may now. `now`: milliseconds of a monotonic clock. */
  wait(address: string, isSearch: boolean, now: number): number {
    const reader = readerOf(address);
    const waits = [
      this.#pages.wait(reader, PAGES, now),
      isSearch ? this.#searches.wait(reader, SEARCHES, now) : 0,
      isSearch ? this.#searches.wait("", ALL_SEARCHES, now) : 0,
    ];
    const wait = Math.max(...waits);
    if (wait > 0) return Math.ceil(wait / 1000);
    this.#pages.take(reader, PAGES, now);
    if (isSearch) {
      this.#searches.take(reader, SEARCHES, now);
      this.#searches.take("", ALL_SEARCHES, now);
    }
    return 0;
  }

  /** Makes one page after the other. Returns undefined if too many wait. */
  inTurn<T>(make: () => Promise<T>): Promise<T> | undefined {
    if (this.#waiting >= MOST_WAITING) return undefined;
    this.#waiting += 1;
    const made = this.#last.then(make);
    this.#last = made.then(
      () => this.#end(),
      () => this.#end(),
    );
    return made;
  }

  #end(): void {
    this.#waiting -= 1;
  }
}
