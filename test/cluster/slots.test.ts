import { describe, expect, it } from "vitest";
import { heirOf, SLOTS, slotOf } from "../../src/cluster/slots.ts";

const named = (count: number) => Array.from({ length: count }, (_, number) => ({ name: `n${number + 1}` }));
const heirsAmong = (nodes: readonly { readonly name: string }[]) =>
  Array.from({ length: SLOTS }, (_, slot) => heirOf(slot, nodes)?.name);

describe("the slot of a room", () => {
  // Nodes of different versions must agree: these values never change.
  it.each([
    ["hall", 160],
    ["garden", 210],
    ["", 11],
    ["żółw", 74],
    ["a".repeat(1023), 220],
  ])("is the same for all versions: %s", (node, slot) => {
    expect(slotOf(node)).toBe(slot);
  });

  it("is one of all slots, each about as often, also for names that differ little", () => {
    const counts = new Array<number>(SLOTS).fill(0);
    for (let room = 0; room < 100 * SLOTS; room += 1) (counts[slotOf(`room${room}`)] as number) += 1;
    expect(Math.min(...counts)).toBeGreaterThan(60);
    expect(Math.max(...counts)).toBeLessThan(150);
  });
});

describe("the heir of a slot", () => {
  it("is the same for all versions", () => {
    const heirs = heirsAmong(named(3)).slice(0, 16).join(" ");
    expect(heirs).toBe("n2 n2 n2 n2 n2 n1 n3 n2 n1 n2 n1 n3 n1 n1 n1 n3");
  });

  it("does not depend on the order of the nodes", () => {
    expect(heirsAmong(named(9).toReversed())).toEqual(heirsAmong(named(9)));
  });

  it("is nobody without nodes", () => {
    expect(heirOf(0, [])).toBeUndefined();
  });

  it("spreads slots over the nodes", () => {
    const heirs = heirsAmong(named(10));
    for (const { name } of named(10)) {
      const share = heirs.filter((heir) => heir === name).length;
      expect(share).toBeGreaterThan(12);
      expect(share).toBeLessThan(40);
    }
  });

  it("changes only for the slots of a node that is lost, and they go to many", () => {
    const before = heirsAmong(named(10));
    const after = heirsAmong(named(10).filter(({ name }) => name !== "n4"));
    const moved = before.flatMap((heir, slot) => (heir === after[slot] ? [] : [slot]));
    expect(moved).toEqual(before.flatMap((heir, slot) => (heir === "n4" ? [slot] : [])));
    expect(new Set(moved.map((slot) => after[slot])).size).toBeGreaterThan(5);
  });
});
