// Copies of mod_component_multicast beside the servers' modules that see what a client is sent: each has its effect, as on
// a single stanza.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startEjabberd } from "../../dev/servers/ejabberd.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { connectComponent, type TestComponent } from "../support/component.ts";
import { connectRaw, type RawClient } from "../support/raw-client.ts";
import { COMPONENT, DOMAIN, OPTIONS, USERS } from "../support/servers.ts";

const ROOM = `coven@${COMPONENT.domain}`;
/** Stream management, client states, blocking, carbons and archives. */
const MODULES = {
  prosody: ["smacks", "csi_simple", "blocklist", "carbons", "mam"],
  ejabberd: [
    "mod_stream_mgmt",
    "mod_client_state",
    "mod_privacy",
    "mod_blocking",
    "mod_carboncopy",
    "mod_mam",
  ],
};
const START = { prosody: startProsody, ejabberd: startEjabberd };
const SERVICES = { prosody: `multicast.${DOMAIN}`, ejabberd: `copies.${DOMAIN}` };

type User = (typeof USERS)[number];
const [FIRST, SECOND] = USERS as [User, User];

describe.each([
  ["prosody", "no module", []],
  ["prosody", "other modules", MODULES.prosody],
  ["ejabberd", "no module", []],
  ["ejabberd", "other modules", MODULES.ejabberd],
] as const)("mod_component_multicast in %s with %s", (name, _what, modules) => {
  const { copy } = copiesBy(SERVICES[name]);
  let server: RunningServer;
  beforeAll(async () => {
    server = await START[name]({ ...OPTIONS, copies: true, modules });
  });
  afterAll(async () => void (await server?.stop()));

  async function connect(user: User): Promise<TestClient> {
    const client = await connectClient({ port: server.clientPort, domain: DOMAIN, ...user });
    onTestFinished(() => client.close());
    return client;
  }

  test("copies, single stanzas and other users' messages come in order, joined or not", async () => {
    const room = await connectRoom(server);
    const [reader, other] = [await connect(FIRST), await connect(SECOND)];
    const rounds = 50;
    const expected: string[] = [];
    let text = "";
    for (let round = 0; round < rounds; round += 1) {
      text += copy(`a${round}`, [reader.jid, other.jid]) + copy(`b${round}`, [reader.jid, other.jid]);
      text += `<message from="${ROOM}" to="${reader.jid}" id="c${round}"/>`;
      expected.push(`a${round}`, `b${round}`, `c${round}`);
    }
    room.send(text);
    await reader.receive(({ attrs }) => attrs.id === `c${rounds - 1}`);
    await other.receive(({ attrs }) => attrs.id === `b${rounds - 1}`);
    expect(reader.unread().map(({ attrs }) => attrs.id)).toEqual(expected.slice(0, -1));
    expect(other.unread().every(({ attrs }) => attrs.to === other.jid)).toBe(true);
    await other.send(`<message to="${reader.jid}" id="d"/>`);
    await reader.receive(({ attrs }) => attrs.id === "d");
  });
});

