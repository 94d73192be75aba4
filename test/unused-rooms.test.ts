import { beforeEach, describe, expect, it } from "vitest";
import { destroyUnused } from "../src/muc/administration/unused-room.ts";
import { UnusedRooms } from "../src/unused-rooms.ts";
import { OperationHarness, ROOM } from "./operations/harness.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const DAY = 86_400_000;

let now: number;
let service: OperationHarness;
beforeEach(async () => {
  now = Date.UTC(2026, 0, 1, 12);
  service = new OperationHarness({ environment: { now: () => now } });
  for (const node of ["castle", "coven", "heath"])
    await service.enter(OWNER, "firstwitch", `${node}@chat.example`);
  for (const node of ["castle", "heath"])
    await service.send(OWNER, `<presence type="unavailable" to="${node}@chat.example/firstwitch"/>`);
});

const unusedRooms = (days: number, kept: readonly string[] = []) =>
  new UnusedRooms({
    service: service.live,
    days: () => days,
    isKept: (node) => kept.includes(node),
    failed: (error) => {
      throw error;
    },
  });
const nodes = () => service.store.nodes(undefined, 999);

describe("rooms.unusedDays", () => {
  it("destroys rooms that were empty for so long, with an act of the rule, and no others", async () => {
    now += 5 * DAY;
    const unused = unusedRooms(5, ["castle"]);
    await unused.step();
    expect(nodes()).toEqual(["castle", "coven", "heath"]);
    now += DAY;
    await unused.step();
    expect(nodes()).toEqual(["castle", "coven"]);
    expect(service.store.readActs({ node: "heath", max: 1 })).toMatchObject([
      { kind: "room-destroyed", rule: "unused" },
    ]);
    expect(service.registry.get("coven")?.occupants.size).toBe(1);
    await service.expectKept();
  });

  it("decides again in the room: one with occupants, or used since, stays", async () => {
    const rule = { lastUse: 0, since: now - DAY, by: undefined };
    for (const node of ["coven", "heath"])
      expect(await service.live.inRoom(node, (room) => destroyUnused(room, rule))).toMatchObject({
        error: { condition: "not-allowed" },
      });
    expect(nodes()).toHaveLength(3);
  });

  it("does nothing by default", async () => {
    now += 10_000 * DAY;
    await unusedRooms(0).step();
    expect(nodes()).toHaveLength(3);
  });

  it("counts from the first look where nothing tells of the last use", async () => {
    const room = service.registry.get("heath");
    if (!room) return expect.fail();
    await service.result("room.destroy", { room: "heath" });
    const notes = new Map([...room.notes].filter(([name]) => name !== "last-use"));
    service.store.commit([{ kind: "room-stored", room: { ...room.record(), node: "old", notes } }]);
    const unused = unusedRooms(5, ["castle"]);
    now += 6 * DAY;
    await unused.step();
    expect(nodes()).toContain("old");
    now += 5 * DAY;
    await unused.step();
    expect(nodes()).toContain("old");
    now += DAY;
    await unused.step();
    expect(nodes()).toEqual(["castle", "coven"]);
  });

  it("goes through many rooms in steps, and leaves rooms of other processes alone", async () => {
    const room = service.registry.get("heath")?.record();
    if (!room) return expect.fail();
    for (let number = 0; number < 150; number += 1)
      service.store.commit([
        { kind: "room-stored", room: { ...room, node: `x${String(number).padStart(3, "0")}` } },
      ]);
    service.registry.isFrozen = (node) => node === "x149";
    now += 6 * DAY;
    const unused = unusedRooms(5);
    const soon = await unused.step();
    expect(nodes().length).toBeGreaterThan(50);
    expect(await unused.step()).toBeGreaterThan(soon);
    expect(nodes()).toEqual(["coven", "x149"]);
    expect(await service.result("room.show", { room: ROOM })).toMatchObject({ locked: false });
  });
});
