// Two that wait for each other, and what ends it.
import pino from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Intake } from "../../src/connection/intake.ts";

let done: string[];
let link: { taken: number; waiting: number };
let intake: Intake;

beforeEach(() => {
  vi.useFakeTimers();
  done = [];
  const acts = ["pause", "resume", "sip", "probe", "abandon"] as const;
  const deeds = Object.fromEntries(acts.map((act) => [act, () => void done.push(act)]));
  const fake = { taken: 0, waiting: 1000, ...(deeds as Record<(typeof acts)[number], () => void>) };
  link = fake;
  intake = new Intake(fake, pino({ level: "silent" }));
});
afterEach(() => {
  vi.useRealTimers();
});

describe("reading that is paused", () => {
  it("lets a little through every five seconds where the server takes nothing, and gives the link up after a minute", () => {
    intake.pause();
    vi.advanceTimersByTime(55_000);
    expect(done).toEqual(["pause", ...Array.from({ length: 11 }, () => "sip")]);
    vi.advanceTimersByTime(5_000);
    expect(done.at(-1)).toBe("abandon");
  });

  it("waits as long as it takes while the server reads, however slowly", () => {
    intake.pause();
    for (let seconds = 0; seconds < 600; seconds += 5) {
      link.taken += 1;
      vi.advanceTimersByTime(5_000);
    }
    expect(done).toEqual(["pause"]);
  });

  it("waits as long as it takes for the database: nothing waits for the server then, which is asked whether it is there", () => {
    link.waiting = 0;
    intake.pause();
    vi.advanceTimersByTime(600_000);
    expect(done).toEqual(["pause", ...Array.from({ length: 120 }, () => "probe")]);
  });

  it("goes on once, and tells how often and how long it was paused", () => {
    intake.pause();
    intake.pause();
    vi.advanceTimersByTime(3_000);
    intake.resume();
    intake.resume();
    vi.advanceTimersByTime(60_000);
    expect(done).toEqual(["pause", "resume"]);
    expect([intake.pauses, Math.round(intake.pausedMs)]).toEqual([1, 3_000]);
  });
});
