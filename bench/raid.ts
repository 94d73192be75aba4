// Measures what people in public rooms notice of a raid on the default limits: hundreds of accounts do everything at once.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startVerona } from "../dev/verona.ts";
import type { JournalEntry, SessionRecord } from "../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../src/muc/model/room-config.ts";
import { openStore } from "../src/storage/open-store.ts";
import { type ComponentListener, listenForComponent } from "./component-listener.ts";
import { RaidReader } from "./raid-reader.ts";
import { ordinary, personIn, Raid, ROOM_COUNT, SEATS } from "./raid-stanzas.ts";
import { aligned, quantile, quantiles } from "./table.ts";
import { ROOMS, SECRET } from "./users.ts";

const ACCOUNTS = 500;
/** Stanzas of each raiding account within a second. */
const RATE = 2;
/** Seconds between two messages of one person. */
const PAUSE = 6;
const SECONDS = 60;
const TICK_MS = 20;
/** Milliseconds that the last messages have to come back. */
const PATIENCE_MS = 10_000;

/** Returns a line about the raid: the latency of the people's messages, without and with it, and what they get of it. */
export async function raidTable(isQuick: boolean): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "verona-raid-"));
  const path = join(folder, "verona.sqlite");
  const listener = await listenForComponent(SECRET);
  try {
    await fill(path);
    return await measure(listener, path, isQuick ? 1 : SECONDS);
  } finally {
    await listener.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(listener: ComponentListener, path: string, seconds: number): Promise<string> {
  const env = { VERONA_MULTICAST: "off" };
  const verona = await startVerona({
    ...{ server: listener, domain: ROOMS, secret: SECRET },
    ...{ storage: `sqlite:${path}`, env },
  });
  try {
    const { readUntil, write } = await listener.connected;
    const reader = new RaidReader();
    readUntil((tags) => {
      reader.read(tags.toString());
      return false;
    }).catch((fault) => {
      reader.fault = fault;
    });
    // The rooms are loaded and caches are warm then.
    await talk(reader, write, Math.min(5, seconds));
    const alone = await talk(reader, write, seconds);
    const raid = new Raid(ACCOUNTS);
    const beside = await talk(reader, write, seconds, (elapsed) => raid.next(elapsed * ACCOUNTS * RATE));
    return tableOf({ alone, beside, raid, reader, seconds });
  } finally {
    await verona.stop();
  }
}

interface Measured {
  readonly alone: readonly number[];
  readonly beside: readonly number[];
  readonly raid: Raid;
  readonly reader: RaidReader;
  readonly seconds: number;
}

function tableOf({ alone, beside, raid, reader, seconds }: Measured): string {
  const headings = ["raiders", "", "p50 alone ms", "p99 alone ms", "p50 ms", "p99 ms", "p99 : alone"];
  const more = ["people refused", "raid stanzas/s", "reach an occupant %"];
  const ratio = quantile(beside, 0.99) / quantile(alone, 0.99);
  const line = [
    ...[String(ACCOUNTS), "verona", ...quantiles(alone, [0.5, 0.99]), ...quantiles(beside, [0.5, 0.99])],
    ...[ratio.toFixed(1), String(reader.refused), (raid.sent / seconds).toFixed(0)],
    ((100 * reader.reached) / raid.sent).toFixed(2),
  ];
  return aligned([[...headings, ...more], line]);
}

/**
 * Lets everybody talk for so many seconds. `beside` returns what else is sent, up to that number of seconds. Resolves with
 * the milliseconds from each message to its author's own copy. Rejects if a copy is missing and was not refused.
 */
async function talk(
  reader: RaidReader,
  write: (stanzas: string) => void,
  seconds: number,
  beside: (elapsed: number) => string = () => "",
): Promise<readonly number[]> {
  reader.latencies.length = 0;
  const people = ROOM_COUNT * SEATS;
  const start = performance.now();
  let said = 0;
  for (let elapsed = 0; elapsed < seconds; elapsed = (performance.now() - start) / 1000) {
    const more = beside(elapsed);
    if (more !== "") write(more);
    for (; said < (elapsed * people) / PAUSE; said++) write(reader.say(said % people));
    if (reader.fault) throw reader.fault;
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  const end = performance.now() + PATIENCE_MS;
  while (reader.waiting > 0 && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  if (reader.waiting > 0) throw new Error(`${reader.waiting} messages did not come back`);
  return [...reader.latencies];
}

/** Fills rooms with people who have been inside for long; every second one is a member. */
async function fill(path: string): Promise<void> {
  const store = await openStore({ kind: "sqlite", path });
  await store.commit(Array.from({ length: ROOM_COUNT }, (_, room) => roomOf(room)));
  await store.close();
}

function roomOf(number: number): JournalEntry {
  const people = Array.from({ length: SEATS }, (_, seat) => personIn(number, seat));
  const sessions = people.map(
    (person): SessionRecord => ({
      ...{ jid: ordinary(person), nick: person, role: "participant", payload: "", language: undefined },
    }),
  );
  const members = people
    .filter((_, seat) => seat % 2 === 0)
    .map((person) => `${ordinary(person).split("/")[0]}`);
  const affiliations = members.map((jid) => ({
    ...{ jid, affiliation: "member" as const, reason: undefined, nick: undefined },
  }));
  const config = { ...DEFAULT_ROOM_CONFIG, persistent: true };
  return {
    kind: "room-stored",
    room: {
      ...{ node: `room${number}`, config, locked: false, subject: undefined },
      ...{ affiliations, notes: new Map(), sessions },
    },
  };
}
