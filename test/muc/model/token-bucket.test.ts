import { describe, expect, test } from "vitest";
import { TokenBuckets } from "../../../src/muc/model/token-bucket.ts";

const RATE = { perMinute: 6, burst: 3 };

/** Takes a token if there is one; returns the milliseconds to wait for it otherwise. */
function act(buckets: TokenBuckets, now: number, key = "hag", count = 1): number {
  const wait = buckets.wait(key, RATE, now, count);
  if (wait === 0) buckets.take(key, RATE, now, count);
  return wait;
}

describe("a token bucket", () => {
  test("allows a burst, then one act each time a token has come back", () => {
    const buckets = new TokenBuckets();
    expect([0, 0, 0, 0].map((now) => act(buckets, now))).toEqual([0, 0, 0, 10_000]);
    expect(act(buckets, 9_999)).toBe(1);
    expect(act(buckets, 10_000)).toBe(0);
    expect(act(buckets, 10_000)).toBe(10_000);
  });

  test("is full again after a rest, and never fuller", () => {
    const buckets = new TokenBuckets();
    for (const now of [0, 0, 0]) act(buckets, now);
    expect([1, 2, 3, 4].map(() => act(buckets, 600_000))).toEqual([0, 0, 0, 10_000]);
  });

  test("takes several tokens at once, or says when there will be as many", () => {
    const buckets = new TokenBuckets();
    expect(act(buckets, 0, "hag", 2)).toBe(0);
    expect(act(buckets, 0, "hag", 3)).toBe(20_000);
    expect(act(buckets, 0, "hag", 1)).toBe(0);
  });

  test("is apart from those of other keys", () => {
    const buckets = new TokenBuckets();
    for (const now of [0, 0, 0]) act(buckets, now);
    expect(act(buckets, 0, "crone")).toBe(0);
    buckets.drop("hag");
    expect(act(buckets, 0)).toBe(0);
  });

  test("is forgotten when it is full, and when there are too many or too long keys", () => {
    const buckets = new TokenBuckets(1_000);
    for (let n = 0; n < 500; n += 1) act(buckets, 0, `user${n}`);
    expect(buckets.size).toBe(500);
    act(buckets, 10_000, "late");
    expect(buckets.size).toBe(1);
    for (let n = 0; n < 5_000; n += 1) act(buckets, 20_000, `user${n}`);
    expect(buckets.size).toBe(1_000);
    const long = new TokenBuckets();
    for (let n = 0; n < 5_000; n += 1) act(long, 0, `${n}`.padEnd(2_000));
    expect(long.size).toBeLessThanOrEqual(2_000);
  });
});
