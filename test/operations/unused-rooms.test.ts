import { beforeEach, describe, expect, it, test } from "vitest";
import { OperationHarness, ROOM } from "./harness.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const HEATH = "heath@chat.example";
const MOOR = "moor@chat.example";
const DAY = 86_400_000;

let now: number;
let service: OperationHarness;
/** The coven is in use; the heath was until the first of January; nobody ever entered the moor. */
beforeEach(async () => {
  now = Date.UTC(2026, 0, 1, 12);
  service = new OperationHarness({ environment: { now: () => now } });
  for (const room of [ROOM, HEATH]) await service.enter(OWNER, "firstwitch", room);
  await service.result("room.create", { room: "moor", owners: ["macbeth@x.example"] });
  await service.send(OWNER, `<presence type="unavailable" to="${HEATH}/firstwitch"/>`);
  now += 10 * DAY;
});

const namesOf = (result: unknown): string[] =>
  (Object(result).rooms as { room: string }[]).map(({ room }) => room);

describe("rooms.unused", () => {
  it("lists rooms that have been empty for so many days, with the day", async () => {
    const result = await service.result("rooms.unused", { days: 9 });
    expect(result).toMatchObject({
      rooms: [
        { room: HEATH, lastUsed: "2026-01-01", occupants: 0 },
        { room: MOOR, lastUsed: "2026-01-01" },
      ],
    });
    expect(namesOf(await service.result("rooms.unused", { days: 11 }))).toEqual([]);
  });

  it("goes on page by page", async () => {
    expect(await service.result("rooms.unused", { days: 9, max: 1 })).toMatchObject({
      rooms: [{ room: HEATH }],
      next: HEATH,
    });
    expect(namesOf(await service.result("rooms.unused", { days: 9, max: 1, after: HEATH }))).toEqual([MOOR]);
    expect((await service.refusal("rooms.unused", { days: 0 }))[0]).toBe("bad-request");
  });
});

describe("rooms.list", () => {
  test.each([
    [{ owner: "crone1@shakespeare.example" }, [ROOM, HEATH]],
    [{ owner: "macbeth@x.example" }, [MOOR]],
    [{ owner: "nobody@x.example" }, []],
    [{ minOccupants: 1 }, [ROOM]],
    [{ minOccupants: 2 }, []],
    [{ unusedDays: 9 }, [HEATH, MOOR]],
    [{ unusedDays: 9, owner: "macbeth@x.example", search: "mo" }, [MOOR]],
  ])("of %j has %j", async (params, rooms) => {
    expect(namesOf(await service.result("rooms.list", params))).toEqual(rooms);
  });

  it("counts members as no owners", async () => {
    const changes = [{ user: "macbeth@x.example", affiliation: "member" }];
    await service.result("affiliations.set", { room: ROOM, changes });
    expect(namesOf(await service.result("rooms.list", { owner: "macbeth@x.example" }))).toEqual([MOOR]);
  });
});

describe("rooms.destroy-unused", () => {
  it("destroys them with an act, never a room with occupants", async () => {
    const result = await service.result("rooms.destroy-unused", { days: 9, reason: "unused" });
    expect(result).toEqual({ destroyed: [HEATH, MOOR], isComplete: true });
    expect(service.store.nodes(undefined, 9)).toEqual(["coven"]);
    expect(service.store.readActs({ node: "heath", max: 1 })).toMatchObject([
      { kind: "room-destroyed", by: "chat.example", reason: "unused" },
    ]);
    await service.expectKept();
  });

  it("destroys only so many, and says that there are more", async () => {
    expect(await service.result("rooms.destroy-unused", { days: 9, max: 1 })).toEqual({
      destroyed: [HEATH],
      isComplete: false,
    });
    expect(service.store.nodes(undefined, 9)).toEqual(["coven", "moor"]);
  });

  it("leaves a room alone that somebody has entered meanwhile", async () => {
    await service.enter(OWNER, "firstwitch", HEATH);
    await service.send(OWNER, `<presence type="unavailable" to="${HEATH}/firstwitch"/>`);
    expect(await service.result("rooms.destroy-unused", { days: 9 })).toMatchObject({ destroyed: [MOOR] });
  });
});
