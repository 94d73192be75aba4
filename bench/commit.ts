// What a commit takes, with one entry and with a thousand: node bench/commit.ts [--quick]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres } from "../dev/servers/postgres.ts";
import type { StorageConfig } from "../src/config/config.ts";
import type { JournalEntry } from "../src/muc/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../src/muc/room-config.ts";
import { openStore } from "../src/storage/open-store.ts";
import type { Store } from "../src/storage/store.ts";

const { values: options } = parseArgs({ options: { quick: { type: "boolean" } } });
const SIZES: readonly (readonly [entries: number, commits: number])[] = options.quick
  ? [
      [1, 5],
      [1_000, 1],
    ]
  : [
      [1, 500],
      [1_000, 30],
    ];

let said = 0;
function message(): JournalEntry {
  said += 1;
  const author = { nick: "firstwitch", jid: "crone1@example.org/desktop", author: "3c1fbd9a7f6b0e32" };
  const text = `Double, double toil and trouble; fire burn and cauldron bubble: verse ${said} of many`;
  return {
    kind: "message-archived",
    node: "coven",
    message: {
      ...{ kind: "discussion", stanzaId: `s${said}`, at: said, ...author, affiliation: "member" },
      ...{ role: "participant", id: `m${said}`, language: "en", corrects: undefined },
      ...{ payload: `<body>${text}</body>`, text },
    },
  };
}

async function measure(name: string, store: Store): Promise<void> {
  const none = { affiliations: [], notes: new Map(), sessions: [], subject: undefined };
  const room = { node: "coven", config: DEFAULT_ROOM_CONFIG, locked: false, ...none };
  await store.commit([{ kind: "room-stored", room }]);
  for (const [entries, commits] of SIZES) {
    const times: number[] = [];
    for (let round = -1; round < commits; round++) {
      const batch = Array.from({ length: entries }, message);
      const start = performance.now();
      await store.commit(batch);
      if (round >= 0) times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    const at = (share: number): string => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(2);
    process.stdout.write(`| ${name} | ${entries} | ${at(0.5)} | ${at(0.99)} |\n`);
  }
  await store.close();
}

const folder = mkdtempSync(join(tmpdir(), "verona-commit-"));
const server = await startPostgres({ fsync: true });
try {
  process.stdout.write("| store | entries | median ms | 99 % ms |\n| --- | --- | --- | --- |\n");
  const stores: readonly (readonly [string, StorageConfig])[] = [
    ["SQLite", { kind: "sqlite", path: join(folder, "rooms.sqlite") }],
    ["PostgreSQL on the same machine", { kind: "postgres", url: server.createDatabase() }],
  ];
  for (const [name, storage] of stores) await measure(name, await openStore(storage));
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}
