import { setImmediate as immediate } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { Semaphore } from "../../src/storage/semaphore.ts";

it("a semaphore admits a number of actions at a time, in order, and rejects those that wait for too long", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const semaphore = new Semaphore(2, 1_000);
  const ends: (() => void)[] = [];
  const done: string[] = [];
  const run = (name: string) =>
    semaphore
      .run(
        () => new Promise<void>((resolve) => ends.push(resolve)),
        () => new Error("too late"),
      )
      .then(
        () => done.push(name),
        (error) => done.push(`${name}: ${error.message}`),
      );
  for (const name of ["a", "b", "c", "d"]) void run(name);
  expect(ends).toHaveLength(2);
  ends[0]?.();
  await immediate();
  expect(ends).toHaveLength(3);
  vi.advanceTimersByTime(1_000);
  await immediate();
  expect(done).toEqual(["a", "d: too late"]);
  ends[1]?.();
  ends[2]?.();
  await immediate();
  void run("e");
  void run("f");
  expect(ends).toHaveLength(5);
  expect(done).toEqual(["a", "d: too late", "b", "c"]);
  vi.useRealTimers();
});
