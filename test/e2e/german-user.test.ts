// Users who speak German, behind real servers (docs/languages.md, RFC 6120 section 8.1.5).
import { client as createClient } from "@xmpp/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona } from "../../dev/verona.ts";
import { type Element, parse } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { join } from "../support/chat.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { COMPONENT, DOMAIN, SERVERS } from "../support/servers.ts";

const ROOM = `balkon@${COMPONENT.domain}`;
const TIMEOUT_MS = 120_000;

describe.each(SERVERS)("%s", (_name, start) => {
  let server: RunningServer;
  let verona: RunningVerona;
  let owner: TestClient;
  let other: TestClient;

  beforeAll(async () => {
    server = await start();
    verona = await startVerona({ server, ...COMPONENT });
    const login = (username: string) =>
      connectClient({ port: server.clientPort, domain: DOMAIN, username, password: "password" });
    owner = await login("user");
    other = await login("user2");
    await join(owner, ROOM, "Romeo");
    await owner.request(
      ROOM,
      "set",
      `<query xmlns="${NS.mucOwner}"><x xmlns="${NS.dataForms}" type="submit"/></query>`,
    );
  }, TIMEOUT_MS);
  afterAll(async () => {
    await owner?.close();
    await other?.close();
    await verona?.stop();
    await server?.stop();
  });

  /** Sends an IQ with a language, and returns the answer. */
  async function ask(client: TestClient, payload: string, type = "get"): Promise<Element> {
    await client.send(`<iq xml:lang="de" type="${type}" id="de" to="${ROOM}">${payload}</iq>`);
    return client.receive(({ attrs }) => attrs.id === "de");
  }

  test("an error is in German", async () => {
    const answer = await ask(other, `<query xmlns="${NS.mucOwner}"/>`);
    const text = answer.getChild("error")?.getChild("text");
    expect(text?.attrs["xml:lang"]).toBe("de");
    expect(text?.getText()).toBe("Nur Besitzer dürfen das");
  });

  test("the form of the configuration is in German", async () => {
    const answer = await ask(owner, `<query xmlns="${NS.mucOwner}"/>`);
    const fields = answer.getChild("query")?.getChild("x")?.getChildren("field") ?? [];
    const field = fields.find(({ attrs }) => attrs.var === "muc#roomconfig_membersonly");
    expect(field?.attrs.label).toBe("Raum nur für Mitglieder?");
  });

  test("the list of commands and the form of one are in German", async () => {
    const list = await ask(owner, `<query xmlns="${NS.discoItems}" node="${NS.commands}"/>`);
    const names = list
      .getChild("query")
      ?.getChildren("item")
      .map(({ attrs }) => attrs.name);
    expect(names).toContain("Raum abriegeln");
    const command = await ask(owner, `<command xmlns="${NS.commands}" node="verona#lock-down"/>`, "set");
    expect(command.getChild("command")?.getChild("x")?.getChild("title")?.getText()).toBe("Raum abriegeln");
  });

  test("the language of a client's stream is that of its stanzas", async () => {
    const xmpp = createClient({
      service: `xmpp://127.0.0.1:${server.clientPort}`,
      ...{ domain: DOMAIN, username: "user3", password: "password", lang: "de" },
    });
    xmpp.reconnect.stop();
    xmpp.on("error", () => {});
    const answered = new Promise<Element>((resolve) => {
      xmpp.on("stanza", (stanza: Element) => stanza.attrs.id === "q" && resolve(stanza));
    });
    await xmpp.start();
    await xmpp.send(parse(`<iq type="get" id="q" to="${ROOM}"><query xmlns="${NS.mucOwner}"/></iq>`));
    const error = (await answered).getChild("error");
    await xmpp.stop();
    expect(error?.getChild("text")?.attrs["xml:lang"]).toBe("de");
  });
});
