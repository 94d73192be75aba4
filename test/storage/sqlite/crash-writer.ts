// A test's process that commits until it is killed, and prints each number after its commit.
import { argv, stdout } from "node:process";
import { SqliteStore } from "../../../src/storage/sqlite/store.ts";
import { room } from "../records.ts";

const store = new SqliteStore(argv[2] ?? "");
for (let number = 1; ; number++) {
  const affiliations = [
    { jid: `${number}@example.org`, affiliation: "owner", reason: undefined, nick: undefined } as const,
  ];
  const record = { ...room, node: String(number), affiliations };
  store.commit([{ kind: "room-stored", room: record }]);
  await new Promise((written) => stdout.write(`${number}\n`, written));
}
