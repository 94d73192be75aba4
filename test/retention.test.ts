import { describe, expect, it } from "vitest";
import { Retention } from "../src/retention.ts";
import { IN_MEMORY, SqliteStore } from "../src/storage/sqlite/store.ts";
import type { RetentionWork } from "../src/storage/store.ts";
import { message, room } from "./storage/records.ts";

const SETTINGS = { maxDays: 1, maxMessagesPerRoom: 5, actDays: 2 };

describe("XEP-0313 3.2 retention", () => {
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
    const retention = new Retention(store, SETTINGS, () => expect.fail());
    const waits: number[] = [];
    do waits.push(await retention.step());
    while (waits.at(-1) === waits[0] && waits.length < 100);
    expect(waits.length).toBeGreaterThan(1);
    expect(waits.at(-1)).toBeGreaterThan(Number(waits[0]));
    const page = store.readArchive(room.node, { afterIds: [], beforeIds: [], max: 200, fromEnd: false });
    expect(page?.messages.map(({ stanzaId }) => stanzaId)).toEqual(["s146", "s147", "s148", "s149", "s150"]);
  });

  it("goes on later where the store has a fault, from where it was, and tells once of faults in a row", async () => {
    const faults: unknown[] = [];
    const asked: number[] = [];
    const removeMessages = async (_limits: unknown, { after }: RetentionWork) => {
      asked.push(after);
      if ([2, 3, 4, 7].includes(asked.length)) throw new Error("no disk");
      return { removed: 0, after: asked.length < 6 ? 7 : undefined };
    };
    const retention = new Retention({ removeMessages, removeActs: () => 0 }, SETTINGS, (fault) =>
      faults.push(fault),
    );
    const waits = [];
    for (let step = 0; step < 7; step++) waits.push((await retention.step()) > 1_000);
    expect(asked).toEqual([0, 7, 7, 7, 7, 7, 0]);
    expect(waits).toEqual([false, true, true, true, false, true, true]);
    expect(faults).toEqual([new Error("no disk")]);
  });
});

describe("the retention of records of acts", () => {
  const DAY = 86_400_000;
  const recorded = (at: number) =>
    ({ kind: "act-recorded", node: "", act: { at, kind: "announced", by: "a@example.org" } }) as const;

  /** Returns the ages in days of the records that are left of those of 1, 3 and 500 days. */
  async function left(actDays: number): Promise<number[]> {
    const now = Date.now();
    const store = new SqliteStore(IN_MEMORY);
    store.commit([500, 3, 1].map((days) => recorded(now - days * DAY)));
    await new Retention(store, { ...SETTINGS, actDays }, () => expect.fail()).step();
    return store.readActs({ max: 9 }).map(({ at }) => (now - at) / DAY);
  }

  it("removes those that are older than archive.actDays, and none if that is 0", async () => {
    expect(await left(2)).toEqual([1]);
    expect(await left(0)).toEqual([1, 3, 500]);
  });

  it("goes on soon where there are more", async () => {
    const store = new SqliteStore(IN_MEMORY);
    store.commit(Array.from({ length: 101 }, () => recorded(0)));
    const retention = new Retention(store, SETTINGS, () => expect.fail());
    const [first = 0, second = 0] = [await retention.step(), await retention.step()];
    expect(first).toBeLessThan(second);
    expect(store.readActs({ max: 9 })).toEqual([]);
  });
});
