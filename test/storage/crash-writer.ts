// Run by a test as a process of its own: commits until it is killed, and prints a number when it is committed.
import { argv, stdout } from "node:process";
import { DEFAULT_ROOM_CONFIG } from "../../src/muc/room-config.ts";
import { SqliteStore } from "../../src/storage/sqlite-store.ts";

const store = new SqliteStore(argv[2] ?? "");
for (let number = 1; ; number++) {
  const affiliations = [
    { jid: `${number}@example.org`, affiliation: "owner", reason: undefined, nick: undefined } as const,
  ];
  const room = {
    node: String(number),
    config: DEFAULT_ROOM_CONFIG,
    subject: undefined,
    affiliations,
    notes: new Map(),
  };
  store.commit([{ kind: "room-stored", room }]);
  await new Promise((written) => stdout.write(`${number}\n`, written));
}
