import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AffiliationRecord, RoomRecord } from "../../src/muc/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../../src/muc/room-config.ts";
import { StorageError, type Store } from "../../src/storage/store.ts";

export const owner: AffiliationRecord = {
  jid: "crone1@example.org",
  affiliation: "owner",
  reason: undefined,
  nick: "firstwitch",
};
const member: AffiliationRecord = {
  jid: "hag66@example.org",
  affiliation: "member",
  reason: "worthy",
  nick: undefined,
};
export const room: RoomRecord = {
  node: "coven",
  config: { ...DEFAULT_ROOM_CONFIG, name: "A Dark Cave", persistent: true },
  subject: { text: "Fire Burn", nick: "firstwitch", at: 1_000 },
  affiliations: [owner],
  notes: new Map([["occupant-id", "key"]]),
};
const heath: RoomRecord = { ...room, node: "heath", subject: undefined, affiliations: [] };

/** What every store does, run over one that `open` gives empty. */
export function describeStore(name: string, open: () => Store): void {
  describe(`a store in ${name}`, () => {
    let store: Store;
    beforeEach(() => {
      store = open();
    });
    afterEach(() => store.close());

    it("gives back what was stored", () => {
      store.commit([
        { kind: "room-stored", room },
        { kind: "room-stored", room: heath },
      ]);
      const rooms = store.loadRooms();
      expect(rooms).toHaveLength(2);
      expect(rooms).toEqual(expect.arrayContaining([room, heath]));
    });

    it("keeps, replaces and forgets where destroyed rooms moved to", () => {
      const moved = {
        node: "heath",
        venue: "coven@x.example",
        reason: undefined,
        members: undefined,
        until: 1,
      };
      const told = { ...moved, node: "cave", reason: "flood", members: ["hag66@example.org"] };
      store.commit([
        { kind: "room-moved", moved },
        { kind: "room-moved", moved: told },
        { kind: "room-moved", moved: { ...moved, until: 2 } },
        { kind: "room-moved", moved: { ...moved, node: "cliff" } },
        { kind: "move-forgotten", node: "cliff" },
      ]);
      expect(store.loadMovedRooms()).toHaveLength(2);
      expect(store.loadMovedRooms()).toEqual(expect.arrayContaining([told, { ...moved, until: 2 }]));
      expect(store.loadRooms()).toEqual([]);
    });

    it("applies changes of configuration, subject and affiliations", () => {
      store.commit([
        { kind: "room-stored", room },
        { kind: "config-changed", node: "coven", config: DEFAULT_ROOM_CONFIG },
        { kind: "subject-changed", node: "coven", subject: undefined },
        { kind: "affiliation-changed", node: "coven", record: member },
        { kind: "affiliation-changed", node: "coven", record: { ...owner, affiliation: "none" } },
      ]);
      expect(store.loadRooms()).toEqual([
        { ...room, config: DEFAULT_ROOM_CONFIG, subject: undefined, affiliations: [member] },
      ]);
    });

    it("keeps, replaces and forgets what single concerns note of a room", () => {
      store.commit([
        { kind: "room-stored", room },
        { kind: "note-changed", node: "coven", name: "occupant-id", text: undefined },
        { kind: "note-changed", node: "coven", name: "avatar", text: "one" },
        { kind: "note-changed", node: "coven", name: "avatar", text: "two" },
      ]);
      expect(store.loadRooms()[0]?.notes).toEqual(new Map([["avatar", "two"]]));
    });

    it("replaces the affiliation, reason and reserved nickname of a user as a whole", () => {
      const outcast: AffiliationRecord = {
        ...owner,
        affiliation: "outcast",
        reason: "Treason",
        nick: undefined,
      };
      store.commit([{ kind: "room-stored", room }]);
      store.commit([{ kind: "affiliation-changed", node: "coven", record: outcast }]);
      expect(store.loadRooms()[0]?.affiliations).toEqual([outcast]);
    });

    it("replaces a room that is stored again, with its affiliations", () => {
      store.commit([{ kind: "room-stored", room }]);
      store.commit([{ kind: "room-stored", room: { ...room, subject: undefined, affiliations: [member] } }]);
      expect(store.loadRooms()).toEqual([{ ...room, subject: undefined, affiliations: [member] }]);
    });

    it("keeps no affiliation 'none'", () => {
      const nobody: AffiliationRecord = { ...member, affiliation: "none" };
      store.commit([
        { kind: "room-stored", room: { ...room, affiliations: [owner, nobody] } },
        { kind: "affiliation-changed", node: "coven", record: nobody },
      ]);
      expect(store.loadRooms()[0]?.affiliations).toEqual([owner]);
    });

    it("keeps the affiliations of one room apart from those of another", () => {
      store.commit([
        { kind: "room-stored", room },
        { kind: "room-stored", room: { ...heath, affiliations: [owner] } },
        { kind: "affiliation-changed", node: "heath", record: { ...owner, affiliation: "none" } },
      ]);
      expect(store.loadRooms()).toEqual(expect.arrayContaining([room, heath]));
    });

    it("forgets removed rooms, also those it never had", () => {
      store.commit([
        { kind: "room-stored", room },
        { kind: "room-removed", node: "coven" },
        { kind: "room-removed", node: "heath" },
      ]);
      expect(store.loadRooms()).toEqual([]);
    });

    it("does not give a new room the affiliations of a removed one", () => {
      store.commit([{ kind: "room-stored", room }]);
      store.commit([{ kind: "room-removed", node: "coven" }]);
      store.commit([{ kind: "room-stored", room: { ...room, affiliations: [] } }]);
      expect(store.loadRooms()[0]?.affiliations).toEqual([]);
    });

    it.each([
      { kind: "config-changed", node: "heath", config: DEFAULT_ROOM_CONFIG } as const,
      { kind: "subject-changed", node: "heath", subject: undefined } as const,
      { kind: "note-changed", node: "heath", name: "avatar", text: undefined } as const,
      { kind: "affiliation-changed", node: "heath", record: owner } as const,
      { kind: "affiliation-changed", node: "heath", record: { ...owner, affiliation: "none" } } as const,
    ])("refuses $kind of a room that is not stored, and keeps nothing of that commit", (entry) => {
      store.commit([{ kind: "room-stored", room }]);
      const before: AffiliationRecord = { ...owner, affiliation: "admin" };
      expect(() =>
        store.commit([{ kind: "affiliation-changed", node: "coven", record: before }, entry]),
      ).toThrow(StorageError);
      expect(store.loadRooms()).toEqual([room]);
      store.commit([{ kind: "affiliation-changed", node: "coven", record: member }]);
      expect(store.loadRooms()[0]?.affiliations).toEqual([owner, member]);
    });

    it("keeps texts with quotes, emoji and line feeds as they are", () => {
      const nick = `O'Brien "🧙‍♀️"\n%_`;
      const odd: RoomRecord = {
        ...room,
        node: "o'brien",
        subject: { text: nick, nick, at: 1_000 },
        affiliations: [{ ...owner, nick, reason: nick }],
      };
      store.commit([{ kind: "room-stored", room: odd }]);
      expect(store.loadRooms()).toEqual([odd]);
    });
  });
}
