// What a node does with the rooms of slots that come.
import { pino } from "pino";
import { expect, test } from "vitest";
import { slotOf } from "../src/cluster/slots.ts";
import { ClusterRooms } from "../src/cluster-rooms.ts";
import { Outbox } from "../src/connection/outbox.ts";
import { FaultLog } from "../src/fault-log.ts";
import { RoomLoader } from "../src/room-loader.ts";
import { roomsInMemory } from "../src/rooms-in-memory.ts";
import { IN_MEMORY, SqliteStore } from "../src/storage/sqlite/store.ts";
import { StoreRecords } from "../src/storage/store-records.ts";
import { room } from "./storage/records.ts";
import { eventually } from "./support/eventually.ts";
import { Driver } from "./support/room-driver.ts";

const failed = (error: unknown) => expect.unreachable(String(error));

test.each([
  ["is loaded", "stays", 1],
  ["is not loaded if its slot", "leaves again meanwhile", undefined],
])("a room with occupants %s %s", async (_, what, sessions) => {
  const { registry } = new Driver();
  const store = new SqliteStore(IN_MEMORY);
  store.commit([{ kind: "room-stored", room }]);
  const records = new StoreRecords(store, roomsInMemory(registry));
  const outbox = new Outbox(records, { write() {}, isFull: false }, { failed, unreadable: failed });
  const loader = new RoomLoader(registry, store, outbox, { faulted: failed });
  const own = new Set([slotOf("coven")]);
  const intake = { admit: failed, refuseHeld: failed };
  const faultLog = new FaultLog(pino({ enabled: false }));
  const { signal } = new AbortController();
  const parts = { registry, loader, outbox, intake, store, faultLog, signal };
  const rooms = new ClusterRooms(parts, (slot) => own.has(slot));
  const prepared = rooms.prepare([slotOf("coven")]);
  if (what !== "stays") own.clear();
  await prepared;
  await eventually(() => expect(registry.isLoading).toBe(false));
  expect(registry.get("coven")?.sessions.size).toBe(sessions);
});
