// XEP-0033 with real servers: the stanzas that clients receive if the server makes the copies.
import { join as joinPath } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { runFile } from "../../dev/scansion/run.ts";
import { startEjabberd } from "../../dev/servers/ejabberd.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona, WITHOUT_RATES } from "../../dev/verona.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { configure, join } from "../support/chat.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { ADMIN_ENV, COMPONENT, DOMAIN, OPTIONS, PAGES_ENV, USERS } from "../support/servers.ts";

const ROOM = `coven@${COMPONENT.domain}`;
/** Scripts in which at least three occupants receive the same. */
const SCRIPTS = ["entering-a-room", "kick", "messages", "multi-session", "nickname", "private-messages"];
/** Maximum number of addresses: less than the number of occupants, so that one message takes two stanzas. */
const ADDRESSES = 6;
const CLIENTS = 8;

/** Enters the room. The first occupant also unlocks it. */
async function enter(client: TestClient, room: string, n: number): Promise<void> {
  await join(client, room, `nick${n}`);
  if (n === 0) await configure(client, room, {});
}

const MODULES = [
  ["ejabberd", "mod_multicast", startEjabberd, { multicast: ADDRESSES }],
  ["ejabberd", "mod_component_multicast", startEjabberd, { copies: true }],
  ["prosody", "mod_component_multicast", startProsody, { multicast: ADDRESSES }],
] as const;

describe.each(MODULES)("behind %s with %s", (_name, _module, start, service) => {
  let server: RunningServer;
  let verona: RunningVerona;
  beforeAll(async () => {
    server = await start({ ...OPTIONS, ...service });
    verona = await startVerona({
      server,
      ...COMPONENT,
      env: { ...ADMIN_ENV, ...WITHOUT_RATES, ...PAGES_ENV },
    });
    await verona.logged("multicast is used");
  });
  afterAll(async () => {
    const log = verona?.log() ?? "";
    await verona?.stop();
    await server?.stop();
    expect(log).not.toContain("multicast is refused");
  });

  test.each(SCRIPTS)("%s.scs", async (name) => {
    const script = joinPath(import.meta.dirname, `../../scansion/${name}.scs`);
    const outcome = await runFile(script, { host: server.host, port: server.clientPort, timeoutMs: 30_000 });
    expect(outcome.ok ? "" : `${outcome.report}\n\nVerona's log:\n${verona.log()}`).toBe("");
  });

  test("everybody gets messages, private messages, subjects and answers in the order of the room", async () => {
    const clients: TestClient[] = [];
    for (let n = 0; n < CLIENTS; n += 1) {
      const user = USERS[n % USERS.length] as (typeof USERS)[number];
      const client = await connectClient({ port: server.clientPort, domain: DOMAIN, ...user });
      clients.push(client);
      await enter(client, ROOM, n);
    }
    const [owner, reader] = clients as [TestClient, TestClient];
    const rounds = 60;
    for (let round = 0; round < rounds; round += 1) {
      const say = (id: number) =>
        `<message type="groupchat" to="${ROOM}" id="${round * 10 + id}"><body>x</body></message>`;
      for (const id of [0, 1, 2]) void owner.send(say(id));
      void owner.send(
        `<message type="chat" to="${ROOM}/nick1" id="${round * 10 + 3}"><body>x</body></message>`,
      );
      void owner.send(say(4));
      void owner.send(
        `<message type="groupchat" to="${ROOM}" id="${round * 10 + 5}"><subject>${round}</subject></message>`,
      );
      void owner.send(
        `<iq type="get" to="${ROOM}" id="${round * 10 + 6}"><query xmlns="${NS.discoInfo}"/></iq>`,
      );
    }
    const last = String((rounds - 1) * 10 + 6);
    await owner.receive((stanza) => stanza.attrs.id === last);
    await reader.receive((stanza) => stanza.attrs.id === String((rounds - 1) * 10 + 5));
    const idsOf = (client: TestClient) =>
      client.unread().flatMap(({ attrs }) => (/^\d+$/.test(attrs.id ?? "") ? [Number(attrs.id)] : []));
    const expected = (ids: number[], end: number) =>
      Array.from({ length: rounds }, (_, round) => ids.map((id) => round * 10 + id))
        .flat()
        .filter((id) => id !== (rounds - 1) * 10 + end);
    expect(idsOf(reader)).toEqual(expected([0, 1, 2, 3, 4, 5], 5));
    expect(idsOf(owner)).toEqual(expected([0, 1, 2, 4, 5, 6], 6));
    const text = clients.flatMap((client) => client.unread().map(String)).join("");
    expect(text).not.toContain(NS.address);
    await Promise.all(clients.map((client) => client.close()));
  });

  test("who enters gets presences, history and subject in this order, while others talk", async () => {
    const account = (n: number) => ({
      port: server.clientPort,
      domain: DOMAIN,
      ...(USERS[n] as (typeof USERS)[number]),
    });
    const room = `busy@${COMPONENT.domain}`;
    const talkers = await Promise.all([0, 1, 2].map((n) => connectClient(account(n))));
    for (const [n, client] of talkers.entries()) await enter(client, room, n);
    const [owner] = talkers as [TestClient];
    let talking = true;
    let said = 0;
    const talk = (async () => {
      while (talking) {
        said += 1;
        await owner.send(`<message type="groupchat" to="${room}" id="${said}"><body>x</body></message>`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    onTestFinished(async () => {
      talking = false;
      await talk;
      await Promise.all(talkers.map((client) => client.close()));
    });
    for (let entry = 0; entry < 15; entry += 1) {
      const client = await connectClient(account(3));
      await client.send(`<presence to="${room}/late"><x xmlns="${NS.muc}"/></presence>`);
      await client.receive(
        (stanza) => stanza.getName() === "message" && stanza.getChild("subject") !== undefined,
      );
      const later = String(said + 3);
      await client.receive((stanza) => stanza.attrs.id === later);
      const stanzas = client.unread().filter(({ attrs }) => attrs.from?.startsWith(room));
      const kinds = stanzas.map((stanza) =>
        stanza.getName() === "presence" ? "p" : stanza.getChild("delay") ? "h" : "m",
      );
      expect(kinds.join("")).toMatch(/^p{4}h+m*$/);
      const ids = stanzas.flatMap(({ attrs }) => (/^\d+$/.test(attrs.id ?? "") ? [Number(attrs.id)] : []));
      const before = ids.filter((id) => id < Number(later));
      expect(before).toEqual(before.map((_, index) => (ids[0] ?? 0) + index));
      await client.close();
    }
  });
});
