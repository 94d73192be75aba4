import { converse, type Heard, talkerName } from "../conversation.ts";
import { startMeter } from "../meter.ts";
import { fillRooms } from "../rooms.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../subjects.ts";
import { quantile, quantiles } from "../table.ts";
import { QUIET_PREFIX } from "../users.ts";
import { evenly } from "../zipf.ts";

const OCCUPANTS = 5;
const SLOTS = 10;
/** The slot of the only talker in the big room. */
const GIANT_SLOT = SLOTS;
const GIANT = `${QUIET_PREFIX}giant`;

/** Small rooms beside one with thousands of occupants. */
export const GIANT_ROOM: Scenario = {
  name: "giant",
  description: `One room of N occupants with constant talk, beside N/10 small rooms of ${OCCUPANTS} with ${SLOTS} messages in flight. Latency is that of the small rooms; *alone* is without talk in the big room. Pauses are those of Verona's event loop.`,
  axis: "occupants",
  unit: ["copy", "copies"],
  latency: "from a message in a small room to the speaker's own copy",
  sizes: { direct: [1000, 10_000], ceiling: [1000, 10_000], peer: [1000] },
  quickSize: 50,
  setting: () => ({ probe: true }),
  async run(stage, occupants, pace) {
    const rooms = Math.ceil(occupants / 10);
    const small = Array.from({ length: rooms }, (_, room) => ({
      name: `room${room}`,
      users: Array.from({ length: OCCUPANTS }, (_, seat) =>
        seat === 0 ? talkerName(room) : `reader${room}x${seat}`,
      ),
    }));
    const users = Array.from({ length: occupants }, (_, seat) =>
      seat === occupants >> 1 ? talkerName(rooms) : `guest${seat}`,
    );
    await fillRooms(stage.connection, [...small, { name: GIANT, users, quiet: true }]);
    await talk(stage, rooms, undefined, pace.warmUp);
    const alone = (await talk(stage, rooms, undefined, pace.measured)).reflections.flat();
    await stage.probe?.();
    const stop = startMeter(stage.participants);
    const beside = await talk(stage, rooms, occupants, pace.measured);
    const reading = stop();
    const pause = await stage.probe?.();
    const latencies = beside.reflections.slice(0, GIANT_SLOT).flat();
    return {
      ...reading,
      produced: beside.copies,
      latencies,
      notes: {
        "p99 alone": quantiles(alone, [0.99]).join(),
        "p99 : alone": (quantile(latencies, 0.99) / quantile(alone, 0.99)).toFixed(1),
        "p50 in the big room": quantiles(beside.reflections[GIANT_SLOT] ?? [], [0.5]).join(),
        "longest pause ms": pause?.longestPauseMs.toFixed(1) ?? "",
      },
    };
  },
};

/** Lets users talk in the small rooms, and in the big one if `occupants` is given. */
function talk(stage: Stage, rooms: number, occupants: number | undefined, seconds: number): Promise<Heard> {
  const random = evenly();
  return converse(stage.connection, {
    seconds,
    slots: SLOTS + (occupants === undefined ? 0 : 1),
    next(slot) {
      if (slot === GIANT_SLOT) return { talker: rooms, room: GIANT, copies: occupants ?? 0 };
      const room = Math.floor(random() * rooms);
      return { talker: room, room: `room${room}`, copies: OCCUPANTS };
    },
  });
}
