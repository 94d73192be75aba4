// Measures how long messages wait for their commit, by number of senders, in each store.
import { closeSync, fdatasyncSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startPostgres } from "../dev/servers/postgres.ts";
import type { StorageConfig } from "../src/config/config.ts";
import { Outbox } from "../src/connection/outbox.ts";
import { Effects } from "../src/muc/model/effects.ts";
import type { JournalEntry } from "../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../src/muc/model/room-config.ts";
import { openStore } from "../src/storage/open-store.ts";
import { PostgresStore } from "../src/storage/postgres/store.ts";
import type { Store } from "../src/storage/store.ts";
import { StoreRecords } from "../src/storage/store-records.ts";
import { startSlowLink } from "./slow-link.ts";
import { aligned, quantile, quantiles } from "./table.ts";

const SENDERS_PER_ROOM = 20;

/** Senders. Each has one message under way at a time, and pauses for at most `pauseMs` before the next. */
interface Senders {
  readonly count: number;
  readonly pauseMs: number;
}

const SENDERS: readonly Senders[] = [
  { count: 1, pauseMs: 0 },
  { count: 100, pauseMs: 0 },
  { count: 1_000, pauseMs: 0 },
  // Each sends about one message a second, so messages do not keep step with commits.
  { count: 1_000, pauseMs: 2_000 },
];

interface Pace {
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

const PACE: Pace = { warmUpMs: 1_000, measuredMs: 4_000 };
const QUICK: Pace = { warmUpMs: 0, measuredMs: 300 };

/** The size of the file that is written to without a store, in blocks of 4 KiB. */
const BLOCKS = 1_024;

/** Delay of the network in one direction, in the last rows; milliseconds. */
const DISTANCE_MS = 2;

const WITH_STANDBY = "PostgreSQL on the same machine, with a standby";

/**
 * Returns a line for each store and number of senders, after one for the disk without a store. Throws if a message is lost or out of order.
 */
export async function commitTable(isQuick: boolean): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "verona-commit-"));
  const server = await startPostgres({ fsync: true });
  const link = await startSlowLink(server.port, DISTANCE_MS);
  const lines: string[][] = [];
  try {
    const [near, guarded] = [server.createDatabase(), server.createDatabase()];
    const far = new URL(server.createDatabase());
    far.port = String(link.port);
    const stores: readonly (readonly [string, StorageConfig])[] = [
      ["SQLite", { kind: "sqlite", path: join(folder, "rooms.sqlite") }],
      ["PostgreSQL on the same machine", { kind: "postgres", url: near }],
      [WITH_STANDBY, { kind: "postgres", url: guarded }],
      [`PostgreSQL ${DISTANCE_MS} ms away`, { kind: "postgres", url: far.href }],
    ];
    const writes = writeTimes(folder, isQuick ? QUICK : PACE);
    const disk = quantile(writes, 0.5);
    const perSecond = (1_000 / disk).toFixed(0);
    lines.push([
      "1",
      "4 KiB to the disk",
      perSecond,
      ...quantiles(writes, [0.5]),
      "1.00",
      ...quantiles(writes, [0.99]),
    ]);
    for (const [name, storage] of stores) {
      const { store, standby } =
        name === WITH_STANDBY ? await openPair(guarded) : { store: await openStore(storage) };
      for (const senders of SENDERS) {
        const { times, seconds } = await measure(store, senders, isQuick ? QUICK : PACE);
        const { count, pauseMs } = senders;
        const who = `${name}${pauseMs === 0 ? "" : `, each ${(2_000 / pauseMs).toFixed(0)}/s`}`;
        const ratio = (quantile(times, 0.5) / disk).toFixed(2);
        const [p50 = "", p99 = ""] = quantiles(times, [0.5, 0.99]);
        lines.push([`${count}`, who, (times.length / seconds).toFixed(0), p50, ratio, p99]);
      }
      await store.close();
      await (await standby)?.close();
    }
  } finally {
    await link.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  }
  return aligned([["senders", "", "messages/s", "p50 ms", "p50 : disk", "p99 ms"], ...lines]);
}

