import { SmallMap } from "./small-map.ts";

/** Counts what users do, so that nobody does it too often: at most so many times within an hour. In memory only. */
export class Tally {
  readonly #times = new SmallMap<string, number[]>();

  /** Whether `count` more would still be within the limit; `now` in milliseconds. */
  allows(key: string, count: number, limit: number, now: number): boolean {
    return this.#recent(key, now).length + count <= limit;
  }

  add(key: string, count: number, now: number): void {
    if (this.#times.size >= PRUNE_AT) this.#prune(now);
    const times = this.#recent(key, now);
    for (let n = 0; n < count; n++) times.push(now);
    this.#times.set(key, times);
  }

  #recent(key: string, now: number): number[] {
    return (this.#times.get(key) ?? []).filter((time) => time > now - HOUR);
  }

  #prune(now: number): void {
    for (const key of [...this.#times.keys()])
      if (this.#recent(key, now).length === 0) this.#times.delete(key);
  }
}

const HOUR = 3_600_000;
const PRUNE_AT = 1000;
