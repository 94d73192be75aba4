// The servers of the other end-to-end tests, as dev/servers starts them, without Verona.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "../../dev/servers/server.ts";
import { connectClient } from "../support/client.ts";
import { connectComponent } from "../support/component.ts";
import { COMPONENT, DOMAIN, SERVERS, USERS } from "../support/servers.ts";

describe.each(SERVERS)("%s", (_name, start) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());

  const login = (user: { username: string; password: string }) =>
    connectClient({ port: server.clientPort, domain: DOMAIN, ...user });

  const connectTo = (secret: string) =>
    connectComponent({ ...COMPONENT, secret, port: server.componentPort });

  test("every user can log in, and nobody with another password", async () => {
    for (const user of USERS) {
      const client = await login(user);
      expect(client.jid).toMatch(new RegExp(`^${user.username}@${DOMAIN}/.+`));
      await client.close();
    }
    await expect(login({ username: "user", password: "wrong" })).rejects.toThrow("not-authorized");
  });

  test("the component can connect with its secret, and with no other", async () => {
    const link = await connectTo(COMPONENT.secret);
    const client = await login({ username: "user", password: "password" });
    await client.send(`<message to="${COMPONENT.domain}"><body>hello</body></message>`);
    const stanza = await link.receive(({ name }) => name === "message");
    expect(stanza.attrs.from).toBe(client.jid);
    await client.close();
    await link.close();
    await expect(connectTo("wrong")).rejects.toThrow("not-authorized");
  });

  test("there is a WebSocket for browsers", async () => {
    const socket = new WebSocket(`ws://${server.host}:${server.httpPort}/xmpp-websocket`, "xmpp");
    await once(socket, "open");
    socket.send(`<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="${DOMAIN}" version="1.0"/>`);
    const [event] = (await once(socket, "message")) as [{ data: string }];
    expect(event.data).toContain("urn:ietf:params:xml:ns:xmpp-framing");
    socket.close();
  });

  test("a restart keeps ports and accounts, and a stop leaves nothing", async () => {
    await server.restart();
    const client = await login({ username: "user", password: "password" });
    await client.close();
    await server.stop();
    expect(existsSync(server.dataFolder)).toBe(false);
    await expect(login({ username: "user", password: "password" })).rejects.toThrow("ECONNREFUSED");
  });
});
