import pino from "pino";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ReadBackpressure } from "../../src/connection/read-backpressure.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("reading that is paused goes on once, and tells how often and how long it was paused", () => {
  const done: string[] = [];
  const link = { pause: () => void done.push("pause"), resume: () => void done.push("resume") };
  const intake = new ReadBackpressure(link, pino({ level: "silent" }));
  intake.pause();
  intake.pause();
  vi.advanceTimersByTime(3_000);
  intake.resume();
  intake.resume();
  vi.advanceTimersByTime(60_000);
  expect(done).toEqual(["pause", "resume"]);
  expect([intake.pauses, Math.round(intake.pausedMs)]).toEqual([1, 3_000]);
});
