// docs/copies.md as the modules of contrib implement it, in real servers.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startEjabberd } from "../../dev/servers/ejabberd.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import type { Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { connectComponent, type TestComponent } from "../support/component.ts";
import { installModule } from "../support/ejabberd-module.ts";
import { COMPONENT, DOMAIN, OPTIONS, USERS } from "../support/servers.ts";

const OTHER = { domain: "other.localhost", secret: "0ther" };
const ROOM = `coven@${COMPONENT.domain}`;

describe.each([
  ["prosody", startProsody, `multicast.${DOMAIN}`],
  ["ejabberd", startEjabberd, `copies.${DOMAIN}`],
] as const)("docs/copies.md: mod_component_multicast in %s", (_name, start, service) => {
  let server: RunningServer;
  let clients: readonly TestClient[];
  beforeAll(async () => {
    server = await start({ ...OPTIONS, components: [COMPONENT, OTHER], copies: true });
    clients = await Promise.all(
      USERS.slice(0, 3).map((user) => connectClient({ port: server.clientPort, domain: DOMAIN, ...user })),
    );
  });
  afterAll(async () => {
    await Promise.all((clients ?? []).map((client) => client.close()));
    await server?.stop();
  });

  const connect = (component = COMPONENT): Promise<TestComponent> =>
    connectComponent({
      ...component,
      port: server.componentPorts[component === COMPONENT ? 0 : 1] ?? 0,
    });

  const jidOf = (index: number): string => String(clients[index]?.jid);
  const add = (...indexes: number[]) => indexes.map((index) => `<add jid="${jidOf(index)}"/>`).join("");
  const remove = (index: number) => `<remove jid="${jidOf(index)}"/>`;
  const but = (index: number) => `<but jid="${jidOf(index)}"/>`;

  let said = 0;

  /** Returns who got the stanza that a request delivers, by index; undefined if it was refused. */
  async function receivers(
    room: TestComponent,
    attributes: string,
    content = "",
  ): Promise<number[] | undefined> {
    said += 1;
    const id = `said-${said}`;
    room.send(
      `<message type="groupchat" id="${id}" from="${ROOM}/nick" to="${service}">` +
        `<copies xmlns="${NS.copies}" ${attributes}>${content}</copies><body>x</body></message>` +
        clients.map(({ jid }) => `<message from="${ROOM}" to="${jid}" id="after-${id}"/>`).join("") +
        `<iq type="get" id="ping-${id}" from="${COMPONENT.domain}" to="${service}"><ping xmlns="${NS.ping}"/></iq>`,
    );
    await Promise.all(clients.map((client) => client.receive(({ attrs }) => attrs.id === `after-${id}`)));
    const answer = await room.receive(({ attrs }) => attrs.id === id || attrs.id === `ping-${id}`);
    if (answer.attrs.type === "error") {
      refusal = answer;
      return undefined;
    }
    return clients.flatMap((client, index) => {
      const copies = client.unread().filter(({ attrs }) => attrs.id === id);
      expect(
        copies.every((copy) => copy.attrs.to === client.jid && !copy.getChild("copies", NS.copies)),
      ).toBe(true);
      return copies.map(() => index);
    });
  }

  let refusal: Element | undefined;
  const condition = () => refusal?.getChild("error")?.getChildElements()[0]?.getName();

  test("it announces the namespace and its limits", async () => {
    const room = await connect();
    room.send(
      `<iq type="get" id="info" from="${COMPONENT.domain}" to="${service}"><query xmlns="${NS.discoInfo}"/></iq>`,
    );
    const info = (await room.receive(({ attrs }) => attrs.id === "info")).toString();
    expect(info).toContain(`<feature var="${NS.copies}"/>`);
    expect(info).toMatch(/<field [^>]*var="addresses"[^>]*><value>100000<\/value>/);
    expect(info).toMatch(/<field [^>]*var="kept"[^>]*><value>2000<\/value>/);
  });

  test("a list keeps its recipients, and changes", async () => {
    const room = await connect();
    expect(await receivers(room, `list="1" version="1"`, add(0, 1))).toEqual([0, 1]);
    expect(await receivers(room, `list="1" version="1"`)).toEqual([0, 1]);
    expect(await receivers(room, `list="1" version="1"`, but(0))).toEqual([1]);
    expect(await receivers(room, `list="1" version="2"`, remove(0) + add(2))).toEqual([1, 2]);
    expect(await receivers(room, `list="2" version="1"`, add(0))).toEqual([0]);
    expect(await receivers(room, `list="1" version="2"`)).toEqual([1, 2]);
    expect(await receivers(room, `list="1" version="1"`, add(0, 1, 2))).toEqual([0, 1, 2]);
  });

  test.each([
    ["another version", `list="1" version="3"`, ""],
    ["a list that it does not have", `list="2" version="1"`, ""],
    ["a change of another version", `list="1" version="3"`, "<add/>"],
    ["a kept stanza that it does not have", `to="${USERS[0]?.username}@${DOMAIN}" send="7"`, ""],
  ])("%s is refused and reaches nobody", async (_what, attributes, content) => {
    const room = await connect();
    await receivers(room, `list="1" version="1"`, add(0, 1));
    expect(await receivers(room, `n="17" ${attributes}`, content.replace("<add/>", add(2)))).toBeUndefined();
    expect(condition()).toBe("item-not-found");
    expect(refusal?.getChild("copies", NS.copies)?.attrs.n).toBe("17");
  });

  test("no address twice, none that is not there, none that is invalid", async () => {
    const room = await connect();
    await receivers(room, `list="1" version="1"`, add(0, 1));
    for (const [change, expected] of [
      [add(1), "conflict"],
      [remove(2), "item-not-found"],
      [`<add jid="user@${DOMAIN}/"/>`, "jid-malformed"],
      ["<add/>", "jid-malformed"],
    ] as const) {
      expect(await receivers(room, `list="1" version="2"`, change)).toBeUndefined();
      expect(condition()).toBe(expected);
      expect(await receivers(room, `list="1" version="1"`, add(0, 1))).toEqual([0, 1]);
    }
    expect(await receivers(room, `to="user@${DOMAIN}/"`)).toBeUndefined();
    expect(condition()).toBe("jid-malformed");
  });

  test("lists are forgotten on request and with the connection", async () => {
    const room = await connect();
    await receivers(room, `list="1" version="1"`, add(0));
    await receivers(room, `list="2" version="1"`, add(1));
    expect(await receivers(room, `forget="1" list="2" version="1"`)).toEqual([1]);
    expect(await receivers(room, `list="1" version="1"`)).toBeUndefined();
    expect(await receivers(room, `forget="*" list="2" version="1"`)).toBeUndefined();
    await receivers(room, `list="2" version="1"`, add(1));
    await room.close();
    const again = await connect();
    expect(await receivers(again, `list="2" version="1"`)).toBeUndefined();
  });

  test("kept stanzas go to others later, in the order that is asked for", async () => {
    const room = await connect();
    const [, , late] = clients;
    expect(await receivers(room, `list="1" version="1" keep="1"`, add(0, 1))).toEqual([0, 1]);
    expect(await receivers(room, `to="${jidOf(1)}" keep="2"`)).toEqual([1]);
    const [first, second] = [`said-${said - 1}`, `said-${said}`];
    room.send(
      `<message from="${ROOM}" to="${service}"><copies xmlns="${NS.copies}" to="${late?.jid}" send="2 1-2"/></message>` +
        `<message from="${ROOM}" to="${late?.jid}" id="end"/>`,
    );
    await late?.receive(({ attrs }) => attrs.id === "end");
    const got = late?.unread().filter(({ attrs }) => attrs.id === first || attrs.id === second) ?? [];
    expect(got.map(({ attrs }) => attrs.id)).toEqual([second, first, second]);
    expect(got.every(({ attrs }) => attrs.to === late?.jid && attrs.from === `${ROOM}/nick`)).toBe(true);
    expect(await receivers(room, `to="${jidOf(1)}" keep="2001"`)).toBeUndefined();
    expect(condition()).toBe("not-acceptable");
  });

  test("components that are not named are forbidden to use it", async () => {
    const stranger = await connect(OTHER);
    stranger.send(
      `<message id="stranger" from="room@${OTHER.domain}" to="${service}">` +
        `<copies xmlns="${NS.copies}" list="1" version="1">${add(0)}</copies></message>`,
    );
    const answer = await stranger.receive(({ attrs }) => attrs.id === "stranger");
    expect(answer.getChild("error")?.getChildElements()[0]?.getName()).toBe("forbidden");
  });
});

test("ejabberd: a module that is installed while the component is connected serves it", async () => {
  const server = await startEjabberd({ ...OPTIONS, rooms: `rooms.${DOMAIN}` });
  onTestFinished(() => server.stop());
  const account = { username: "user", password: "password" };
  const client = await connectClient({ port: server.clientPort, domain: DOMAIN, ...account });
  onTestFinished(() => client.close());
  const room = await connectComponent({ ...COMPONENT, port: server.componentPort });
  await installModule(server, "mod_component_multicast", "multicast.yml");
  for (const [id, change] of [
    ["first", `<add jid="${client.jid}"/>`],
    ["second", ""],
  ])
    room.send(
      `<message type="groupchat" id="${id}" from="${ROOM}/nick" to="copies.${DOMAIN}">` +
        `<copies xmlns="${NS.copies}" list="1" version="1">${change}</copies><body>x</body></message>`,
    );
  await client.receive(({ attrs }) => attrs.id === "second");
  expect(client.unread().map(({ attrs }) => attrs.id)).toEqual(["first"]);
});
