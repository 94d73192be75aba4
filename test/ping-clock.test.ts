import { expect, test } from "vitest";
import { Effects } from "../src/muc/model/effects.ts";
import { PingClock } from "../src/ping-clock.ts";

test("XEP-0045 18.1.2: nobody counts as gone whose answer could not come; after a long time everybody is asked anew", () => {
  const done: string[] = [];
  const state = { canAnswer: true, now: 0 };
  const clock = new PingClock({
    schedule: {
      step() {
        done.push("step");
        return new Effects();
      },
    },
    liveness: { askAllAgain: () => void done.push("askAllAgain") },
    canAnswer: () => state.canAnswer,
    elapsed: () => state.now,
  });
  const pass = (seconds: number, canAnswer: boolean): string[] => {
    state.canAnswer = canAnswer;
    for (let second = 0; second < seconds; second += 1) {
      clock.step();
      state.now += 1000;
    }
    return done.splice(0);
  };
  expect(pass(2, true)).toEqual(["step", "step"]);
  expect(pass(30, false)).toEqual([]);
  expect(pass(1, true)).toEqual(["step"]);
  expect(pass(60, false)).toEqual([]);
  expect(pass(2, true)).toEqual(["askAllAgain", "step", "step"]);
});
