import { converse, type Heard, talkerName } from "../conversation.ts";
import { startMeter } from "../meter.ts";
import { fillRooms } from "../rooms.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../subjects.ts";
import { QUIET_PREFIX } from "../users.ts";

const ROOM = `${QUIET_PREFIX}fan-out`;
const TALKERS = 10;

/** One room: some occupants talk, all get every message. */
export const FAN_OUT: Scenario = {
  name: "fan-out",
  description: `One room of N occupants, up to ${TALKERS} of them talking. A speaker sends the next message when it has received its own copy of the last one.`,
  axis: "occupants",
  unit: ["copy", "copies"],
  latency: "from a message to the speaker's own copy",
  sizes: {
    direct: [1, 10, 100, 500, 2000],
    memory: [500],
    ceiling: [1, 10, 100, 500, 2000],
    peer: [10, 100, 500, 2000],
    // Filling a room of 2000 takes minutes.
    prosody: [10, 100, 500],
    behind: [10, 100, 500, 2000],
    router: [500],
    load: [500],
  },
  quickSize: 20,
  async run(stage, occupants, pace) {
    const talkers = Math.min(occupants, TALKERS);
    await fillRooms(stage.connection, [{ name: ROOM, users: seats(occupants, talkers), quiet: true }]);
    await talk(stage, occupants, talkers, pace.warmUp);
    const stop = startMeter(stage.participants);
    const { copies, reflections } = await talk(stage, occupants, talkers, pace.measured);
    return { ...stop(), produced: copies, latencies: reflections.flat() };
  },
};

const talk = (stage: Stage, occupants: number, slots: number, seconds: number): Promise<Heard> =>
  converse(stage.connection, {
    seconds,
    slots,
    next: (slot) => ({ talker: slot, room: ROOM, copies: occupants }),
  });

/** The same with clients of a real server, for the cost of the server. */
export const CLIENTS: Scenario = {
  ...FAN_OUT,
  name: "clients",
  description: `The same with N real clients of the server, one connection each. *Multicast* uses mod_component_multicast of contrib.`,
  sizes: { peer: [10, 100, 500], behind: [10, 100, 500], multicast: [10, 100, 500] },
  quickSize: 5,
  setting: (occupants) => ({ clients: seats(occupants, Math.min(occupants, TALKERS)) }),
};

/** Spreads the talkers evenly over the room, so that their copies come early as well as late among all. */
function seats(occupants: number, talkers: number): string[] {
  return Array.from({ length: occupants }, (_, index) => {
    const talker = Math.ceil((index * talkers) / occupants);
    return Math.floor((talker * occupants) / talkers) === index ? talkerName(talker) : `reader${index}`;
  });
}
