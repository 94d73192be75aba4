// Verona with SQLite restarts while clients enter and leave: the state that clients and the administrator find.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFailed, test } from "vitest";
import type { RunningServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona } from "../../dev/verona.ts";
import type { Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { configure, join, receiveSubject, statusCodes, submittedForm } from "../support/chat.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { ADMIN_ENV, COMPONENT, DOMAIN, SERVERS } from "../support/servers.ts";

const ROOM = `room@${COMPONENT.domain}`;

describe.each(SERVERS)("a restart behind %s", (_name, start) => {
  let server: RunningServer;
  let cleanUp: (() => unknown)[];
  let storage: string;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());
  beforeEach(() => {
    const folder = mkdtempSync(joinPath(tmpdir(), "verona-sqlite-"));
    storage = `sqlite:${joinPath(folder, "rooms.sqlite")}`;
    cleanUp = [() => rmSync(folder, { recursive: true })];
  });
  afterEach(async () => {
    for (const step of cleanUp.reverse()) await step();
  });

  async function run(): Promise<RunningVerona> {
    const verona = await startVerona({ server, ...COMPONENT, storage, env: ADMIN_ENV });
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

  async function enter(username: string, nick: string): Promise<TestClient> {
    const client = await login(username);
    expect(statusCodes(await join(client, ROOM, nick))).toContain("110");
    if (nick === "Romeo") await configure(client, ROOM, { "muc#roomconfig_persistentroom": "1" });
    await receiveSubject(client);
    return client;
  }

  const selfPing = (client: TestClient, nick: string) =>
    client.request(`${ROOM}/${nick}`, "get", `<ping xmlns="${NS.ping}"/>`);

  test("has those leave who died meanwhile (XEP-0045 18.1.2, status 333), and sends no other presence", async () => {
    const verona = await run();
    const romeo = await enter("user", "Romeo");
    const juliet = await enter("user2", "Juliet");
    const nurse = await enter("user3", "Nurse");
    await romeo.receive((stanza) => stanza.attrs.from === `${ROOM}/Nurse`);
    await juliet.receive((stanza) => stanza.attrs.from === `${ROOM}/Nurse`);
    verona.kill();
    await verona.stop();
    await juliet.close();
    const before = new Map([romeo, nurse].map((client) => [client, client.unread().length]));

    await run();
    // XEP-0410 3.3: from the start on, the room confirms the self-ping of an occupant and refuses that of others.
    expect((await selfPing(romeo, "Romeo")).attrs.type).toBe("result");
    const stranger = await selfPing(await login("admin"), "Romeo");
    expect(stranger.getChild("error")?.getChild("not-acceptable")).toBeDefined();
    for (const client of [romeo, nurse]) {
      const departure = await client.receive((stanza) => stanza.attrs.type === "unavailable");
      expect(departure.attrs.from).toBe(`${ROOM}/Juliet`);
      expect(statusCodes(departure)).toContain("333");
    }
    // Everything sent to the clients before this answer has arrived.
    for (const client of [romeo, nurse]) {
      await client.request(ROOM, "get", `<query xmlns="${NS.discoInfo}"/>`);
      const others = client.unread().slice(before.get(client));
      expect(others.filter((stanza) => !isPing(stanza)).map(String)).toEqual([]);
    }
    expect((await selfPing(nurse, "Nurse")).attrs.type).toBe("result");
  });

  test("leaves rooms that nobody is in to the administrator's commands (XEP-0133)", async () => {
    const first = await run();
    const romeo = await enter("user", "Romeo");
    await configure(romeo, ROOM, {
      "muc#roomconfig_persistentroom": "1",
      "muc#roomconfig_publicroom": "0",
      "muc#roomconfig_roomname": "Orchard",
    });
    await romeo.send(`<presence to="${ROOM}/Romeo" type="unavailable"/>`);
    await romeo.receive((stanza) => stanza.attrs.type === "unavailable");
    await first.stop();

    await run();
    const admin = await login("admin");
    const command = async (node: string, fields: Record<string, string>, formType = "verona#admin") => {
      const form = submittedForm(formType, fields);
      const answer = await admin.request(
        COMPONENT.domain,
        "set",
        `<command xmlns="${NS.commands}" node="verona#${node}">${form}</command>`,
      );
      expect(answer.attrs.type, String(answer)).toBe("result");
      return answer.getChild("command", NS.commands)?.getChild("x", NS.dataForms)?.toString() ?? "";
    };
    expect(await command("statistics", {})).toMatch(/"verona#rooms_in_memory"[^/]*<value>0</);
    expect(await command("list-rooms", { "verona#filter": "orch" })).toContain(`<value>${ROOM}</value>`);
    expect(await command("configure-room", { "verona#room": ROOM })).toContain("<value>Orchard</value>");
    const renamed = { "verona#room": ROOM, "muc#roomconfig_roomname": "Tomb" };
    await command("configure-room", renamed, NS.mucRoomConfig);
    const paris = { "verona#room": "room", "verona#jid": `user2@${DOMAIN}`, "verona#affiliation": "outcast" };
    await command("set-affiliation", paris);
    const refusal = await join(await login("user2"), ROOM, "Paris");
    expect(refusal.getChild("error")?.getChild("forbidden")).toBeDefined();
    expect(await command("list-rooms", {})).toContain("<value>Tomb</value>");
    await command("destroy-room", { "verona#room": ROOM });
    expect(await command("list-rooms", {})).not.toContain(ROOM);
  });
});

const isPing = (stanza: Element): boolean => stanza.getChild("ping", NS.ping) !== undefined;
