import type { ComponentConnection } from "../component-connection.ts";
import { startMeter } from "../meter.ts";
import { type ExpectedPresences, PRESENCE_END, SELF_PRESENCE } from "../presences.ts";
import { fillRooms, IQ, SUBJECT } from "../rooms.ts";
import type { Figures, Scenario } from "../scenario.ts";
import type { Stage } from "../subjects.ts";
import { countOf, HeadScan } from "../tag-scan.ts";
import { entry, exit, iq, jidOf } from "../users.ts";

const ROOM = "storm";
const WARM_UP = "warm-up";
/** Users that enter another room before: a service has run for days when a storm comes. */
const WARM_UP_USERS = 100;
const OWNER = "owner";
const SCOUT = "scout";

const TO_OWNER = [`to="${jidOf(OWNER)}"`, `to='${jidOf(OWNER)}'`].map((text) => Buffer.from(text));

const SIZES = {
  direct: [30, 100, 300, 1000],
  ceiling: [30, 100, 300, 1000],
  peer: [30, 100, 300],
  behind: [30, 100, 300],
};

const CLIENT_SIZES = [10, 30, 100, 500];

/** All users enter at once. */
export const JOIN_STORM: Scenario = {
  name: "join-storm",
  description: `N users enter a room at once; only its owner is inside. Everyone receives everyone's presence. Up to ${WARM_UP_USERS} of them have entered another room before.`,
  axis: "users",
  unit: ["presence", "presences"],
  latency: "from the start of the storm to the subject, which ends a join",
  sizes: { ...SIZES, peer: [30, 100, 300, 1000] },
  quickSize: 20,
  async run(stage, size, { warmUp }) {
    if (warmUp > 0) await enterAll(stage, Math.min(size, WARM_UP_USERS), WARM_UP);
    return enterAll(stage, size, ROOM);
  },
};

/** The same with clients of a real server, for the cost of the server. */
export const CLIENT_STORM: Scenario = {
  ...JOIN_STORM,
  name: "client-storm",
  description: "The same with N real clients of the server, one connection each.",
  sizes: { peer: CLIENT_SIZES, behind: CLIENT_SIZES, multicast: CLIENT_SIZES },
  quickSize: 5,
  setting: (size) => ({ clients: [OWNER, SCOUT, ...usersOf(size)] }),
};

/** All users leave at once. */
export const LEAVE_STORM: Scenario = {
  name: "leave-storm",
  description:
    "N users leave a room at once; its owner stays. With a large backlog Verona does not send a departure to users who have left too: *presences/departure* is the number of recipients.",
  axis: "users",
  unit: ["departure", "departures"],
  latency: "from the start of the storm to the user's own unavailable presence",
  sizes: SIZES,
  quickSize: 20,
  async run(stage, size) {
    await enterAll(stage, size, ROOM);
    const stanzas = usersOf(size).map((user) => exit(user, ROOM));
    // The i-th user to leave, the owner and at most those who leave later get the presence.
    const presences = { least: 2 * size, most: (size * (size + 3)) / 2 };
    const figures = await storm(stage, stanzas, presences, new HeadScan("<presence ", ...SELF_PRESENCE));
    const each = (figures.produced / size).toFixed(1);
    return { ...figures, produced: size, notes: { "presences/departure": each } };
  },
};

async function enterAll(stage: Stage, size: number, room: string): Promise<Figures> {
  await fillRooms(stage.connection, [{ name: room, users: [OWNER] }]);
  const ofTheRoom = (await presencesOfOneEntry(stage.connection, room)) - 3;
  const stanzas = usersOf(size).map((user) => entry(user, room));
  // The i-th user gets i presences of others and its own, and i others get the presence of the user.
  const presences = size * (size + 2 + ofTheRoom);
  return storm(stage, stanzas, { least: presences, most: presences }, new HeadScan("<message ", SUBJECT));
}

/** Counts the presences of one entry: three if the owner is there; ejabberd sends another one, of the room itself. */
async function presencesOfOneEntry(connection: ComponentConnection, room: string): Promise<number> {
  let presences = 0;
  const answered = (tags: Buffer): boolean => {
    presences += countOf(tags, PRESENCE_END);
    return tags.includes(IQ);
  };
  // An answer comes behind the presences before it, but not those on another client's connection.
  const question = (user: string) =>
    iq("get", user, room, '<query xmlns="http://jabber.org/protocol/disco#info"/>');
  const counts: number[] = [];
  for (const stanza of [entry(SCOUT, room), exit(SCOUT, room)]) {
    for (const text of [stanza + question(SCOUT), question(OWNER)]) {
      const heard = connection.readUntil(answered);
      connection.write(text);
      await heard;
    }
    counts.push(presences);
  }
  return counts[0] ?? 0;
}

/**
 * Writes all stanzas. Waits until all presences are there, each user got the stanza that ends its part (`ends`), and the
 * owner got the presence of all. Rejects if there are too many.
 */
async function storm(
  { connection, participants }: Stage,
  stanzas: readonly string[],
  { least, most }: ExpectedPresences,
  ends: HeadScan,
): Promise<Figures> {
  const ended = new Map<string, number>();
  let counted = 0;
  let toOwner = 0;
  const stop = startMeter(participants);
  const start = performance.now();
  const finished = connection.readUntil((tags) => {
    counted += countOf(tags, PRESENCE_END);
    for (const needle of TO_OWNER) toOwner += countOf(tags, needle);
    for (const head of ends.take(tags)) {
      if (/ type=['"]error/.test(head)) throw new Error(`refused: ${head}`);
      ended.set(/ to=['"]([^'"]*)/.exec(head)?.[1] ?? "", performance.now() - start);
    }
    return counted >= least && toOwner >= stanzas.length && ended.size >= stanzas.length;
  });
  connection.write(stanzas.join(""));
  await finished;
  const reading = stop();
  if (counted > most || ended.size !== stanzas.length)
    throw new Error(`${counted} presences to ${ended.size} users, where ${most} were expected`);
  return { ...reading, produced: counted, latencies: [...ended.values()] };
}

const usersOf = (size: number): string[] => Array.from({ length: size }, (_, index) => `user${index}`);
