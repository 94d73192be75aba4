// Blocklists in the PubSub service of a real server (XEP-0060): docs/moderation.md.
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFailed, test } from "vitest";
import { startEjabberd } from "../../dev/servers/ejabberd.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona } from "../../dev/verona.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { configure, join, statusCodes } from "../support/chat.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { COMPONENT, DOMAIN, OPTIONS } from "../support/servers.ts";

const PUBSUB = "pubsub.localhost";
const NODE = "muc_bans_sha256";
const ROOM = `room@${COMPONENT.domain}`;
const sha = (text: string) => createHash("sha256").update(text).digest("hex");
const REPORT = `<report xmlns="urn:xmpp:reporting:1" reason="urn:xmpp:reporting:spam"/>`;

const SERVERS: readonly [string, () => Promise<RunningServer>][] = [
  ["prosody", () => startProsody({ ...OPTIONS, pubsub: PUBSUB })],
  ["ejabberd", () => startEjabberd({ ...OPTIONS, pubsub: PUBSUB })],
];

describe.each(SERVERS)("a blocklist of %s", (_name, start) => {
  let server: RunningServer;
  let storage: string;
  let publisher: TestClient;
  let cleanUp: (() => unknown)[];
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());
  beforeEach(() => {
    const folder = mkdtempSync(joinPath(tmpdir(), "verona-lists-"));
    storage = `sqlite:${joinPath(folder, "rooms.sqlite")}`;
    cleanUp = [() => rmSync(folder, { recursive: true })];
  });
  afterEach(async () => {
    for (const step of cleanUp.reverse()) await step();
  });

  async function run(): Promise<RunningVerona> {
    const env = { VERONA_BLOCKLISTS: PUBSUB, VERONA_ADMINS: `user@${DOMAIN}` };
    const verona = await startVerona({ server, ...COMPONENT, storage, env });
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

  async function pubsub(content: string, ns: string = NS.pubsub): Promise<void> {
    const answer = await publisher.request(PUBSUB, "set", `<pubsub xmlns="${ns}">${content}</pubsub>`);
    expect(answer.attrs.type, String(answer)).toBe("result");
  }
  const publish = (jid: string) =>
    pubsub(`<publish node="${NODE}"><item id="${sha(jid)}">${REPORT}</item></publish>`);
  const retract = (jid: string) =>
    pubsub(`<retract node="${NODE}" notify="true"><item id="${sha(jid)}"/></retract>`);

  const BANNED = `user2@${DOMAIN}`;
  const refused = async (client: TestClient) => {
    const answer = await join(client, ROOM, "Banned");
    return answer.getChild("error")?.getChild("forbidden") !== undefined;
  };

  test("bans who is on it, over restarts, until the item is retracted", async () => {
    publisher = await login("admin");
    await pubsub(`<create node="${NODE}"/>`);
    cleanUp.push(() => pubsub(`<delete node="${NODE}"/>`, `${NS.pubsub}#owner`));
    await publish("other@elsewhere.example");
    const first = await run();
    await first.logged("read a blocklist");
    const owner = await login("user");
    await join(owner, ROOM, "Owner");
    await configure(owner, ROOM, { "muc#roomconfig_persistentroom": "1" });
    const banned = await login("user2");
    expect(await refused(banned)).toBe(false);

    await publish(BANNED);
    const departure = await banned.receive(
      ({ attrs }) => attrs.type === "unavailable" && attrs.from === `${ROOM}/Banned`,
    );
    expect(statusCodes(departure)).toContain("301");
    await first.logged("kicked");
    expect(await refused(banned)).toBe(true);

    await first.stop();
    const second = await run();
    await second.logged("read a blocklist");
    expect(await refused(banned)).toBe(true);

    // A notification of one item tells that earlier ones have been handled.
    await retract(BANNED);
    await expect.poll(() => refused(banned), { timeout: 20_000, interval: 200 }).toBe(false);
  });
});
