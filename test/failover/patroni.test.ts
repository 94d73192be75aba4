// The loss of the primary database server under Patroni, which makes the replica the primary.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type PatroniCluster, startPatroni } from "../../dev/servers/patroni.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { WITHOUT_RATES } from "../../dev/verona.ts";
import { keptAfter } from "./kept-messages.ts";
import { Ledger } from "./ledger.ts";
import { Pair } from "./pair.ts";
import { ROOMS_DOMAIN, Talk, USERS_DOMAIN } from "./talk.ts";

const SECRET = "failover-secret";
/** Patroni waits for 20 seconds before it replaces a primary. */
const TIMEOUT = 240_000;

let server: RunningServer;
let cleanUp: (() => unknown)[];
beforeEach(async () => {
  cleanUp = [];
  const components = [ROOMS_DOMAIN, USERS_DOMAIN].map((domain) => ({ domain, secret: SECRET }));
  server = await startProsody({ domain: "localhost", components, users: [], hold: {} });
  cleanUp.push(() => server.stop());
}, TIMEOUT);
afterEach(async () => {
  for (const step of cleanUp.reverse()) await step();
}, TIMEOUT);

interface Scene {
  readonly database: PatroniCluster;
  readonly pair: Pair;
  readonly talk: Talk;
  readonly ledger: Ledger;
}

/** Starts the database, two processes of the service and the users, who begin to talk. */
async function begin(isSynchronous: boolean): Promise<Scene> {
  const database = await startPatroni({ isSynchronous });
  cleanUp.push(() => database.stop());
  const ledger = new Ledger();
  const options = {
    server: { host: "127.0.0.1", componentPort: server.componentPort },
    ...{ domain: ROOMS_DOMAIN, secret: SECRET, storage: database.address },
    env: { VERONA_STANDBY: "true", VERONA_ROOM_CREATION: "anyone", ...WITHOUT_RATES },
  };
  const places = ["one", "two"].map((name) => ({ name, options }));
  const pair = new Pair(places, (fault) => ledger.findings.push(fault));
  cleanUp.push(() => pair.close());
  await pair.ready();
  const componentPort = server.componentPorts.at(-1) ?? server.componentPort;
  const talk = await Talk.open({ host: "127.0.0.1", componentPort, secret: SECRET }, ledger, (error) =>
    ledger.findings.push(`the users' connection was lost: ${error}`),
  );
  cleanUp.push(() => talk.close());
  await talk.enter();
  talk.start();
  cleanUp.push(() => talk.pause());
  await talk.isHeardAgain();
  return { database, pair, talk, ledger };
}

describe("the primary database server is lost, and its replica", () => {
  test(
    "has every commit (synchronous): nothing that users saw is lost, twice or out of order",
    async () => {
      const { database, talk, ledger } = await begin(true);
      await database.killPrimary();
      await talk.isHeardAgain();
      talk.pause();
      await talk.settle();
      const { kept } = await keptAfter(await database.primaryAddress(), "0");
      ledger.compare(kept);
      expect(ledger.findings).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    "lacks the last commits (asynchronous): the service notices, says so and goes on with the present data",
    async () => {
      const { database, pair, talk, ledger } = await begin(false);
      const serving = await pair.ready();
      await database.stopReplication();
      await talk.isHeardAgain();
      await database.killPrimary();
      await talk.isHeardAgain();
      talk.pause();
      await talk.settle();
      expect(serving.exitCode()).toBe(1);
      expect(serving.log()).toMatch(/its last commit is not the expected one .*another server promoted/);
      expect(ledger.findings).toEqual([]);
      const { kept, position } = await keptAfter(await database.primaryAddress(), "0");
      ledger.compare(kept);
      expect(ledger.findings).toContainEqual(expect.stringContaining("was heard and is not kept"));
      // What is said from now on is kept.
      await talk.settle();
      const { kept: next } = await keptAfter(await database.primaryAddress(), position);
      expect(next.size).toBeGreaterThan(0);
    },
    TIMEOUT,
  );
});
