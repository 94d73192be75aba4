// Several domains in one process: "Several domains" in docs/configuration.md.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as pathOf } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { launchWithFiles, type RunningVerona } from "../../dev/verona.ts";
import { conditionOf, join, withId } from "../support/chat.ts";
import { connectClient } from "../support/client.ts";
import { DOMAIN, USERS } from "../support/servers.ts";
import { veronaWith } from "../transfer/verona.ts";

const DOMAINS = ["rooms.localhost", "staff.localhost"] as const;
const SECRET = "s3cret";

let folder: string;
let server: RunningServer;
let verona: RunningVerona;
beforeEach(async () => {
  folder = mkdtempSync(pathOf(tmpdir(), "verona-domains-"));
  const components = DOMAINS.map((domain) => ({ domain, secret: SECRET }));
  server = await startProsody({ domain: DOMAIN, users: USERS, components });
  const limits = [{ occupantsPerRoom: 100 }, { occupantsPerRoom: 1 }];
  const paths = DOMAINS.map((domain, place) => {
    const path = pathOf(folder, `${domain}.json`);
    const component = { host: "127.0.0.1", port: server.componentPort, domain, secret: SECRET };
    const service = { roomCreation: "anyone" };
    const storage = `sqlite:${domain}.sqlite`;
    writeFileSync(path, JSON.stringify({ component, service, storage, limits: limits[place] }));
    return path;
  });
  verona = launchWithFiles(paths);
  await verona.logged("online", 2);
});
afterEach(async () => {
  verona?.kill();
  await verona?.ended;
  await server?.stop();
  rmSync(folder, { recursive: true });
});

const connect = (username: string) =>
  connectClient({ port: server.clientPort, domain: DOMAIN, username, password: "password" });

test("each has its own link, rooms, limits, database and commands; the log names it", async () => {
  const [one, two] = [await connect("user"), await connect("user2")];
  const [open, small] = DOMAINS.map((domain) => `coven@${domain}`) as [string, string];
  for (const room of [open, small]) await join(one, room, "firstwitch");
  for (const room of [open, small]) {
    const accept = `<query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"/></query>`;
    await one.send(`<iq type="set" id="a-${room}" to="${room}">${accept}</iq>`);
    await one.receive(withId(`a-${room}`));
  }
  await join(two, open, "secondwitch");
  await two.send(
    `<presence to="${small}/secondwitch" id="full"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
  );
  const refused = await two.receive(
    ({ attrs }) => attrs.from === `${small}/secondwitch` && attrs.type === "error",
  );
  expect(conditionOf(refused)).toBe("service-unavailable");
  for (const domain of DOMAINS) {
    const command = ["rooms", "list", "--json", "--config", pathOf(folder, `${domain}.json`)];
    const env = { VERONA_DOMAIN: "", VERONA_SECRET: "" };
    const { stdout } = await veronaWith(env, "", ...command);
    expect(JSON.parse(stdout).rooms.map(({ room }: { room: string }) => room)).toEqual([`coven@${domain}`]);
    expect(verona.log()).toMatch(new RegExp(`"domain":"${domain}".*"msg":"online"`));
  }
  await Promise.all([one.close(), two.close()]);
  expect(await verona.stop()).toBe(0);
});

test("the others stop in order if one of them fails", async () => {
  const client = await connect("user");
  await join(client, `coven@${DOMAINS[1]}`, "firstwitch");
  rmSync(pathOf(folder, `${DOMAINS[0]}.sqlite`));
  await verona.ended;
  expect(verona.exitCode()).toBe(1);
  expect(verona.log()).toMatch(new RegExp(`^verona: .*${DOMAINS[0]}\\.sqlite`, "m"));
  await client.close();
});
