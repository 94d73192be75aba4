import type { ComponentConnection } from "../component-connection.ts";
import { talkerName } from "../conversation.ts";
import { startMeter } from "../meter.ts";
import { type ExpectedPresences, PRESENCE_END, SELF_PRESENCE } from "../presences.ts";
import { costOf } from "../process-cost.ts";
import { fillRooms, REFUSALS } from "../rooms.ts";
import type { Scenario } from "../scenario.ts";
import { quantiles } from "../table.ts";
import { countOf, HeadScan, tagsWith } from "../tag-scan.ts";
import { attributeOf, Talker } from "../talker.ts";
import { entry, exit, jidOf, TALKER } from "../users.ts";

const SMALL = "small";
const BIG = "big";
/** The talkers: one in the small room, and the owner of the big one. */
const IN_SMALL = 0;
const IN_BIG = 1;
const TALKER_BYTES = Buffer.from(TALKER);
const OWNER = jidOf(talkerName(IN_BIG));
const ERRORS = REFUSALS.map((text) => Buffer.from(text));
/** About how long a refused user waits, in milliseconds. It doubles each time. */
const RETRY = { first: 1_000, most: 8_000 };
/** After so many refusals a user is refused for good. */
const MOST_REFUSALS = 200;

/** More users enter, and leave, at once than the output backlog has room for. */
export const RUSH: Scenario = {
  name: "rush",
  description:
    "N users enter a room at once and leave it at once, while its owner talks there and somebody talks in a small room. Users refused because of the backlog (*refused*) retry after one, two, four and eight seconds, until all are inside. *owner refused* counts the owner's refused messages.",
  axis: "users",
  unit: ["presence", "presences"],
  latency: "from a message in the small room to the speaker's own copy",
  sizes: { direct: [1000, 3000] },
  quickSize: 20,
  setting: () => ({ probe: true }),
  async run({ connection, participants, probe }, size) {
    const users = Array.from({ length: size }, (_, index) => `user${index}`);
    await fillRooms(connection, [
      { name: SMALL, users: [talkerName(IN_SMALL), "a", "b", "c", "d"] },
      { name: BIG, users: [talkerName(IN_BIG)] },
    ]);
    await probe?.();
    const talkers = [new Talker(connection, IN_SMALL, SMALL), new Talker(connection, IN_BIG, BIG)] as const;
    const stop = startMeter(participants);
    // The i-th user gets i presences of others and its own, and i others get the presence of the user.
    const all = size * (size + 2);
    const entering = { users, stanzaOf: (user: string) => entry(user, BIG), least: all, most: all };
    const entered = await everybody(connection, talkers, entering);
    const silenced = talkers[IN_BIG].refusals;
    // The i-th user to leave, the owner and at most those who leave later get the presence.
    const most = (size * (size + 3)) / 2;
    const leaving = { users, stanzaOf: (user: string) => exit(user, BIG), least: 2 * size, most };
    const left = await everybody(connection, talkers, leaving);
    const reading = stop();
    const pause = await probe?.();
    const { mostRssBytes } = costOf(participants[0]?.pid ?? 0);
    return {
      ...reading,
      produced: entered.presences + left.presences,
      latencies: talkers[IN_SMALL].latencies,
      notes: {
        "s to enter": entered.seconds.toFixed(1),
        "s to leave": left.seconds.toFixed(1),
        refused: String(entered.refusals),
        "owner refused": String(silenced),
        "p50 in the big room": quantiles(talkers[IN_BIG].latencies, [0.5]).join(),
        "most RSS MB": (mostRssBytes / 1e6).toFixed(0),
        "longest pause ms": pause?.longestPauseMs.toFixed(1) ?? "",
      },
    };
  },
};

interface Rush extends ExpectedPresences {
  readonly users: readonly string[];
  readonly stanzaOf: (user: string) => string;
}

interface Done {
  readonly seconds: number;
  readonly presences: number;
  readonly refusals: number;
}

/**
 * Lets all users do the same at once, and refused ones again, until each got its own presence and the owner got all.
 * Rejects if a user gets its own presence twice or is refused for good, or if there are too many presences.
 */
async function everybody(
  connection: ComponentConnection,
  talkers: readonly Talker[],
  { users, stanzaOf, least, most }: Rush,
): Promise<Done> {
  const own = new HeadScan("<presence ", ...SELF_PRESENCE);
  const done = new Set<string>();
  const refused = new Map<string, number>();
  let presences = 0;
  let toOwner = 0;
  let refusals = 0;
  const start = performance.now();
  const finished = connection.readUntil((tags) => {
    presences += countOf(tags, PRESENCE_END);
    for (const head of own.take(tags)) {
      const user = userIn(head);
      if (done.has(user)) throw new Error(`twice: ${head}`);
      done.add(user);
    }
    for (const head of ERRORS.flatMap((needle) => tagsWith(tags, needle))) {
      if (!head.startsWith("<presence ")) continue;
      const user = userIn(head);
      const times = refused.get(user) ?? 0;
      if (times === MOST_REFUSALS) throw new Error(`refused: ${head}`);
      refused.set(user, times + 1);
      refusals += 1;
      const delay = Math.min(RETRY.most, RETRY.first * 2 ** times) * (0.5 + Math.random());
      setTimeout(() => connection.write(stanzaOf(user)), delay);
    }
    const heads = tagsWith(tags, TALKER_BYTES);
    toOwner += heads.filter(
      (head) => head.startsWith("<presence ") && attributeOf(head, "to") === OWNER,
    ).length;
    for (const talker of talkers) talker.hear(heads);
    return done.size === users.length && toOwner === users.length && presences - refusals >= least;
  });
  for (const talker of talkers) talker.speak();
  connection.write(users.map(stanzaOf).join(""));
  await finished;
  for (const talker of talkers) talker.rest();
  if (presences - refusals > most) throw new Error(`${presences} presences, where ${most} were expected`);
  return { seconds: (performance.now() - start) / 1000, presences: presences - refusals, refusals };
}

const userIn = (head: string): string => attributeOf(head, "to")?.split("@")[0] ?? "";
