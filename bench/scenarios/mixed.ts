import { converse, type Heard, talkerName } from "../conversation.ts";
import { startMeter } from "../meter.ts";
import { fillRooms, IQ, REFUSALS } from "../rooms.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../subjects.ts";
import { countOf } from "../tag-scan.ts";
import { entry, exit, iq, newPresence } from "../users.ts";
import { evenly, zipf } from "../zipf.ts";

const OCCUPANTS = 20;
const SLOTS = 20;
const MAM = "urn:xmpp:mam:2";
const DISCO_INFO = '<query xmlns="http://jabber.org/protocol/disco#info"/>';
const LAST_PAGE = `<query xmlns="${MAM}" queryid="page"><set xmlns="http://jabber.org/protocol/rsm"><max>20</max><before/></set></query>`;
/** Shares of new presence, of entries or exits, and of archive queries beside each message. */
const PRESENCE = 0.05;
const COMING_AND_GOING = 0.01;
const READING = 0.01;

const COUNTED = ["</presence>", "</forwarded>", IQ, ...REFUSALS];

/** The load of an ordinary day. */
export const MIXED: Scenario = {
  name: "mixed",
  description: `N rooms of ${OCCUPANTS} occupants, with ${SLOTS} messages in flight (Zipf's law). Also 5 % presence changes, 1 % joins and departures, 1 % archive queries for the last 20 messages. All rooms have an archive.`,
  axis: "rooms",
  unit: ["stanza", "stanzas"],
  latency: "from a message to the speaker's own copy",
  sizes: { direct: [10, 100, 1000], memory: [100], ceiling: [10, 100, 1000], peer: [100], behind: [100] },
  quickSize: 10,
  async run(stage, size, pace) {
    const rooms = Array.from({ length: size }, (_, room) => ({ name: `room${room}`, users: usersOf(room) }));
    await fillRooms(stage.connection, rooms);
    const hasArchive = await announcesArchive(stage);
    const day = new Day(size, hasArchive);
    await day.pass(stage, pace.warmUp);
    const stop = startMeter(stage.participants);
    const { copies, others, reflections } = await day.pass(stage, pace.measured);
    const [presences = 0, results = 0, answers = 0] = others;
    const produced = copies + presences + results + answers;
    return {
      ...stop(),
      produced,
      latencies: reflections.flat(),
      notes: { archive: hasArchive ? "yes" : "no" },
    };
  },
};

const usersOf = (room: number): string[] =>
  Array.from({ length: OCCUPANTS }, (_, seat) => (seat === 0 ? talkerName(room) : `reader${room}x${seat}`));

class Day {
  readonly #random = evenly();
  readonly #draw: () => number;
  readonly #hasArchive: boolean;
  /** Rooms with their visitor inside. */
  readonly #visited = new Set<number>();
  #queries = 0;

  constructor(rooms: number, hasArchive: boolean) {
    this.#draw = zipf(rooms);
    this.#hasArchive = hasArchive;
  }

  /** Talks for so many seconds and waits until every query is answered. Rejects if anything is refused. */
  async pass({ connection }: Stage, seconds: number): Promise<Heard> {
    this.#queries = 0;
    const heard = await converse(connection, {
      seconds,
      slots: SLOTS,
      counted: COUNTED,
      next: () => this.#speak(),
      meanwhile: () => this.#besideMessage(),
    });
    const [, , answers = 0, ...refusals] = heard.others;
    if (refusals.some((count) => count > 0)) throw new Error("something was refused");
    const iqStart = Buffer.from(IQ);
    let missing = this.#queries + 1 - answers;
    const answered = connection.readUntil((tags) => {
      missing -= countOf(tags, iqStart);
      return missing <= 0;
    });
    connection.write(iq("get", "reader0x1", "room0", DISCO_INFO));
    await answered;
    return heard;
  }

  #speak() {
    const room = this.#draw();
    return { talker: room, room: `room${room}` };
  }

  /** Returns the stanza that a user sends beside a message; empty for none. */
  #besideMessage(): string {
    const room = this.#draw();
    const seat = 1 + Math.floor(this.#random() * (OCCUPANTS - 1));
    const chance = this.#random();
    if (chance < PRESENCE)
      return newPresence(`reader${room}x${seat}`, `room${room}`, this.#random() < 0.5 ? "away" : "dnd");
    if (chance < PRESENCE + COMING_AND_GOING) return this.#enterOrLeave(room);
    if (chance > PRESENCE + COMING_AND_GOING + READING || !this.#hasArchive) return "";
    this.#queries += 1;
    return iq("set", `reader${room}x${seat}`, `room${room}`, LAST_PAGE);
  }

  #enterOrLeave(room: number): string {
    const visitor = `visitor${room}`;
    if (this.#visited.delete(room)) return exit(visitor, `room${room}`);
    this.#visited.add(room);
    return entry(visitor, `room${room}`);
  }
}

async function announcesArchive({ connection }: Stage): Promise<boolean> {
  let answer = "";
  const answered = connection.readUntil((tags) => {
    answer += tags.toString();
    return answer.includes(IQ) && /<\/query>|<iq [^>]*\/>/.test(answer);
  });
  connection.write(iq("get", "reader0x1", "room0", DISCO_INFO));
  await answered;
  return answer.includes(MAM);
}