describe.each(["prosody", "ejabberd"] as const)("mod_component_multicast in %s beside", (name) => {
  const { copy, presence } = copiesBy(SERVICES[name]);
  let server: RunningServer;
  beforeAll(async () => {
    server = await START[name]({ ...OPTIONS, copies: true, modules: MODULES[name] });
  });
  afterAll(async () => void (await server?.stop()));

  async function connect(user: User): Promise<TestClient> {
    const client = await connectClient({ port: server.clientPort, domain: DOMAIN, ...user });
    onTestFinished(() => client.close());
    return client;
  }

  /** Connects a client that shows its stream. */
  async function bind(user: User): Promise<RawClient & { readonly jid: string }> {
    const client = await connectRaw({ port: server.clientPort, domain: DOMAIN, ...user });
    client.write(`<iq type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>`);
    await client.hears("</jid>");
    return Object.assign(client, { jid: /<jid>([^<]*)/.exec(client.received)?.[1] ?? "" });
  }

  test("blocking (XEP-0191): who has blocked a room gets no copy", async () => {
    const room = await connectRoom(server);
    const [blocking, other] = [await connect(FIRST), await connect(SECOND)];
    const item = `<item jid="${ROOM}"/>`;
    await blocking.request(
      blocking.jid.split("/", 1)[0] ?? "",
      "set",
      `<block xmlns="urn:xmpp:blocking">${item}</block>`,
    );
    const both = [blocking.jid, other.jid];
    room.send(
      copy("blocked", both) +
        presence("hidden", both) +
        copy("own", both, `from="other@${COMPONENT.domain}/x"`),
    );
    await blocking.receive(({ attrs }) => attrs.id === "own");
    await other.receive(({ attrs }) => attrs.id === "own");
    expect(blocking.unread().filter(({ attrs }) => attrs.from?.startsWith(ROOM))).toEqual([]);
    expect(other.unread().map(({ attrs }) => attrs.id)).toEqual(["blocked", "hidden"]);
    await blocking.request(
      blocking.jid.split("/", 1)[0] ?? "",
      "set",
      `<unblock xmlns="urn:xmpp:blocking">${item}</unblock>`,
    );
    room.send(copy("seen", both));
    await blocking.receive(({ attrs }) => attrs.id === "seen");
  });

  test("stream management (XEP-0198): copies are counted, kept while the client is away, and sent once again", async () => {
    const room = await connectRoom(server);
    const [client, other] = [await bind(FIRST), await connect(SECOND)];
    const both = [client.jid, other.jid];
    client.write(`<enable xmlns="urn:xmpp:sm:3" resume="true"/>`);
    await client.hears("<enabled ");
    const token = / id='([^']*)'/.exec(/<enabled [^>]*>/.exec(client.received)?.[0] ?? "")?.[1];
    room.send([1, 2, 3].map((n) => copy(`sm${n}`, both)).join(""));
    await client.hears("id='sm3'");
    await client.cut();
    await other.receive(({ attrs }) => attrs.id === "sm3");
    // Whether or not the server has noticed the cut.
    room.send([4, 5].map((n) => copy(`sm${n}`, both)).join(""));
    await other.receive(({ attrs }) => attrs.id === "sm5");
    const again = await connectRaw({ port: server.clientPort, domain: DOMAIN, ...FIRST });
    again.write(`<resume xmlns="urn:xmpp:sm:3" previd="${token}" h="2"/>`);
    await again.hears("id='sm5'");
    room.send(copy("sm6", both));
    await again.hears("id='sm6'");
    expect(again.received).toContain("<resumed ");
    expect(again.received.match(/ id='sm\d'/g)).toEqual([3, 4, 5, 6].map((n) => ` id='sm${n}'`));
    await again.cut();
  });

  test("client states (XEP-0352): presence waits until there is something to read", async () => {
    const room = await connectRoom(server);
    const [idle, other] = [await bind(FIRST), await connect(SECOND)];
    const both = [idle.jid, other.jid];
    idle.write(`<inactive xmlns="urn:xmpp:csi:0"/><message to="${other.jid}" id="idle"/>`);
    await other.receive(({ attrs }) => attrs.id === "idle");
    room.send(presence("away", both));
    await other.receive(({ attrs }) => attrs.id === "away");
    expect(idle.received).not.toContain("id='away'");
    room.send(copy("news", both));
    await idle.hears("id='news'");
    expect(idle.received.indexOf("id='away'")).toBeLessThan(idle.received.indexOf("id='news'"));
    expect(/<presence [^>]*id='away'.*?<\/presence>/.exec(idle.received)?.[0]).toContain("urn:xmpp:delay");
    await idle.cut();
  });

  test("archives (XEP-0359): an id that claims to be from the recipient's account is removed from its copy only", async () => {
    const room = await connectRoom(server);
    const [forged, other] = [await connect(FIRST), await connect(SECOND)];
    const [account] = forged.jid.split("/", 1);
    const ids = [account, ROOM].map((by) => `<stanza-id xmlns="${NS.stanzaId}" id="x" by="${by}"/>`).join("");
    room.send(copy("ids", [forged.jid, other.jid]).replace("<body>", `${ids}<body>`));
    const issuersOf = async (client: TestClient) =>
      (await client.receive(({ attrs }) => attrs.id === "ids"))
        .getChildren("stanza-id")
        .map(({ attrs }) => attrs.by);
    expect(await issuersOf(forged)).toEqual([ROOM]);
    // ejabberd removes the ids of its whole domain.
    expect(await issuersOf(other)).toEqual(name === "prosody" ? [account, ROOM] : [ROOM]);
  });

  test("carbons and archives (XEP-0280, XEP-0313): messages of type chat are copied and archived", async () => {
    const room = await connectRoom(server);
    const [reader, second, other] = [await connect(FIRST), await connect(FIRST), await connect(SECOND)];
    // ejabberd sends carbons between those who are available.
    for (const client of [reader, second]) {
      await client.send("<presence/>");
      await client.receive(({ attrs }) => attrs.from === client.jid);
    }
    await second.request(second.jid.split("/", 1)[0] ?? "", "set", `<enable xmlns="urn:xmpp:carbons:2"/>`);
    room.send(copy("private", [reader.jid, other.jid], `type="chat" from="${ROOM}/nick"`));
    await other.receive(({ attrs }) => attrs.id === "private");
    await reader.receive(({ attrs }) => attrs.id === "private");
    const carbon = await second.receive((stanza) => stanza.getChild("received") !== undefined);
    expect(carbon.toString()).toContain(`id="private"`);
    const query = `<query xmlns="${NS.mam}" queryid="q"/>`;
    await reader.request(reader.jid.split("/", 1)[0] ?? "", "set", query);
    const results = reader.unread().filter((stanza) => stanza.getChild("result", NS.mam));
    expect(results.map(String).filter((text) => text.includes(`id="private"`))).toHaveLength(1);
  });
});

const connectRoom = (server: RunningServer): Promise<TestComponent> =>
  connectComponent({ ...COMPONENT, port: server.componentPort });

let lists = 0;

/** Returns functions that write a stanza to a new list. */
function copiesBy(service: string) {
  const copy = (
    id: string,
    to: readonly string[],
    attributes = `type="groupchat" from="${ROOM}/nick"`,
  ): string => `<message id="${id}" ${attributes} to="${service}">${listOf(to)}<body>${id}</body></message>`;
  const presence = (id: string, to: readonly string[]): string =>
    `<presence id="${id}" from="${ROOM}/nick" to="${service}">${listOf(to)}<show>away</show></presence>`;
  return { copy, presence };
}

function listOf(to: readonly string[]): string {
  lists += 1;
  const addresses = to.map((jid) => `<add jid="${jid}"/>`).join("");
  return `<copies xmlns="${NS.copies}" list="${lists}" version="1">${addresses}</copies>`;
}
