// A machine that vanishes from the network while it writes to a PostgreSQL database.
import { once } from "node:events";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startChild } from "../../../dev/child-process.ts";
import { networkProblem, openNetwork } from "../../../dev/network.ts";
import { startPostgres } from "../../../dev/servers/postgres.ts";
import { PostgresStore } from "../../../src/storage/postgres/store.ts";
import { message } from "../records.ts";

const WRITER = new URL("busy-writer.ts", import.meta.url).pathname;
/** TCP alone would try for 15 minutes. */
const BOUND_MS = 40_000;

let cleanUp: (() => unknown)[];
beforeEach(() => {
  cleanUp = [];
});
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
});

const problem = networkProblem();

it("loses its lock to another process, which has everything that was committed", async (context) => {
  context.skip(problem !== undefined, problem);
  const network = openNetwork();
  cleanUp.push(() => network.close());
  const server = await startPostgres({ address: network.address });
  cleanUp.push(() => server.stop());
  const url = server.createDatabase();
  const machine = network.machine();
  const [command, ...args] = machine.command;
  const address = String(Object.assign(new URL(url), { hostname: network.address }));
  const writer = startChild(command, [...args, process.execPath, WRITER, address], {
    cwd: "/",
    env: process.env,
  });
  cleanUp.push(() => writer.end("SIGKILL"));
  let printed = "";
  writer.process.stdout?.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  while (!printed.includes("\n50\n")) await once(writer.process.stdout ?? writer.process, "data");
  machine.cut();
  const vanished = performance.now();
  const isLate = (): boolean => performance.now() - vanished > BOUND_MS;
  let store: PostgresStore | undefined;
  while (store === undefined)
    // While the lock is held, opening waits some seconds and is refused.
    store = await PostgresStore.open(url).catch((error) => {
      if (isLate()) throw error;
      return undefined;
    });
  const opened = store;
  cleanUp.push(() => opened.close());
  const numbers = printed.slice(0, printed.lastIndexOf("\n")).split("\n").map(Number);
  const kept = await store.latestDiscussion("coven", numbers.length + 1);
  expect(kept.map(({ stanzaId }) => stanzaId)).toEqual(
    expect.arrayContaining(numbers.map((number) => message(number).stanzaId)),
  );
});
