import { expect, it } from "vitest";
import { FaultLog } from "../src/fault-log.ts";

it("faults that come again with every stanza have a line in a minute for each kind, with how many were left out", () => {
  const lines: unknown[] = [];
  let now = 0;
  const error = (facts: object, text: string) => void lines.push([text, facts]);
  const faults = new FaultLog({ error } as ConstructorParameters<typeof FaultLog>[0], () => now);
  for (const at of [0, 1, 59_999, 60_000, 60_001, 130_000, 300_000]) {
    now = at;
    faults.note({ at }, "one");
    if (at < 2) faults.note({ at }, "other");
  }
  expect(lines).toEqual([
    ["one", { at: 0 }],
    ["other", { at: 0 }],
    ["one", { at: 60_000, leftOut: 2 }],
    ["one", { at: 130_000, leftOut: 1 }],
    ["one", { at: 300_000 }],
  ]);
});

it("faults with another message are of another kind, so that one room does not hide another's", () => {
  const lines: unknown[] = [];
  const error = (facts: object) => void lines.push(facts);
  const faults = new FaultLog({ error } as ConstructorParameters<typeof FaultLog>[0], () => 0);
  const [one, other] = [new Error("the room coven is damaged"), new Error("the room heath is damaged")];
  for (const err of [one, other, one, other]) faults.note({ err }, "failed to load a room");
  expect(lines).toEqual([{ err: one }, { err: other }]);
});
