import { setTimeout as sleep } from "node:timers/promises";
import type { JournalEntry } from "../../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../../src/muc/model/room-config.ts";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { startMeter } from "../meter.ts";
import { IQ, inTurn } from "../rooms.ts";
import type { Scenario } from "../scenario.ts";
import { iq } from "../users.ts";

const BATCH = 10_000;
const LOADED = 10_000;

/** Stored rooms without occupants. */
export const STORED: Scenario = {
  name: "stored",
  description: `N rooms in the database. Verona starts; then disco#info requests load at most ${LOADED} of them into memory, which is measured 40 seconds later.`,
  axis: "stored rooms",
  unit: ["room", "rooms"],
  latency: "",
  sizes: { direct: [1, 1000, 100_000, 1_000_000] },
  quickSize: 50,
  setting: (rooms) => ({ probe: true, seed: (path) => store(path, rooms) }),
  async run(stage, rooms, { rest }) {
    const before = await stage.probe?.();
    const loaded = Math.min(rooms, LOADED);
    const question = '<query xmlns="http://jabber.org/protocol/disco#info"/>';
    const questions = Array.from({ length: loaded }, (_, room) => iq("get", "user", `room${room}`, question));
    const stop = startMeter(stage.participants);
    await inTurn(stage.connection, questions, IQ);
    const reading = stop();
    const atOnce = reading.participants[0]?.rssBytes ?? 0;
    if (rooms > 1) await sleep(rest * 1000);
    const after = await stage.probe?.();
    if (!before || !after) throw new Error("no memory was measured");
    const each = (bytes: number): string => (rooms > 1 ? (bytes / loaded / 1024).toFixed(2) : "");
    return {
      ...reading,
      produced: loaded,
      latencies: [],
      notes: {
        "start ms": stage.startMs.toFixed(0),
        "RSS MB at start": (before.rssBytes / 1e6).toFixed(0),
        "KiB RSS/loaded room at once": each(atOnce - before.rssBytes),
        "KiB RSS/loaded room": each(after.rssBytes - before.rssBytes),
        "KiB heap/loaded room": each(after.heapBytes - before.heapBytes),
      },
    };
  },
};

function store(path: string, rooms: number): void {
  const database = new SqliteStore(path);
  for (let from = 0; from < rooms; from += BATCH) {
    const count = Math.min(BATCH, rooms - from);
    database.commit(Array.from({ length: count }, (_, index) => roomStored(`room${from + index}`)));
  }
  database.close();
}

const roomStored = (node: string): JournalEntry => ({
  kind: "room-stored",
  room: {
    node,
    config: { ...DEFAULT_ROOM_CONFIG, name: `The room ${node}`, persistent: true },
    locked: false,
    subject: { text: "What we talk about", nick: "owner", at: 0 },
    affiliations: [
      { jid: "owner@users.bench.example", affiliation: "owner", reason: undefined, nick: undefined },
    ],
    notes: new Map(),
    sessions: [],
  },
});
