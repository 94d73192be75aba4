// What a cluster of ejabberd does with the links of the nodes. The transport and the forwarding rely on it.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type EjabberdCluster, startEjabberdCluster } from "../../dev/servers/ejabberd-cluster.ts";
import { childText, type Element, namespaceOf } from "../../src/xmpp/element.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { connectComponent, type TestComponent } from "../support/component.ts";
import { eventually } from "../support/eventually.ts";
import { connectRaw } from "../support/raw-client.ts";
import { COMPONENT, DOMAIN, USERS } from "../support/servers.ts";

const SERVICE = COMPONENT.domain;
const addressOf = (node: number): string => `n${node}.${SERVICE}`;

let cluster: EjabberdCluster;
beforeAll(async () => {
  cluster = await startEjabberdCluster({ domain: DOMAIN, users: USERS, component: COMPONENT, nodes: 2 });
});
afterAll(() => cluster?.stop());

/** Connects a component of that domain to one of the nodes. */
function link(node: 1 | 2, domain: string, secret = COMPONENT.secret): Promise<TestComponent> {
  return connectComponent({ port: cluster.nodes[node - 1]?.componentPort ?? 0, domain, secret });
}

async function logIn(node: 1 | 2, username: string): Promise<TestClient> {
  const port = cluster.nodes[node - 1]?.clientPort ?? 0;
  const client = await connectClient({ port, domain: DOMAIN, username, password: "password" });
  onTestFinished(() => client.close().catch(() => {}));
  return client;
}

const isMessage = (stanza: Element): boolean => stanza.getName() === "message";
const bodies = (stanzas: readonly Element[]): (string | undefined)[] =>
  stanzas.map((stanza) => childText(stanza, "body"));
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));
const withBody = (to: string, body: string): string =>
  `<message to="${to}" type="chat"><body>${body}</body></message>`;

describe("the domain of the service, with a link to each node,", () => {
  test("gets what users of each node send over that node's link, in order", async () => {
    const links = [await link(1, SERVICE), await link(2, SERVICE)] as const;
    const users = [await logIn(1, "user"), await logIn(2, "user2")] as const;
    for (const text of numbers(1_000)) for (const user of users) user.send(withBody(`room@${SERVICE}`, text));
    await eventually(() =>
      expect(links.map((each) => bodies(each.unread()))).toEqual([numbers(1_000), numbers(1_000)]),
    );
    const senders = links.map((each) => new Set(each.unread().map((stanza) => stanza.attrs.from)));
    expect(senders).toEqual(users.map((user) => new Set([user.jid])));
  });

  test("gets everything over the link that is left", async () => {
    const [first, second] = [await link(1, SERVICE), await link(2, SERVICE)];
    const user = await logIn(1, "user");
    user.send(withBody(SERVICE, "before"));
    await first.receive(isMessage);
    await first.close();
    await eventually(async () => {
      user.send(withBody(SERVICE, "after"));
      expect(bodies(second.unread())).toContain("after");
    });
  });

  test("reaches users of the other node in order, as soon as its own node knows of their session", async () => {
    const first = await link(1, SERVICE);
    const user = await logIn(2, "user2");
    const send = (body: string): void =>
      first.send(`<message from="room@${SERVICE}" to="${user.jid}"><body>${body}</body></message>`);
    // The nodes tell each other of sessions after the login; what is sent before comes back.
    await eventually(() => {
      send("hello");
      expect(bodies(user.unread())).toContain("hello");
    });
    for (const text of numbers(1_000)) send(text);
    await eventually(() =>
      expect(bodies(user.unread()).filter((body) => body !== "hello")).toEqual(numbers(1_000)),
    );
  });
});

describe("the address of a node of the service", () => {
  test("is refused with another secret", async () => {
    await expect(link(1, addressOf(1), "wrong")).rejects.toMatchObject({ condition: "not-authorized" });
  });

  test("gets messages from another node's, with the namespaces of their children", async () => {
    const [first, second] = [await link(1, addressOf(1)), await link(2, addressOf(2))];
    const content = `<v:node xmlns:v="urn:node"><message><x xmlns="urn:x"/></message></v:node>`;
    first.send(`<message from="${addressOf(1)}" to="${addressOf(2)}">${content}</message>`);
    const received = await second.receive(isMessage);
    const node = received.getChild("node", "urn:node");
    const inner = node?.getChildElements()[0];
    expect(inner && [inner.getName(), namespaceOf(inner)]).toEqual(["message", "jabber:client"]);
    expect(inner?.getChild("x", "urn:x")).toBeDefined();
  });

  test("without a link sends messages back as errors with their children, also from a server that federates", async () => {
    const first = await link(1, addressOf(1));
    first.send(`<message from="${addressOf(1)}" to="${addressOf(3)}"><x xmlns="urn:x">text</x></message>`);
    const returned = await first.receive(isMessage);
    const { from, type } = returned.attrs;
    expect({ from, type, text: returned.getChild("x", "urn:x")?.getText() }).toEqual({
      ...{ from: addressOf(3), type: "error", text: "text" },
    });
    // Not from a look into the DNS.
    expect(returned.getChild("error")?.getChild("forbidden")).toBeDefined();
  });

  test("gets what users send to it, and is shown to them", async () => {
    const first = await link(1, addressOf(1));
    const user = await logIn(2, "user2");
    user.send(withBody(addressOf(1), "text"));
    expect((await first.receive(isMessage)).attrs.from).toBe(user.jid);
    const list = await user.request(DOMAIN, "get", `<query xmlns="http://jabber.org/protocol/disco#items"/>`);
    expect(list.toString()).toContain(addressOf(1));
  });

  test("is no sender for a user or for another node's link", async () => {
    const [first, second] = [await link(1, addressOf(1)), await link(2, addressOf(2))];
    const port = cluster.nodes[0]?.clientPort ?? 0;
    const user = await connectRaw({ port, domain: DOMAIN, username: "user", password: "password" });
    onTestFinished(() => user.cut());
    user.write(`<iq type="set" id="1"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>`);
    await user.hears("</bind>");
    user.write(`<message from="${addressOf(2)}" to="${addressOf(1)}"><body>forged</body></message>`);
    await user.hears("<invalid-from");
    second.send(`<message from="${addressOf(1)}" to="${addressOf(1)}"><body>forged</body></message>`);
    expect(await second.ended).toBe("invalid-from");
    expect(first.unread()).toEqual([]);
  });
});

test("a node that was killed comes back into the cluster, and its link with it", async () => {
  const [, second] = cluster.nodes;
  if (!second) throw new Error("there is no second node");
  process.kill(second.pid, "SIGKILL");
  await second.restart();
  const first = await link(1, addressOf(1));
  const again = await link(2, addressOf(2));
  again.send(`<message from="${addressOf(2)}" to="${addressOf(1)}"><body>again</body></message>`);
  expect(bodies([await first.receive(isMessage)])).toEqual(["again"]);
  await logIn(2, "user2");
});
