// The list of public rooms in memory equals the store's list.
import { beforeEach, describe, expect, it } from "vitest";
import type { JournalEntry, RoomRecord } from "../../src/muc/model/journal.ts";
import type { ListQuery } from "../../src/muc/model/records.ts";
import { loadPublicRooms, PublicRooms, StoreRecords } from "../../src/storage/public-rooms.ts";
import { IN_MEMORY, SqliteStore } from "../../src/storage/sqlite/store.ts";
import { heath, room, session } from "./records.ts";

const stored = (node: string, more: Partial<RoomRecord> = {}): JournalEntry => ({
  kind: "room-stored",
  room: { ...heath, ...more, node },
});
const hidden = { ...room.config, public: false };

describe("the list of public rooms", () => {
  let rooms: PublicRooms;
  const names = (query: ListQuery): string[] => rooms.listRooms(query).map(({ node }) => node);
  beforeEach(() => {
    rooms = new PublicRooms(() => undefined);
    rooms.apply([
      stored("c"),
      stored("b", { config: hidden }),
      stored("a"),
      stored("coven"),
      stored("locked", { locked: true }),
    ]);
  });

  it("is given page by page, after a node, before one or from an index on", () => {
    expect(names({ max: 2 })).toEqual(["a", "c"]);
    expect(names({ after: "c", max: 2 })).toEqual(["coven"]);
    expect(names({ after: "bb", max: 2 })).toEqual(["c", "coven"]);
    expect(names({ before: "coven", max: 1 })).toEqual(["c"]);
    expect(names({ before: "\u{10ffff}", max: 2 })).toEqual(["c", "coven"]);
    expect(names({ index: 1, max: 1 })).toEqual(["c"]);
    expect(names({ index: 9, max: 1 })).toEqual([]);
    expect([rooms.countListed(), rooms.countListed("c")]).toEqual([3, 1]);
  });

  it("is kept up by what is committed: configuration, removal, creation anew", () => {
    rooms.apply([
      { kind: "config-changed", node: "b", config: room.config, locked: false },
      { kind: "config-changed", node: "c", config: hidden, locked: false },
      { kind: "config-changed", node: "locked", config: room.config, locked: false },
      { kind: "room-removed", node: "a" },
      { kind: "room-removed", node: "never" },
    ]);
    expect(names({ max: 9 })).toEqual(["b", "coven", "locked"]);
    rooms.apply([stored("coven", { config: hidden }), stored("a")]);
    expect(names({ max: 9 })).toEqual(["a", "b", "locked"]);
  });

  it("counts the occupants of rooms in memory there, and nobody in those that are not any more", () => {
    const occupants = new Map<string, number>();
    rooms = new PublicRooms((node) => occupants.get(node));
    rooms.apply([stored("a", { sessions: [session, { ...session, jid: "crone1@example.org/phone" }] })]);
    const users = () => rooms.listRooms({ max: 1 })[0]?.users;
    expect(users()).toBe(1);
    occupants.set("a", 3);
    expect(users()).toBe(3);
    rooms.apply([{ kind: "session-removed", node: "a", jid: session.jid }]);
    occupants.delete("a");
    expect(users()).toBe(0);
  });

  it("holds of a room what it says, and no more than so much of that", () => {
    const config = {
      ...room.config,
      name: "n".repeat(10_000),
      description: "d".repeat(250_000),
      contacts: ["x"],
    };
    rooms.apply([stored("a", { config })]);
    const [listed] = rooms.listRooms({ max: 1 });
    expect(JSON.stringify(listed?.config).length).toBeLessThan(3_500);
    expect(listed?.config).not.toHaveProperty("contacts");
  });

  it("is read from a store as it is, however many rooms that has, and what is committed is seen when it is kept", async () => {
    const store = new SqliteStore(IN_MEMORY);
    const nodes = Array.from({ length: 1_201 }, (_, index) => `room${String(index).padStart(5, "0")}`);
    store.commit([
      ...nodes.map((node) => stored(node)),
      { kind: "session-stored", node: "room00007", session },
    ]);
    const records = new StoreRecords(store, await loadPublicRooms(store, () => undefined));
    expect(records.countListed()).toBe(1_201);
    const listed = await records.listRooms({ max: 5_000 });
    expect(listed.map(({ node }) => node)).toEqual(nodes);
    expect(listed.filter(({ users }) => users > 0).map(({ node }) => node)).toEqual(["room00007"]);
    await records.commit([stored("another")]);
    expect((await records.listRooms({ max: 1 })).map(({ node }) => node)).toEqual(["another"]);
    expect(() => records.commit([{ kind: "session-removed", node: "none", jid: "x@y" }])).toThrow();
    await expect(async () =>
      records.commit([stored("b"), { kind: "session-stored", node: "none", session }]),
    ).rejects.toThrow();
    expect(records.countListed()).toBe(1_202);
  });
});
