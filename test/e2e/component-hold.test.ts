// mod_component_hold of contrib in real servers, with a component that is not Verona: docs/hold.md.
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { startEjabberd } from "../../dev/servers/ejabberd.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { HoldLimits, RunningServer } from "../../dev/servers/server.ts";
import type { Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { conditionOf, withId } from "../support/chat.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { connectComponent, type TestComponent } from "../support/component.ts";
import { installModule } from "../support/ejabberd-module.ts";
import { COMPONENT, DOMAIN, OPTIONS } from "../support/servers.ts";

const ROOM = `coven@${COMPONENT.domain}`;
const HOLD = `<hold xmlns="${NS.hold}"/>`;
/** Longer than any test. */
const SECONDS = 100;

const login = (server: RunningServer): Promise<TestClient> =>
  connectClient({ port: server.clientPort, domain: DOMAIN, username: "user", password: "password" });

const connectTo = (server: RunningServer): Promise<TestComponent> =>
  connectComponent({ ...COMPONENT, port: server.componentPort });

/** Resolves when the server has handled what the client sent. */
const handledFor = (client: TestClient): Promise<Element> =>
  client.request(DOMAIN, "get", `<query xmlns="${NS.discoInfo}"/>`);

/** Asks the module to hold, and waits for its answer. */
async function askToHold(component: TestComponent): Promise<void> {
  const { domain } = COMPONENT;
  component.send(`<iq type="set" id="hold" from="${domain}" to="${domain}">${HOLD}</iq>`);
  const answer = await component.receive(withId("hold"));
  expect(answer.attrs).toMatchObject({ type: "result", from: domain, to: domain });
}

describe.each([
  ["prosody", startProsody, "remote-server-timeout"],
  // The server of the tests has no federation.
  ["ejabberd", startEjabberd, "forbidden"],
] as const)("mod_component_hold in %s", (_name, start, unavailable) => {
  let server: RunningServer;
  let client: TestClient;
  let cleanUp: (() => unknown)[];
  beforeEach(() => {
    cleanUp = [];
  });
  afterEach(async () => {
    for (const step of cleanUp.reverse()) await step();
  });

  async function startWith(hold: HoldLimits): Promise<void> {
    server = await start({ ...OPTIONS, hold });
    cleanUp.push(() => server.stop());
    client = await login(server);
    cleanUp.push(() => client.close().catch(() => {}));
  }

  const connect = (): Promise<TestComponent> => connectTo(server);

  const say = (id: string): Promise<void> =>
    client.send(`<message to="${ROOM}" type="groupchat" id="${id}"><body>${id}</body></message>`);

  const handled = (): Promise<Element> => handledFor(client);

  const idsAt = (component: TestComponent) => component.unread().map(({ attrs }) => attrs.id);

  test("what is sent before the first connection, and between two, arrives in order and before what comes later", async () => {
    await startWith({ seconds: SECONDS });
    const later = async (component: TestComponent, ids: string[]): Promise<void> => {
      await say("now");
      await component.receive(withId("now"));
      expect(idsAt(component)).toEqual(ids);
    };
    await say("1");
    await client.send(`<presence to="${ROOM}/nick" id="2"/>`);
    await client.send(`<iq type="get" to="${COMPONENT.domain}" id="3"><ping xmlns="${NS.ping}"/></iq>`);
    await handled();
    const first = await connect();
    await later(first, ["1", "2", "3"]);
    await first.close();
    await say("4");
    await say("5");
    await later(await connect(), ["4", "5"]);
    // The component's library refuses the IQ.
    expect(client.unread().map(({ attrs }) => attrs.id)).toEqual(["3"]);
  });

  test("after the time, everything that was held gets the server's own answer, and what comes later gets it at once", async () => {
    await startWith({ seconds: 1 });
    await say("message");
    await client.send(`<presence to="${ROOM}/nick" id="presence"/>`);
    await client.send(`<iq type="get" to="${COMPONENT.domain}" id="iq"><ping xmlns="${NS.ping}"/></iq>`);
    for (const id of ["message", "presence", "iq"]) {
      const error = await client.receive(withId(id));
      expect(error.attrs.type).toBe("error");
      expect(conditionOf(error)).toBe(unavailable);
    }
    await say("late");
    expect(conditionOf(await client.receive(withId("late")))).toBe(unavailable);
  });

  test("RFC 6120 8.3.1: errors and results that cannot be delivered are dropped, not answered", async () => {
    await startWith({ seconds: 1 });
    await client.send(`<message to="${ROOM}" type="error" id="error"><error type="cancel"/></message>`);
    await client.send(`<iq to="${ROOM}" type="result" id="result"/>`);
    await say("message");
    await client.receive(withId("message"));
    await client.send(`<message to="${ROOM}" type="error" id="error"><error type="cancel"/></message>`);
    await say("late");
    await client.receive(withId("late"));
    expect(client.unread().map(String)).toEqual([]);
  });

  test.each([
    ["stanzas", { stanzas: 2 }],
    ["bytes", { bytes: 1_000 }],
  ])("no more %s are held than configured: the rest gets resource-constraint", async (_what, limits) => {
    await startWith({ seconds: SECONDS, ...limits });
    const text = "x".repeat(300);
    for (const id of ["1", "2", "3", "4"])
      await client.send(`<message to="${ROOM}" id="${id}"><body>${text}</body></message>`);
    for (const id of ["3", "4"])
      expect(conditionOf(await client.receive(withId(id)))).toBe("resource-constraint");
    const component = await connect();
    await component.receive(withId("2"));
    expect(idsAt(component)).toEqual(["1"]);
  });

  test("after the request, new stanzas wait for the next connection; answers still come to this one", async () => {
    await startWith({ seconds: SECONDS });
    const first = await connect();
    await say("before");
    await handled();
    await askToHold(first);
    // Everything sent before has arrived before the answer.
    expect(idsAt(first)).toEqual(["before"]);
    await say("held");
    first.send(
      `<iq type="get" id="question" from="${COMPONENT.domain}" to="${client.jid}"><ping xmlns="${NS.ping}"/></iq>`,
    );
    // The client's library answers.
    await first.receive(withId("question"));
    expect(idsAt(first)).toEqual(["before"]);
    await first.close();
    await say("away");
    await handled();
    const second = await connect();
    await second.receive(withId("away"));
    expect(idsAt(second)).toEqual(["held"]);
  });

  test("a connection that asked and stays gets what was held when the time is over", async () => {
    await startWith({ seconds: 1 });
    const component = await connect();
    await askToHold(component);
    await say("held");
    await component.receive(withId("held"));
    await say("now");
    await component.receive(withId("now"));
  });

  test("only the component itself can ask: the request of a user goes to the component", async () => {
    await startWith({ seconds: SECONDS });
    const component = await connect();
    await client.send(`<iq type="set" id="forged" to="${COMPONENT.domain}">${HOLD}</iq>`);
    await say("now");
    await component.receive(withId("forged"));
    await component.receive(withId("now"));
  });

  test("the newest connection wins: the older one ends with the stream error conflict, and gets nothing more", async () => {
    await startWith({ seconds: SECONDS });
    const older = await connect();
    const newest = await connect();
    expect(await older.ended).toBe("conflict");
    const ids = Array.from({ length: 30 }, (_, number) => `said-${number}`);
    for (const id of ids) await say(id);
    await newest.receive(withId("said-29"));
    expect(idsAt(newest)).toEqual(ids.slice(0, -1));
    expect(older.unread()).toEqual([]);
  });
});

test("ejabberd: a module that is installed while the component is connected holds when it asks", async () => {
  const server = await startEjabberd({ ...OPTIONS, rooms: `rooms.${DOMAIN}` });
  onTestFinished(() => server.stop());
  const client = await login(server);
  onTestFinished(() => client.close().catch(() => {}));
  const component = await connectTo(server);
  await installModule(server, "mod_component_hold", "hold.yml");
  await client.send(`<message to="${ROOM}" id="before"/>`);
  await component.receive(withId("before"));
  await askToHold(component);
  await client.send(`<message to="${ROOM}" id="held"/>`);
  await handledFor(client);
  const next = await connectTo(server);
  await next.receive(withId("held"));
  expect(component.unread()).toEqual([]);
});
