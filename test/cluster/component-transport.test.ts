// Messages between nodes through a cluster of ejabberd.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EjabberdCluster, startEjabberdCluster } from "../../dev/servers/ejabberd-cluster.ts";
import { ComponentTransport } from "../../src/cluster/component-transport.ts";
import { connectClient } from "../support/client.ts";
import { connectComponent } from "../support/component.ts";
import { eventually } from "../support/eventually.ts";
import { COMPONENT, DOMAIN, USERS } from "../support/servers.ts";
import { type NodeSettings, online, startNode } from "./test-node.ts";
import { transportSuite } from "./transport-suite.ts";

let cluster: EjabberdCluster;
beforeAll(async () => {
  cluster = await startEjabberdCluster({ domain: DOMAIN, users: USERS, component: COMPONENT, nodes: 2 });
});
afterAll(() => cluster?.stop());

/** Returns the component port of the first server for n1 and n3, of the second one for n2. */
const portOf = (name: string): number => cluster.nodes[name === "n2" ? 1 : 0]?.componentPort ?? 0;

const create = ({ port, ...settings }: NodeSettings, component: object = {}): ComponentTransport =>
  new ComponentTransport({ ...settings, component: { host: "127.0.0.1", port, ...COMPONENT, ...component } });

describe("through ejabberd, a transport", () => {
  transportSuite(create, portOf);

  test("drops what users and components without the nodes' secret send, and says so once of each", async () => {
    const node = await startNode(create, { name: "n1", port: portOf("n1") });
    await online(node);
    const address = `n1.${COMPONENT.domain}`;
    const user = await connectClient({
      ...{ port: cluster.nodes[1]?.clientPort ?? 0, domain: DOMAIN, username: "user", password: "password" },
    });
    const other = await connectComponent({
      ...COMPONENT,
      port: portOf("n2"),
      domain: `n2.${COMPONENT.domain}`,
    });
    const content = `<v:node xmlns:v="verona:node:0">guessed<forward xmlns="urn:test"/></v:node>`;
    for (const type of ["normal", "error", "normal"]) {
      await user.send(`<message to="${address}" type="${type}">${content}</message>`);
      other.send(
        `<message from="n2.${COMPONENT.domain}" to="${address}" type="${type}">${content}</message>`,
      );
      other.send(`<message from="n2.${COMPONENT.domain}" to="${address}" type="${type}"/>`);
    }
    // The answer comes after everything that the user has sent before.
    const answer = await user.request(
      address,
      "get",
      `<query xmlns="http://jabber.org/protocol/disco#info"/>`,
    );
    expect(answer.getChild("error")?.getChild("service-unavailable")).toBeDefined();
    await eventually(() =>
      expect(
        node
          .logged()
          .filter((line) => line.includes("dropped"))
          .toSorted(),
      ).toEqual([expect.stringContaining("the nodes' secret"), expect.stringContaining("no node has sent")]),
    );
    expect([node.received, node.returned]).toEqual([[], []]);
    await user.close();
  });

  test("says what to change if the server refuses the address", async () => {
    const refused = await startNode((settings) => create(settings, { secret: "wrong" }), {
      name: "n1",
      port: portOf("n1"),
    });
    await eventually(() =>
      expect(refused.logged()).toEqual([
        expect.stringMatching(/refuses the address n1\.conference\.localhost: .*ejabberd-cluster\.yml/),
      ]),
    );
  });

  test("leaves messages at the server while it takes nothing", async () => {
    const first = await startNode(create, { name: "n1", port: portOf("n1") });
    const third = await startNode(create, { name: "n3", port: portOf("n3") });
    await online(first, third);
    third.pause();
    const messages = ["one", "two"].map((text) => `<forward xmlns="urn:test">${text}</forward>`);
    for (const message of messages) first.send("n3", message);
    // The same server delivers it after the others.
    first.send("n1", `<round xmlns="urn:test"/>`);
    await eventually(() => expect(first.received).toHaveLength(1));
    expect(third.received).toEqual([]);
    third.resume();
    await eventually(() => expect(third.received.map(([, message]) => message)).toEqual(messages));
    expect(first.returned).toEqual([]);
  });

  test("brings back what is for a node whose server was killed, and reaches it when that is back", async () => {
    const first = await startNode(create, { name: "n1", port: portOf("n1") });
    const second = await startNode(create, { name: "n2", port: portOf("n2") });
    await online(first, second);
    const [, server] = cluster.nodes;
    if (!server) throw new Error("there is no second server");
    process.kill(server.pid, "SIGKILL");
    const message = `<forward xmlns="urn:test"/>`;
    await eventually(() => {
      first.send("n2", message);
      expect(first.returned).toContainEqual(["n2", message]);
    });
    expect(first.states).toEqual(["online"]);
    await server.restart();
    await eventually(() => expect(second.states).toEqual(["online", "offline", "online"]));
    await eventually(() => {
      first.send("n2", message);
      expect(second.received).toContainEqual(["n1", message]);
    });
  });
});