/** Opens a store whose lease a standby watches, in this process. The standby opens when the store is closed. */
async function openPair(url: string): Promise<{ store: Store; standby: Promise<Store> }> {
  const open = () => PostgresStore.open(url, undefined, { standby: { reachesServer: async () => true } });
  const store = await open();
  return { store, standby: open() };
}

/** Writes blocks to a file that has its size already, each to the disk. Returns the milliseconds that each took. */
function writeTimes(folder: string, { measuredMs }: Pace): number[] {
  const block = Buffer.alloc(4_096, 1);
  const file = openSync(join(folder, "blocks"), "w");
  try {
    for (let place = 0; place < BLOCKS; place++)
      writeSync(file, block, 0, block.length, place * block.length);
    fsyncSync(file);
    const times: number[] = [];
    for (const end = performance.now() + measuredMs; performance.now() < end; ) {
      const start = performance.now();
      writeSync(file, block, 0, block.length, (times.length % BLOCKS) * block.length);
      fdatasyncSync(file);
      times.push(performance.now() - start);
    }
    return times;
  } finally {
    closeSync(file);
  }
}

/** Lets the senders speak. Returns the milliseconds that each message took from handling to writing. */
async function measure(store: Store, { count, pauseMs }: Senders, pace: Pace) {
  const nodes = Array.from({ length: Math.ceil(count / SENDERS_PER_ROOM) }, (_, i) => `coven${i}`);
  await store.commit(nodes.map(roomStored));
  const since: number[] = [];
  const times: number[] = [];
  const state = { isMeasured: false, isOver: false };
  const records = new StoreRecords(store, { users: () => 0, listed: () => [] });
  const outbox = new Outbox(records, { write: written, isFull: false }, { failed: fail, unreadable: fail });

  function speak(sender: number): void {
    if (state.isOver) return;
    since[sender] = performance.now();
    const node = nodes[sender % nodes.length] ?? "";
    const effects = new Effects(node);
    effects.journal.push(message(node, sender));
    effects.send(`${sender},`);
    outbox.add(effects);
  }

  function written(text: string): void {
    const now = performance.now();
    for (const said of text.split(",").slice(0, -1)) {
      const sender = Number(said);
      const start = since[sender];
      if (start === undefined) throw new Error(`sender ${sender} is told twice`);
      delete since[sender];
      if (state.isMeasured) times.push(now - start);
      if (pauseMs === 0) speak(sender);
      else setTimeout(speak, Math.random() * pauseMs, sender);
    }
  }

  for (let sender = 0; sender < count; sender++)
    setTimeout(speak, Math.random() * Math.min(pauseMs, pace.measuredMs), sender);
  await sleep(pace.warmUpMs);
  state.isMeasured = true;
  const start = performance.now();
  do await sleep(pace.measuredMs);
  while (times.length === 0);
  state.isMeasured = false;
  const seconds = (performance.now() - start) / 1_000;
  state.isOver = true;
  await outbox.settle();
  await store.commit(nodes.map((node) => ({ kind: "room-removed", node })));
  return { times, seconds };
}

function fail(error: unknown): never {
  throw error;
}

function roomStored(node: string): JournalEntry {
  const none = { affiliations: [], notes: new Map(), sessions: [], subject: undefined };
  return { kind: "room-stored", room: { node, config: DEFAULT_ROOM_CONFIG, locked: false, ...none } };
}

let said = 0;

function message(node: string, sender: number): JournalEntry {
  said += 1;
  const jid = `witch${sender}@bench.example`;
  const text = `Double, double toil and trouble; fire burn and cauldron bubble: verse ${said} of many`;
  return {
    kind: "message-archived",
    node,
    message: {
      ...{ kind: "discussion", stanzaId: `s${said}`, at: Date.now(), nick: `witch${sender}` },
      ...{ jid: `${jid}/phone`, author: jid, affiliation: "member", role: "participant", id: `m${said}` },
      ...{ language: "en", corrects: undefined, payload: `<body>${text}</body>`, text },
    },
  };
}
