import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SmallMap } from "../../../src/muc/model/small-map.ts";

type Table = Pick<Map<string, number>, "get" | "has" | "delete" | "clear"> & {
  set(key: string, value: number): unknown;
};
type Step = (map: Table) => unknown;

const key = fc.constantFrom("", "a", "b", "c");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(key, fc.nat()).map(
    ([k, value]): Step =>
      (map) =>
        void map.set(k, value),
  ),
  key.map(
    (k): Step =>
      (map) =>
        map.delete(k),
  ),
  key.map(
    (k): Step =>
      (map) => [map.get(k), map.has(k)],
  ),
  fc.constant((map: Table) => map.clear()),
);

describe("SmallMap", () => {
  it("behaves like a Map in random sequences of operations", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const small = new SmallMap<string, number>();
        const map = new Map<string, number>();
        for (const apply of steps) {
          expect(apply(small)).toEqual(apply(map));
          expect([...small]).toEqual([...map]);
          expect([small.size, ...small.keys(), ...small.values()]).toEqual([
            map.size,
            ...map.keys(),
            ...map.values(),
          ]);
        }
      }),
    );
  });
});
