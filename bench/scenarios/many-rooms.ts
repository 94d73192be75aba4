import { converse, type Heard, talkerName } from "../conversation.ts";
import { startMeter } from "../meter.ts";
import { fillRooms, type PlannedRoom } from "../rooms.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../subjects.ts";
import { zipf } from "../zipf.ts";

const OCCUPANTS = 10;
const SLOTS = 20;

/** Rooms of which some are much busier than others. */
export const MANY_ROOMS: Scenario = {
  name: "many-rooms",
  description: `N rooms of ${OCCUPANTS} occupants, with ${SLOTS} messages in flight. The rooms' activity follows Zipf's law (the i-th room is 1/i as busy as the first).`,
  axis: "rooms",
  unit: ["copy", "copies"],
  latency: "from a message to the speaker's own copy",
  sizes: { direct: [100, 1000, 5000], ceiling: [100, 1000, 5000], peer: [100, 1000], behind: [100] },
  quickSize: 25,
  async run(stage, size, pace) {
    await fillRooms(stage.connection, plan(size, OCCUPANTS));
    await talk(stage, size, pace.warmUp);
    const stop = startMeter(stage.participants);
    const { copies, reflections } = await talk(stage, size, pace.measured);
    return { ...stop(), produced: copies, latencies: reflections.flat() };
  },
};

/** Plans the rooms "room0", "room1"..., each with the talker of its number and silent occupants. */
function plan(rooms: number, occupants: number): PlannedRoom[] {
  return Array.from({ length: rooms }, (_, room) => ({
    name: `room${room}`,
    users: Array.from({ length: occupants }, (_, seat) =>
      seat === 0 ? talkerName(room) : `reader${room}x${seat}`,
    ),
  }));
}

function talk(stage: Stage, rooms: number, seconds: number): Promise<Heard> {
  const draw = zipf(rooms);
  return converse(stage.connection, {
    seconds,
    slots: SLOTS,
    next() {
      const room = draw();
      return { talker: room, room: `room${room}`, copies: OCCUPANTS };
    },
  });
}
