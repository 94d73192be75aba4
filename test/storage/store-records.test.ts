// The records show the store's rooms with the occupants that they have now.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JournalEntry, RoomRecord } from "../../src/muc/model/journal.ts";
import { IN_MEMORY, SqliteStore } from "../../src/storage/sqlite/store.ts";
import { StoreRecords } from "../../src/storage/store-records.ts";
import { heath, room, session } from "./records.ts";

const stored = (node: string, more: Partial<RoomRecord> = {}): JournalEntry => ({
  kind: "room-stored",
  room: { ...heath, ...more, node },
});

describe("the records", () => {
  const occupants = new Map<string, number>();
  let store: SqliteStore;
  let records: StoreRecords;
  beforeEach(() => {
    occupants.clear();
    store = new SqliteStore(IN_MEMORY);
    records = new StoreRecords(store, { users: (node) => occupants.get(node), listed: () => [] });
  });
  afterEach(() => store.close());

  it("count the occupants of rooms in memory there, and those of others in the store", async () => {
    await records.commit([
      stored("a", { sessions: [session, { ...session, jid: "crone1@example.org/phone" }] }),
    ]);
    const users = async () => (await records.listRooms({ max: 1 }))[0]?.users;
    expect(await users()).toBe(1);
    occupants.set("a", 3);
    expect(await users()).toBe(3);
    await records.commit([{ kind: "session-removed", node: "a", jid: session.jid }]);
    await records.commit([{ kind: "session-removed", node: "a", jid: "crone1@example.org/phone" }]);
    occupants.delete("a");
    expect(await users()).toBe(0);
  });

  it("have of a room in the list what it says, and nothing else", async () => {
    await records.commit([stored("a", { config: { ...room.config, contacts: ["x@y.example"] } })]);
    const [listed] = await records.listRooms({ max: 1 });
    const { name, description, language, membersOnly, passwordProtected, whois } = room.config;
    expect(listed?.config).toEqual({
      name,
      description,
      language,
      membersOnly,
      passwordProtected,
      whois,
    });
  });

  it("answer with a page of the list in a later task, so that others get their turn", async () => {
    await records.commit([stored("a")]);
    let answered = false;
    const reading = records.listRooms({ max: 1 }).then(() => {
      answered = true;
    });
    await Promise.resolve();
    expect(answered).toBe(false);
    await reading;
    expect(answered).toBe(true);
  });

  it("do not change where a commit fails", async () => {
    await records.commit([stored("a")]);
    await expect(async () =>
      records.commit([stored("b"), { kind: "session-stored", node: "none", session }]),
    ).rejects.toThrow();
    expect(await records.countListed()).toBe(1);
  });
});
