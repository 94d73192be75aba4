// Measures how long a page of 50 messages of a room's archive takes in SQLite (XEP-0313).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArchiveQuery } from "../src/muc/model/archive-query.ts";
import type { JournalEntry } from "../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../src/muc/model/room-config.ts";
import { SqliteStore } from "../src/storage/sqlite/store.ts";
import { aligned } from "./table.ts";

const ROUNDS = 101;
const BATCH = 20_000;
const SECOND = 1_000;

/** Queries of a page in the middle and at either end of the result, by each filter, in a room with `count` messages. */
const queries = (count: number): readonly (readonly [name: string, query: Partial<ArchiveQuery>])[] => [
  ["the last page", { fromEnd: true }],
  ["the first page", {}],
  ["after an id", { afterIds: [`s${count >> 1}`] }],
  ["before an id", { beforeIds: [`s${count >> 1}`], fromEnd: true }],
  ["since a time", { start: (count >> 1) * SECOND }],
  ["until a time", { end: (count >> 1) * SECOND, fromEnd: true }],
  ["of a busy nickname", { nick: "witch1", fromEnd: true }],
  ["of a nickname that spoke at first only", { nick: "guest", fromEnd: true }],
  ["of a real JID that spoke at first only", { jid: "guest@bench.example", fromEnd: true }],
  ["a word of every message", { words: "double", fromEnd: true }],
  ["a word of every message, since a time", { words: "double", start: (count >> 1) * SECOND }],
  ["a word of few messages", { words: "newt" }],
  ["two words, of a busy nickname", { words: "double toil", nick: "witch1", fromEnd: true }],
  ["a word that only another room has", { words: "battle" }],
];

/** Fills an archive, queries it, and returns a table of the times. Throws if a page is wrong. */
export function archiveTable(count: number): string {
  const folder = mkdtempSync(join(tmpdir(), "verona-bench-"));
  const store = new SqliteStore(join(folder, "verona.sqlite"));
  try {
    const filling = performance.now();
    fill(store, count);
    const each = ((performance.now() - filling) * 1_000) / count;
    const lines = queries(count).map(([name, query]) => {
      const { median, slowest, messages } = time(store, query);
      return [String(messages), name, median.toFixed(2), slowest.toFixed(2)];
    });
    const head = `${count} messages in a room, stored in ${each.toFixed(1)} µs each.`;
    return `${head}\n\n${aligned([["messages", "query", "p50 ms", "max ms"], ...lines])}`;
  } finally {
    store.close();
    rmSync(folder, { recursive: true });
  }
}

function time(store: SqliteStore, query: Partial<ArchiveQuery>) {
  const asked = { afterIds: [], beforeIds: [], max: 50, fromEnd: false, ...query };
  const times: number[] = [];
  let messages = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    const page = store.readArchive("bench", asked);
    times.push(performance.now() - start);
    if (!page) throw new Error("the archive does not have what was put there");
    messages = page.messages.length;
  }
  times.sort((a, b) => a - b);
  return { median: times[ROUNDS >> 1] ?? 0, slowest: times.at(-1) ?? 0, messages };
}

function fill(store: SqliteStore, count: number): void {
  const owner = {
    jid: "owner@bench.example",
    affiliation: "owner",
    reason: undefined,
    nick: undefined,
  } as const;
  const room = { config: DEFAULT_ROOM_CONFIG, locked: false, subject: undefined, affiliations: [owner] };
  const rooms = ["bench", "other"].map(
    (node): JournalEntry => ({
      kind: "room-stored",
      room: { ...room, node, notes: new Map(), sessions: [] },
    }),
  );
  store.commit(rooms);
  for (let from = 0; from < count; from += BATCH) {
    const to = Math.min(count, from + BATCH);
    const batch = Array.from({ length: to - from }, (_, i) => said("bench", from + i, "Double toil"));
    // Another room has a tenth as many messages, with a word of its own.
    store.commit([
      ...batch,
      ...batch.filter((_, i) => i % 10 === 0).map((_, i) => said("other", from + i, "Battle")),
    ]);
  }
}

function said(node: string, number: number, words: string): JournalEntry {
  const speaker = number < 20 ? "guest" : `witch${number % 20}`;
  const text = `${words}, double trouble ${number}${number % 1_000 === 0 ? " newt" : ""}`;
  return {
    kind: "message-archived",
    node,
    message: {
      kind: "discussion",
      stanzaId: `s${number}`,
      at: number * SECOND,
      nick: speaker,
      jid: `${speaker}@bench.example/phone`,
      author: speaker,
      affiliation: "none",
      role: "participant",
      id: `m${number}`,
      language: undefined,
      corrects: undefined,
      payload: `<body>${text}</body>`,
      text,
    },
  };
}
