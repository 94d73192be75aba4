// Another component owns a room by its own address, which has no localpart (XEP-0045 section 10.2).
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startEjabberd } from "../../dev/servers/ejabberd.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer, ServerOptions } from "../../dev/servers/server.ts";
import { startVerona } from "../../dev/verona.ts";
import type { Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { join } from "../support/chat.ts";
import { connectClient } from "../support/client.ts";
import { connectComponent } from "../support/component.ts";
import { COMPONENT, DOMAIN, OPTIONS } from "../support/servers.ts";

const BOT = { domain: `bot.${DOMAIN}`, secret: "b0t" };
const ROOM = `works@${COMPONENT.domain}`;
const SERVERS: readonly [string, (options: ServerOptions) => Promise<RunningServer>][] = [
  ["prosody", startProsody],
  ["ejabberd", startEjabberd],
];

describe.each(SERVERS)("behind %s", (_name, start) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await start({ ...OPTIONS, components: [COMPONENT, BOT] });
  });
  afterAll(() => server?.stop());

  const connectBot = () =>
    connectComponent({ ...BOT, port: server.componentPorts[1] ?? server.componentPort });

  test("a component makes a room, submits its form as it was offered, and owns it", async () => {
    const verona = await startVerona({ server, ...COMPONENT, env: { VERONA_ROOM_CREATION: "anyone" } });
    onTestFinished(async () => void (await verona.stop()));
    const bot = await connectBot();
    const request = async (id: string, type: string, payload: string): Promise<Element> => {
      bot.send(`<iq from="${BOT.domain}" to="${ROOM}" id="${id}" type="${type}">${payload}</iq>`);
      return bot.receive((stanza) => stanza.is("iq") && stanza.attrs.id === id);
    };
    bot.send(`<presence from="${BOT.domain}" to="${ROOM}/bot"><x xmlns="${NS.muc}"/></presence>`);
    await bot.receive((stanza) => stanza.is("presence") && stanza.attrs.from === `${ROOM}/bot`);

    const offered = await request("form", "get", `<query xmlns="${NS.mucOwner}"/>`);
    const form = offered.getChild("query")?.getChild("x", NS.dataForms);
    if (form === undefined) throw new Error(`no form in ${offered}`);
    form.attrs.type = "submit";
    const answer = await request("submit", "set", `<query xmlns="${NS.mucOwner}">${form}</query>`);
    expect(answer.attrs.type).toBe("result");

    const owners = await request(
      "owners",
      "get",
      `<query xmlns="${NS.mucAdmin}"><item affiliation="owner"/></query>`,
    );
    expect(owners.getChild("query")?.getChild("item")?.attrs.jid).toBe(BOT.domain);

    const user = await connectClient({
      port: server.clientPort,
      domain: DOMAIN,
      username: "user",
      password: "password",
    });
    onTestFinished(() => user.close());
    expect((await join(user, ROOM, "user")).attrs.type).toBeUndefined();
  });
});
