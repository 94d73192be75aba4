// Rooms that share bans because their owner has named a group for them: docs/moderation.md.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { startPostgres } from "../../dev/servers/postgres.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona, WITHOUT_RATES } from "../../dev/verona.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { conditionOf, configure, join, statusCodes } from "../support/chat.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { COMPONENT, DOMAIN, OPTIONS } from "../support/servers.ts";

const [HALL, GARDEN] = [`hall@${COMPONENT.domain}`, `garden@${COMPONENT.domain}`];
const BANNED = `user2@${DOMAIN}`;

let server: RunningServer;
const cleanUp: (() => unknown)[] = [];
beforeAll(async () => {
  server = await startProsody(OPTIONS);
});
afterAll(() => server?.stop());
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

const STORES: readonly [string, () => Promise<string>][] = [
  [
    "SQLite",
    async () => {
      const folder = mkdtempSync(joinPath(tmpdir(), "verona-group-"));
      cleanUp.push(() => rmSync(folder, { recursive: true }));
      return `sqlite:${joinPath(folder, "rooms.sqlite")}`;
    },
  ],
  [
    "PostgreSQL",
    async () => {
      const database = await startPostgres();
      cleanUp.push(() => database.stop());
      return database.createDatabase();
    },
  ],
];

async function run(storage: string): Promise<RunningVerona> {
  const verona = await startVerona({ server, ...COMPONENT, storage, env: WITHOUT_RATES });
  cleanUp.push(() => verona.stop());
  onTestFailed(() => console.error(verona.log()));
  return verona;
}

async function login(username: string): Promise<TestClient> {
  const account = { port: server.clientPort, domain: DOMAIN, username, password: "password" };
  const client = await connectClient(account);
  cleanUp.push(() => client.close().catch(() => {}));
  return client;
}

const affiliate = (owner: TestClient, room: string, affiliation: string) =>
  owner.request(
    room,
    "set",
    `<query xmlns="${NS.mucAdmin}"><item affiliation="${affiliation}" jid="${BANNED}"/></query>`,
  );

describe.each(STORES)("a group of rooms on %s", (_name, open) => {
  test("keeps out and removes who is banned from one of them, also after a restart, until the ban ends", async () => {
    const storage = await open();
    const first = await run(storage);
    const [owner, banned] = [await login("user"), await login("user2")];
    for (const room of [HALL, GARDEN]) {
      await join(owner, room, "Owner");
      const fields = { "muc#roomconfig_persistentroom": "1", "verona#ban_group": "team" };
      expect((await configure(owner, room, fields)).attrs.type).toBe("result");
    }
    await join(banned, GARDEN, "Banned");
    await affiliate(owner, HALL, "outcast");
    const departure = await banned.receive(
      ({ attrs }) => attrs.type === "unavailable" && attrs.from === `${GARDEN}/Banned`,
    );
    expect(statusCodes(departure)).toContain("301");
    expect(conditionOf(await join(banned, GARDEN, "Banned"))).toBe("forbidden");

    await first.stop();
    await run(storage);
    expect(conditionOf(await join(banned, GARDEN, "Banned"))).toBe("forbidden");
    await affiliate(owner, HALL, "none");
    await eventually(async () => expect(conditionOf(await join(banned, GARDEN, "Banned"))).toBeUndefined());
  });
});
