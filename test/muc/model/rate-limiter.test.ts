import { describe, expect, test } from "vitest";
import { RateLimiter } from "../../../src/muc/model/rate-limiter.ts";

const SPAN = 60_000;

describe("a rate limiter", () => {
  test("allows `limit` actions in a window that begins with the first one", () => {
    const limiter = new RateLimiter(SPAN);
    expect([
      limiter.take("hag", 2, 0),
      limiter.take("hag", 2, 59_999),
      limiter.take("hag", 2, 59_999),
    ]).toEqual([true, true, false]);
    expect(limiter.take("crone", 2, 59_999)).toBe(true);
    expect(limiter.take("hag", 2, SPAN)).toBe(true);
  });

  test("counts several actions at once, all or none", () => {
    const limiter = new RateLimiter(SPAN);
    expect(limiter.take("hag", 3, 0, 2)).toBe(true);
    expect(limiter.take("hag", 3, 0, 2)).toBe(false);
    expect(limiter.take("hag", 3, 0, 1)).toBe(true);
    expect(limiter.take("hag", 0, SPAN)).toBe(false);
  });

  test("takes an action back, unless its window has ended", () => {
    const limiter = new RateLimiter(SPAN);
    limiter.take("hag", 1, 0);
    limiter.giveBack("hag", 0, 1);
    limiter.giveBack("hag", 0, 1);
    expect([limiter.take("hag", 1, 1), limiter.take("hag", 1, 1)]).toEqual([true, false]);
    expect(limiter.take("hag", 1, SPAN)).toBe(true);
    limiter.giveBack("hag", 1, SPAN + 1);
    limiter.giveBack("stranger", 1, SPAN + 1);
    expect(limiter.take("hag", 1, SPAN + 1)).toBe(false);
  });

  test("drops windows that have ended and keeps the others", () => {
    const limiter = new RateLimiter(SPAN);
    for (let n = 0; n < 50_000; n += 1) limiter.take(`user${n}`, 1, n);
    expect(limiter.size).toBe(50_000);
    limiter.take("late", 1, SPAN + 25_000);
    expect(limiter.size).toBe(25_000);
  });

  test("limits the number of users and the length of their names, dropping the oldest windows", () => {
    const limiter = new RateLimiter(SPAN, 1_000);
    for (let n = 0; n < 5_000; n += 1) limiter.take(`user${n}`, 1, 0);
    expect(limiter.size).toBe(1_000);
    expect(limiter.take("user4999", 1, 0)).toBe(false);
    const long = new RateLimiter(SPAN);
    for (let n = 0; n < 5_000; n += 1) long.take(`${n}`.padEnd(2_000), 1, 0);
    expect(long.size).toBeLessThanOrEqual(2_001);
  });
});
