import { describe, expect, it } from "vitest";
import { limitsAt, Retention } from "../src/retention.ts";
import { IN_MEMORY, SqliteStore } from "../src/storage/sqlite-store.ts";
import { message, room } from "./storage/records.ts";

const DAY = 86_400_000;

describe("XEP-0313 3.2 retention", () => {
  it("keeps everything where there is no limit", () => {
    expect(limitsAt(5 * DAY, { maxDays: 0, maxMessagesPerRoom: 0 })).toEqual({
      oldest: 0,
      messages: Number.MAX_SAFE_INTEGER,
    });
    expect(limitsAt(5 * DAY, { maxDays: 2, maxMessagesPerRoom: 3 })).toEqual({
      oldest: 3 * DAY,
      messages: 3,
    });
  });

  it("removes the oldest in small steps, the next soon where there is more to remove", async () => {
    const store = new SqliteStore(IN_MEMORY);
    store.commit([{ kind: "room-stored", room }]);
    const numbers = Array.from({ length: 150 }, (_, i) => i + 1);
    store.commit(
      numbers.map((n) => ({
        kind: "message-archived",
        node: room.node,
        message: message(n, { at: Date.now() }),
      })),
    );
    const retention = new Retention(store, { maxDays: 1, maxMessagesPerRoom: 5 }, () => expect.fail());
    expect(await retention.step()).toBeLessThan(await retention.step());
    const page = store.readArchive(room.node, { afterIds: [], beforeIds: [], max: 200, fromEnd: false });
    expect(page?.messages.map(({ stanzaId }) => stanzaId)).toEqual(["s146", "s147", "s148", "s149", "s150"]);
  });

  it("goes on later where the store has a fault", async () => {
    const faults: unknown[] = [];
    const removeMessages = () => Promise.reject(new Error("no disk"));
    const limits = { maxDays: 1, maxMessagesPerRoom: 5 };
    const retention = new Retention({ removeMessages }, limits, (fault) => faults.push(fault));
    expect(await retention.step()).toBeGreaterThan(1_000);
    expect(faults).toEqual([new Error("no disk")]);
  });
});
