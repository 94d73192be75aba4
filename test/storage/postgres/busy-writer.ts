// A test's process that commits to a database until it is killed, and prints each number after its commit.
import { argv, stdout } from "node:process";
import { PostgresStore } from "../../../src/storage/postgres/store.ts";
import { archived, message, room } from "../records.ts";

const store = await PostgresStore.open(argv[2] ?? "");
await store.commit([{ kind: "room-stored", room }]);
for (let number = 1; ; number++) {
  await store.commit([archived("coven", message(number))]);
  stdout.write(`${number}\n`);
}
