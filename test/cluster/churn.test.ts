// Nodes that come and go behind an ejabberd cluster, in short (docs/architecture.md, "Tests").
import { describe, expect, test } from "vitest";
import { churn } from "./churn/churn.ts";
import { OrderCheck } from "./churn/order-check.ts";

test("users of two ejabberd nodes notice pauses only, whatever happens to the nodes", async () => {
  const report = await churn({
    ...{ nodes: 2, rooms: 12, perSecond: 100, perSecondBusy: 200, calmMs: 500 },
    acts: ["stop", "kill", "hang"],
  });
  expect(report.findings).toEqual([]);
  expect(report.steps).toHaveLength(6);
  expect(report.heard).toBeGreaterThan(report.said);
}, 300_000);

describe("the check of what users hear", () => {
  const said = (number: number) => ({ room: "hall", sender: "romeo", number });
  function checkOf(heard: readonly number[], refused: readonly number[] = []): OrderCheck {
    const check = new OrderCheck();
    for (const _ of [1, 2, 3]) check.send("hall", "romeo");
    for (const number of refused) check.refuse(said(number));
    for (const number of heard) check.hear("juliet", said(number));
    return check;
  }

  test.each([
    ["twice", [1, 2, 2]],
    ["behind 3", [1, 3, 2]],
  ])("finds a message that is heard %s", (what, heard) => {
    expect(checkOf(heard).findings).toEqual([`juliet heard hall romeo 2 ${what}`]);
  });

  test("counts messages that were neither heard nor refused", () => {
    expect(checkOf([1, 2, 3]).takeLost(["juliet"])).toBe(0);
    expect(checkOf([1, 3]).takeLost(["juliet"])).toBe(1);
    expect(checkOf([1, 3], [2]).takeLost(["juliet"])).toBe(0);
    expect(checkOf([]).takeLost(["juliet"])).toBe(3);
  });

  test("knows when everything is heard or refused", () => {
    expect(checkOf([1, 2, 3]).isCaughtUp(["juliet"])).toBe(true);
    expect(checkOf([1, 2]).isCaughtUp(["juliet"])).toBe(false);
    expect(checkOf([1, 2], [3]).isCaughtUp(["juliet"])).toBe(true);
    expect(checkOf([1, 2, 3]).isCaughtUp(["juliet", "nurse"])).toBe(false);
  });
});
