import { setTimeout as sleep } from "node:timers/promises";
import { startMeter } from "../meter.ts";
import { costOf } from "../process-cost.ts";
import { fillRooms } from "../rooms.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../subjects.ts";

const OCCUPANTS = 10;

/** Rooms with silent occupants. */
export const IDLE: Scenario = {
  name: "idle",
  description: `N silent rooms of ${OCCUPANTS} occupants: the additional memory just after all have entered and, for Verona, 40 seconds later (heap: after garbage collections).`,
  axis: "rooms",
  unit: ["entry", "entries"],
  latency: "",
  sizes: { direct: [1000, 10_000], peer: [1000] },
  quickSize: 20,
  setting: () => ({ probe: true }),
  async run(stage, rooms, { rest }) {
    const before = await memoryOf(stage);
    const stop = startMeter(stage.participants);
    await fillRooms(
      stage.connection,
      Array.from({ length: rooms }, (_, room) => ({
        name: `room${room}`,
        users: Array.from({ length: OCCUPANTS }, (_, seat) => `user${room}x${seat}`),
      })),
    );
    const reading = stop();
    const atOnce = reading.participants[0]?.rssBytes ?? 0;
    // Only Verona needs this time; other services are not measured at rest.
    if (stage.probe) await sleep(rest * 1000);
    const after = await memoryOf(stage);
    const entries = rooms * OCCUPANTS;
    const each = (bytes: number): string => (bytes / entries / 1024).toFixed(2);
    return {
      ...reading,
      produced: entries,
      latencies: [],
      notes: {
        "KiB RSS/occupant at once": each(atOnce - before.rssBytes),
        "KiB RSS/occupant": stage.probe ? each(after.rssBytes - before.rssBytes) : "",
        "KiB heap/occupant": after.heapBytes > 0 ? each(after.heapBytes - before.heapBytes) : "",
      },
    };
  },
};

/** Returns the resident memory, and the heap if there is a probe. */
async function memoryOf({ probe, participants }: Stage): Promise<{ rssBytes: number; heapBytes: number }> {
  if (probe) return probe();
  return { rssBytes: costOf(participants[0]?.pid ?? 0).rssBytes, heapBytes: 0 };
}
