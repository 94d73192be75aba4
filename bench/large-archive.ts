// Measures a store with many archived messages in many rooms: pages, searches for words, and commits beside retention.
// Usage: node bench/large-archive.ts [--messages N] [--rooms N] [--store sqlite|postgres]
// A message takes about 1 KB of the disk. One room has a tenth of all messages.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres } from "../dev/servers/postgres.ts";
import type { ArchiveQuery } from "../src/muc/model/archive-query.ts";
import type { JournalEntry } from "../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../src/muc/model/room-config.ts";
import { openStore } from "../src/storage/open-store.ts";
import { SqliteStore } from "../src/storage/sqlite/store.ts";
import type { Store } from "../src/storage/store.ts";
import { fillPostgres, fillSqlite } from "./large-fill.ts";
import { aligned, quantiles } from "./table.ts";

const { values: options } = parseArgs({
  options: {
    messages: { type: "string", default: "1000000" },
    rooms: { type: "string", default: "1000" },
    store: { type: "string", default: "sqlite" },
  },
});
const [messages, rooms] = [Number(options.messages), Number(options.rooms)];
const SAMPLES = 100;
const COMMITS = 500;
const SECOND = 1_000;
const SPEAKERS = 20;
/** A step of the service (src/retention.ts). */
const STEP = { archives: 200, messages: 100, milliseconds: 1 };

/** Messages that were added after the first ones. */
let added = 0;

const began = performance.now();
const { store, stop } = await start();
try {
  const seconds = ((performance.now() - began) / 1_000).toFixed(0);
  process.stdout.write(
    `${messages} messages in ${rooms} rooms of ${options.store}, filled in ${seconds} s\n\n`,
  );
  process.stdout.write(`${await pages(store)}\n\n${await besideRetention(store)}\n`);
} finally {
  await stop();
}

/** Opens a store that is full. */
async function start(): Promise<{ store: Store; stop(): Promise<void> }> {
  const nodes = Array.from({ length: rooms }, (_, room) => `room${room}`);
  if (options.store === "postgres") {
    const server = await startPostgres({ fsync: true });
    const url = server.createDatabase();
    const store = await openStore({ kind: "postgres", url });
    await store.commit(nodes.map(roomStored));
    await fillPostgres(url, { messages, rooms });
    return { store, stop: () => Promise.resolve(store.close()).then(() => server.stop()) };
  }
  const folder = mkdtempSync(join(tmpdir(), "verona-archive-"));
  const path = join(folder, "verona.sqlite");
  const empty = new SqliteStore(path);
  empty.commit(nodes.map(roomStored));
  empty.close();
  fillSqlite(path, { messages, rooms });
  const store = await openStore({ kind: "sqlite", path });
  return {
    store,
    stop: () => Promise.resolve(store.close()).then(() => rmSync(folder, { recursive: true })),
  };
}

/** Returns the number of the room that has a message. */
function roomOf(number: number): number {
  return number % 10 === 0 ? 0 : 1 + (number % (rooms - 1));
}

/** Returns a table of queries at random places, in the largest room and in others. */
async function pages(store: Store): Promise<string> {
  const queries: readonly (readonly [string, (number: number) => Partial<ArchiveQuery>])[] = [
    ["the last page", () => ({ fromEnd: true })],
    ["after an id", (number) => ({ afterIds: [`s${number}`] })],
    ["before an id", (number) => ({ beforeIds: [`s${number}`], fromEnd: true })],
    ["since a time", (number) => ({ start: number * SECOND })],
    ["until a time", (number) => ({ end: number * SECOND, fromEnd: true })],
    ["of a nickname", (number) => ({ nick: speakerOf(number), fromEnd: true })],
    ["of a real JID", (number) => ({ jid: `${speakerOf(number)}@bench.example`, fromEnd: true })],
    ["a word of every message", () => ({ words: "double", fromEnd: true })],
    ["a word of one message", (number) => ({ words: `verse${number}` })],
    ["a word of a hundredth, since a time", (number) => ({ words: "newt", start: number * SECOND })],
    ["two words", (number) => ({ words: `double verse${number}` })],
  ];
  const lines: string[][] = [];
  for (const isLargest of [true, false])
    for (const [name, query] of queries) {
      const times: number[] = [];
      for (let sample = 0; sample < SAMPLES; sample += 1) {
        const number = Math.floor(Math.random() * messages);
        const place = isLargest ? number - (number % 10) : number - (number % 10) + 1;
        const asked = { afterIds: [], beforeIds: [], max: 50, fromEnd: false, ...query(place) };
        const since = performance.now();
        const page = await store.readArchive(`room${roomOf(place)}`, asked);
        times.push(performance.now() - since);
        if (!page) throw new Error(`the archive does not have message ${place}`);
      }
      lines.push([isLargest ? "largest" : "other", name, ...quantiles(times, [0.5, 0.99])]);
    }
  return aligned([["room", "query", "p50 ms", "p99 ms"], ...lines]);
}

/** Returns a table of the time of commits without retention and beside it, and of the steps of retention. */
async function besideRetention(store: Store): Promise<string> {
  const alone = await commitTimes(store);
  const steps: number[] = [];
  let isOver = false;
  const half = { now: messages * SECOND, days: messages / 2 / 86_400, messages: 0 };
  const removing = (async () => {
    for (let after = 0; !isOver; ) {
      const since = performance.now();
      const step = await store.removeMessages(half, { ...STEP, after });
      steps.push(performance.now() - since);
      after = step.after ?? 0;
    }
  })();
  const beside = await commitTimes(store);
  isOver = true;
  await removing;
  const line = (name: string, times: readonly number[]): string[] => [
    String(times.length),
    name,
    ...quantiles(times, [0.5, 0.99, 1]),
  ];
  return aligned([
    ["", "", "p50 ms", "p99 ms", "max ms"],
    line("commits", alone),
    line("commits beside retention", beside),
    line("steps of retention", steps),
  ]);
}

async function commitTimes(store: Store): Promise<number[]> {
  const times: number[] = [];
  for (let commit = 0; commit < COMMITS; commit += 1) {
    const since = performance.now();
    await store.commit([said(messages + added++)]);
    times.push(performance.now() - since);
  }
  return times;
}

function speakerOf(number: number): string {
  return `witch${Math.floor(number / 10) % SPEAKERS}`;
}

function roomStored(node: string): JournalEntry {
  const none = { affiliations: [], notes: new Map(), sessions: [], subject: undefined };
  return { kind: "room-stored", room: { node, config: DEFAULT_ROOM_CONFIG, locked: false, ...none } };
}

function said(number: number): JournalEntry {
  const speaker = speakerOf(number);
  const text = `Double, double toil and trouble: verse${number}${number % 101 === 0 ? " newt" : ""}`;
  return {
    kind: "message-archived",
    node: `room${roomOf(number)}`,
    message: {
      ...{ kind: "discussion", stanzaId: `s${number}`, at: number * SECOND, nick: speaker },
      ...{ jid: `${speaker}@bench.example/phone`, author: speaker, affiliation: "none", role: "participant" },
      ...{
        id: `m${number}`,
        language: undefined,
        corrects: undefined,
        payload: `<body>${text}</body>`,
        text,
      },
    },
  };
}
