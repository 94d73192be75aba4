// The service from the operator's side: start, stop, restart of the server, a wrong secret, a kill.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFailed, test } from "vitest";
import type { RunningServer } from "../../dev/servers/server.ts";
import { launchVerona, type RunningVerona, startVerona, type VeronaOptions } from "../../dev/verona.ts";
import type { Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { configure, join, receiveSubject, statusCodes, submittedForm } from "../support/chat.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { COMPONENT, DOMAIN, SERVERS } from "../support/servers.ts";

const ROOM = `room@${COMPONENT.domain}`;

describe.each(SERVERS)("behind %s", (_name, start) => {
  let server: RunningServer;
  let cleanUp: (() => unknown)[];
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());
  beforeEach(() => {
    cleanUp = [];
  });
  afterEach(async () => {
    for (const step of cleanUp.reverse()) await step();
  });

  async function run(options: Partial<VeronaOptions> = {}): Promise<RunningVerona> {
    const verona = await startVerona({ server, ...COMPONENT, ...options });
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

  test("a request gets one answer (RFC 6120 section 8.2.3)", async () => {
    await run();
    const romeo = await login("user");
    const info = await romeo.request(COMPONENT.domain, "get", `<query xmlns="${NS.discoInfo}"/>`);
    expect(info.attrs.type).toBe("result");
    // Stanzas between two entities keep their order: a second answer would arrive before this one.
    await romeo.request(COMPONENT.domain, "get", `<query xmlns="${NS.discoItems}"/>`);
    expect(romeo.unread().map(String)).toEqual([]);
  });

  test("SIGTERM ends it with exit status 0, and occupants are told why (status 332)", async () => {
    const verona = await run();
    const romeo = await login("user");
    expect(statusCodes(await join(romeo, ROOM, "Romeo"))).toContain("110");
    expect(await verona.stop()).toBe(0);
    const farewell = await romeo.receive((stanza) => stanza.attrs.type === "unavailable");
    expect(statusCodes(farewell)).toEqual(expect.arrayContaining(["110", "332"]));
  });

  test("SIGTERM ends it while the server cannot be reached", async () => {
    const verona = launchVerona({ server: { ...server, componentPort: 1 }, ...COMPONENT });
    cleanUp.push(() => verona.kill());
    await verona.logged("nothing listens on 127.0.0.1:1");
    expect(await verona.stop()).toBe(0);
  });

  test("it comes back by itself when the server restarts", async () => {
    const verona = await run();
    await server.restart();
    await verona.logged("online", 2);
    expect(statusCodes(await join(await login("user"), ROOM, "Romeo"))).toContain("110");
  });

  test("clients that died while the link was down are asked, and removed (XEP-0045 18.1.2, status 333)", async () => {
    const verona = await run();
    const juliet = await login("user2");
    await join(juliet, ROOM, "Juliet");
    await configure(juliet, ROOM, { "muc#roomconfig_persistentroom": "1" });
    await server.restart();
    await verona.logged("online", 2);
    const romeo = await login("user");
    await join(romeo, ROOM, "Romeo");
    const isOfJuliet = (stanza: Element) => stanza.attrs.from === `${ROOM}/Juliet`;
    // Verona gets no notice that Juliet is gone. It finds out at the latest after Romeo has seen her in the room.
    if (romeo.unread().some(isOfJuliet)) {
      const departure = await romeo.receive(
        (stanza) => isOfJuliet(stanza) && stanza.attrs.type === "unavailable",
      );
      expect(statusCodes(departure)).toContain("333");
    }
    const info = await romeo.request(ROOM, "get", `<query xmlns="${NS.discoInfo}"/>`);
    expect(fieldsIn(info.getChild("query"))["muc#roominfo_occupants"]).toBe("1");
  });

  test("a wrong secret is said so in the log, and the secret is not", async () => {
    const verona = launchVerona({ server, ...COMPONENT, secret: "wrong" });
    cleanUp.push(() => verona.kill());
    await verona.logged(`the server rejected the secret of ${COMPONENT.domain}`);
    expect(verona.log()).not.toContain("online");
    expect(verona.log()).not.toContain('"wrong"');
  });

  describe.each(["SIGTERM", "SIGKILL"] as const)("a restart by %s, with SQLite,", (signal) => {
    test("is a pause that nobody in a room notices", async () => {
      const folder = mkdtempSync(joinPath(tmpdir(), "verona-sqlite-"));
      cleanUp.push(() => rmSync(folder, { recursive: true }));
      const storage = `sqlite:${joinPath(folder, "rooms.sqlite")}`;
      const first = await run({ storage });
      const [romeo, juliet] = [await login("user"), await login("user2")];
      await join(romeo, ROOM, "Romeo");
      await configure(romeo, ROOM, {});
      await join(juliet, ROOM, "Juliet");
      await juliet.send(
        `<message to="${ROOM}" type="groupchat" id="before"><body>But soft!</body></message>`,
      );
      const before = await receiveMessage(romeo, "before");
      if (signal === "SIGKILL") first.kill();
      await first.stop();

      await run({ storage });
      const seen = romeo.unread().length;
      await juliet.send(
        `<message to="${ROOM}" type="groupchat" id="after"><body>What light</body></message>`,
      );
      expect((await receiveMessage(romeo, "after")).attrs.from).toBe(`${ROOM}/Juliet`);
      const others = romeo.unread().slice(seen);
      // After a restart the service may ping clients.
      expect(others.filter((stanza) => !stanza.getChild("ping", NS.ping)).map(String)).toEqual([]);
      const ping = await romeo.request(`${ROOM}/Romeo`, "get", '<ping xmlns="urn:xmpp:ping"/>');
      expect(ping.attrs.type).toBe("result");
      const nurse = await login("user3");
      await join(nurse, ROOM, "Nurse");
      const history = await receiveMessage(nurse, "before");
      expect(history.getChild("stanza-id")?.attrs).toEqual(before.getChild("stanza-id")?.attrs);
      const asked = nurse.request(ROOM, "set", `<query xmlns="${NS.mam}"/>`);
      const archived = await nurse.receive((stanza) => stanza.getChild("result", NS.mam) !== undefined);
      expect((await asked).attrs.type).toBe("result");
      expect(archived.getChild("result", NS.mam)?.attrs.id).toBe(before.getChild("stanza-id")?.attrs.id);
    });
  });

  describe("after SIGKILL, with SQLite", () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(joinPath(tmpdir(), "verona-sqlite-"));
      cleanUp.push(() => rmSync(folder, { recursive: true }));
    });

    test("a persistent room is as clients last saw it", async () => {
      const storage = `sqlite:${joinPath(folder, "rooms.sqlite")}`;
      const killed = await run({ storage });
      const [romeo, juliet] = [await login("user"), await login("user2")];
      await join(romeo, ROOM, "Romeo");
      await configure(romeo, ROOM, {
        "muc#roomconfig_persistentroom": "1",
        "muc#roomconfig_membersonly": "1",
        "muc#roomconfig_roomname": "Capulet's orchard",
      });
      await affiliate(romeo, `<item affiliation="member" jid="user2@${DOMAIN}"/>`);
      await affiliate(romeo, `<item affiliation="outcast" jid="user3@${DOMAIN}"/>`);
      const registration = submittedForm(NS.mucRegister, { "muc#register_roomnick": "Juliet" });
      const registered = await juliet.request(
        ROOM,
        "set",
        `<query xmlns="${NS.register}">${registration}</query>`,
      );
      expect(registered.attrs.type).toBe("result");
      await receiveSubject(romeo);
      await romeo.send(`<message to="${ROOM}" type="groupchat"><subject>Balcony 🌙</subject></message>`);
      expect((await receiveSubject(romeo)).getChild("subject")?.getText()).toBe("Balcony 🌙");
      killed.kill();
      await killed.stop();

      await run({ storage });
      expect(errorOf(await join(await login("user3"), ROOM, "Paris"))).toBe("forbidden");
      expect(errorOf(await join(romeo, ROOM, "Juliet"))).toBe("conflict");
      const presence = await join(juliet, ROOM, "Juliet");
      expect(presence.getChild("x", NS.mucUser)?.getChild("item")?.attrs.affiliation).toBe("member");
      const subject = await receiveSubject(juliet);
      expect(subject.attrs.from).toBe(`${ROOM}/Romeo`);
      expect(subject.getChild("subject")?.getText()).toBe("Balcony 🌙");
      const form = await romeo.request(ROOM, "get", `<query xmlns="${NS.mucOwner}"/>`);
      expect(fieldsOf(form)).toMatchObject({
        "muc#roomconfig_persistentroom": "1",
        "muc#roomconfig_membersonly": "1",
        "muc#roomconfig_roomname": "Capulet's orchard",
      });
    });

    async function affiliate(owner: TestClient, item: string): Promise<void> {
      const answer = await owner.request(ROOM, "set", `<query xmlns="${NS.mucAdmin}">${item}</query>`);
      expect(answer.toString()).toContain('type="result"');
    }
  });
});

function receiveMessage(client: TestClient, id: string): Promise<Element> {
  return client.receive((stanza) => stanza.getName() === "message" && stanza.attrs.id === id);
}

function errorOf(stanza: Element): string | undefined {
  return stanza.getChild("error")?.getChildElements()[0]?.getName();
}

function fieldsOf(answer: Element): Record<string, string | undefined> {
  return fieldsIn(answer.getChild("query", NS.mucOwner));
}

function fieldsIn(query: Element | undefined): Record<string, string | undefined> {
  const fields = query?.getChild("x", NS.dataForms)?.getChildren("field") ?? [];
  return Object.fromEntries(fields.map((field) => [field.attrs.var, field.getChild("value")?.getText()]));
}
