import { describe, expect, it } from "vitest";
import { backoffDelay } from "../src/backoff.ts";

const options = { firstDelay: 100, longestDelay: 1_000 };

describe("the delay before the next attempt", () => {
  it("doubles with each failure up to the longest, also after any number of them", () => {
    const delays = [1, 2, 3, 4, 5, 5_000].map((failures) => backoffDelay(failures, options, () => 1));
    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it("leaves out a random half at most", () => {
    expect(backoffDelay(3, options, () => 0)).toBe(200);
    expect(backoffDelay(3, options, () => 0.5)).toBe(300);
  });
});
