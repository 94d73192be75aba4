// XEP-0033 as contrib/prosody implements it, in a real Prosody: who may use it, and its output.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { startVerona } from "../../dev/verona.ts";
import type { Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { conditionOf, configure, join, withId } from "../support/chat.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { connectComponent } from "../support/component.ts";
import { COMPONENT, DOMAIN, OPTIONS, USERS } from "../support/servers.ts";

const SERVICE = `multicast.${DOMAIN}`;
const OTHER = { domain: "other.localhost", secret: "0ther" };
const LIMIT = 4;
const ROOM = `coven@${COMPONENT.domain}`;

type Address = Record<string, string>;

const addressed = (addresses: readonly Address[]): string =>
  `<addresses xmlns="${NS.address}">${addresses
    .map(
      (attrs) =>
        `<address ${Object.entries(attrs)
          .map(([name, value]) => `${name}="${value}"`)
          .join(" ")}/>`,
    )
    .join("")}</addresses>`;

const blind = (...jids: string[]): Address[] => jids.map((jid) => ({ type: "bcc", jid }));

const message = (id: string, to: string, addresses: readonly Address[] = [], from = `${ROOM}/nick`): string =>
  `<message type="groupchat" id="${id}" from="${from}" to="${to}">${
    addresses.length > 0 ? addressed(addresses) : ""
  }<body>${id}</body></message>`;

describe("XEP-0033 section 5: Prosody with mod_component_multicast", () => {
  let server: RunningServer;
  let clients: TestClient[];
  beforeAll(async () => {
    server = await startProsody({ ...OPTIONS, components: [COMPONENT, OTHER], multicast: LIMIT });
    clients = await Promise.all(USERS.slice(0, 2).map((user) => connect(user)));
  });
  afterAll(async () => {
    await Promise.all((clients ?? []).map((client) => client.close()));
    await server?.stop();
  });

  const connect = (user: (typeof USERS)[number]) =>
    connectClient({ port: server.clientPort, domain: DOMAIN, ...user });

  const connectTo = (component: typeof COMPONENT) =>
    connectComponent({ ...component, port: server.componentPort });

  const idsOf = (client: TestClient): (string | undefined)[] => client.unread().map(({ attrs }) => attrs.id);

  test("copies come unchanged and in order with single stanzas, before the answer to a ping", async () => {
    const [reader, other] = clients as [TestClient, TestClient];
    const room = await connectTo(COMPONENT);
    room.send(
      [
        message("1", SERVICE, blind(reader.jid, other.jid)),
        message("2", reader.jid),
        `<presence from="${ROOM}/nick" to="${SERVICE}" id="3">${addressed(blind(other.jid, reader.jid))}<show>away</show></presence>`,
        message("4", reader.jid),
        `<iq type="get" id="5" from="${COMPONENT.domain}" to="${SERVICE}"><ping xmlns="${NS.ping}"/></iq>`,
      ].join(""),
    );
    expect((await room.receive(withId("5"))).attrs.type).toBe("result");
    await reader.receive(({ attrs }) => attrs.id === "4");
    await other.receive(({ attrs }) => attrs.id === "3");
    expect(idsOf(reader)).toEqual(["1", "2", "3"]);
    expect(idsOf(other)).toEqual(["1"]);
    const [copy, single, presence] = reader.unread() as [Element, Element, Element];
    expect(copy.toString().replace('id="1"', 'id="2"').replace(">1<", ">2<")).toBe(single.toString());
    expect(presence.attrs).toMatchObject({ from: `${ROOM}/nick`, to: reader.jid });
    expect(presence.getChildElements().map(String)).toEqual(["<show>away</show>"]);
  });

  test("other recipients are shown as delivered, blind ones are not, and none is delivered to twice", async () => {
    const [reader, other] = clients as [TestClient, TestClient];
    const room = await connectTo(COMPONENT);
    const delivered = { type: "cc", jid: reader.jid, delivered: "true" };
    const addresses = [{ type: "to", jid: other.jid }, delivered, { type: "noreply" }, ...blind(reader.jid)];
    room.send(message("shown", SERVICE, addresses) + message("end", reader.jid));
    await reader.receive(({ attrs }) => attrs.id === "end");
    const copies = reader.unread().filter(({ attrs }) => attrs.id === "shown");
    expect(copies).toHaveLength(1);
    expect(
      copies[0]
        ?.getChild("addresses")
        ?.getChildElements()
        .map(({ attrs }) => attrs),
    ).toEqual([{ type: "to", jid: other.jid, delivered: "true" }, delivered, { type: "noreply" }]);
    await other.receive(({ attrs }) => attrs.id === "shown");
  });

  test("what cannot be delivered comes back as from a single stanza: from that address, to the sender", async () => {
    const [reader] = clients as [TestClient];
    const room = await connectTo(COMPONENT);
    const gone = [`nobody@${DOMAIN}/gone`, "somebody@remote.example/there"];
    for (const jid of gone) room.send(message(`lost ${jid}`, SERVICE, blind(jid, reader.jid)));
    for (const jid of gone) {
      const error = await room.receive(withId(`lost ${jid}`));
      expect(error.attrs).toMatchObject({ type: "error", from: jid, to: `${ROOM}/nick` });
      await reader.receive(({ attrs }) => attrs.id === `lost ${jid}`);
    }
  });

  test("copies go to users of other components", async () => {
    const room = await connectTo(COMPONENT);
    const gateway = await connectTo(OTHER);
    room.send(message("elsewhere", SERVICE, blind(`user@${OTHER.domain}/a`)));
    expect((await gateway.receive(withId("elsewhere"))).attrs.to).toBe(`user@${OTHER.domain}/a`);
  });

  test.each([
    ["not-acceptable", "too many", Array.from({ length: LIMIT + 1 }, (_, n) => `user@${DOMAIN}/${n}`)],
    ["jid-malformed", "no", [`user@${DOMAIN}/`]],
  ])("section 8: %s, with the addresses, to %s addresses; nobody gets it", async (condition, _, more) => {
    const [reader] = clients as [TestClient];
    const room = await connectTo(COMPONENT);
    const addresses = blind(reader.jid, ...more);
    room.send(message(condition, SERVICE, addresses) + message("after", reader.jid));
    const error = await room.receive(withId(condition));
    expect(error.attrs).toMatchObject({ type: "error", from: SERVICE, to: `${ROOM}/nick` });
    expect(conditionOf(error)).toBe(condition);
    const returned = error.getChild("addresses", NS.address)?.getChildElements();
    expect(returned?.map(({ attrs }) => attrs)).toEqual(addresses);
    await reader.receive(({ attrs }) => attrs.id === "after");
    expect(idsOf(reader)).not.toContain(condition);
  });

  test("section 8: forbidden to clients and to components that are not named", async () => {
    const [reader, sender] = clients as [TestClient, TestClient];
    const stranger = await connectTo(OTHER);
    stranger.send(message("stranger", SERVICE, blind(reader.jid), `room@${OTHER.domain}/nick`));
    expect(conditionOf(await stranger.receive(withId("stranger")))).toBe("forbidden");
    await sender.send(message("client", SERVICE, blind(reader.jid), sender.jid));
    expect(conditionOf(await sender.receive(({ attrs }) => attrs.id === "client"))).toBe("forbidden");
    await sender.send(`<message id="last" to="${reader.jid}"><body>x</body></message>`);
    await reader.receive(({ attrs }) => attrs.id === "last");
    expect(idsOf(reader)).not.toEqual(expect.arrayContaining(["stranger"]));
    expect(idsOf(reader)).not.toEqual(expect.arrayContaining(["client"]));
  });

  test("a service that it refuses says everything itself, in order", async () => {
    const verona = await startVerona({ server, ...OTHER });
    onTestFinished(async () => void (await verona.stop()));
    await verona.logged("multicast is used");
    const room = `coven@${OTHER.domain}`;
    const people = await Promise.all(USERS.map(connect));
    onTestFinished(async () => void (await Promise.all(people.map((client) => client.close()))));
    for (const [n, client] of people.entries()) {
      await join(client, room, `nick${n}`);
      if (n === 0) await configure(client, room, {});
    }
    const said = Array.from({ length: 30 }, (_, n) => `said-${n}`);
    for (const id of said)
      await people[0]?.send(`<message type="groupchat" to="${room}" id="${id}"><body>x</body></message>`);
    for (const client of people) {
      await client.receive(({ attrs }) => attrs.id === said.at(-1));
      expect(idsOf(client).filter((id) => id?.startsWith("said"))).toEqual(said.slice(0, -1));
    }
    await verona.logged("multicast is no longer used");
  });
});
