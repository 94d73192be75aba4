import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { connect } from "../../dev/scansion/client.ts";
import { eventually } from "../support/eventually.ts";
import { FakeServer, type FakeServerOptions } from "./fake-server.ts";

const WAIT_MS = 30_000;

let server: FakeServer;
afterEach(() => server.close());

async function login(
  options: FakeServerOptions = {},
  account: { jid?: string; password?: string; timeoutMs?: number } = {},
) {
  server = new FakeServer(options);
  const port = await server.listen();
  return connect({
    host: "127.0.0.1",
    port,
    jid: "romeo@localhost",
    password: "password",
    timeoutMs: WAIT_MS,
    ...account,
  });
}

describe("the connection of a script's client", () => {
  it("has the resource that the server gives", async () => {
    expect((await login()).jid).toBe("romeo@localhost/desk");
  });

  it("has the resource that the script asks for", async () => {
    expect((await login({}, { jid: "romeo@localhost/phone" })).jid).toBe("romeo@localhost/phone");
  });

  it("logs in by a name that is beyond ASCII", async () => {
    expect((await login({}, { jid: "großmann@localhost" })).jid).toBe("großmann@localhost/desk");
    const greek = await login({}, { jid: "νίκος@localhost" });
    expect(greek.jid).toBe("νίκος@localhost/desk");
  });

  it("sends nothing that the script does not say: no presence, no answer to a request, no session resumption", async () => {
    const client = await login({ atOnce: "<iq type='get' id='0'><a xmlns='b'/></iq>" });
    server.sockets[0]?.write(
      "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq><iq type='set' id='2'><a xmlns='b'/></iq>",
    );
    const ids = [await client.next(WAIT_MS), await client.next(WAIT_MS), await client.next(WAIT_MS)].map(
      (iq) => iq?.attrs.id,
    );
    expect(ids).toEqual(["0", "1", "2"]);
    await client.send("<presence/>");
    await eventually(() => expect(server.received).toContain("<presence/>"));
    await delay(50);
    expect(server.received).toBe("<presence/>");
  });

  it("loses no stanza that comes together with the end of the login", async () => {
    const client = await login({ atOnce: "<message id='1'/><message id='2'/>" });
    expect((await client.next(WAIT_MS))?.attrs.id).toBe("1");
    expect((await client.next(WAIT_MS))?.attrs.id).toBe("2");
    expect(await client.next(20)).toBeUndefined();
  });

  it("keeps characters whole that are split across TCP chunks", async () => {
    const client = await login();
    for (const byte of Buffer.from("<message><body>né \u{1F9D9}</body></message>")) {
      server.sockets[0]?.write(Buffer.of(byte));
      await delay(1);
    }
    expect((await client.next(WAIT_MS))?.getChild("body")?.getText()).toBe("né \u{1F9D9}");
  });

  it("hands out what came before it was lost, then says so at once", async () => {
    const client = await login();
    server.sockets[0]?.end("<message id='1'/></stream:stream>");
    expect((await client.next(WAIT_MS))?.attrs.id).toBe("1");
    await expect(client.next(60_000)).rejects.toThrow("the server closed the connection");
    await expect(client.send("<presence/>")).rejects.toThrow("the server closed the connection");
  });

  it("fails with the account and the server's reason when the login is refused", async () => {
    await expect(login({}, { password: "wrong" })).rejects.toThrow(
      /^romeo@localhost cannot log in at 127\.0\.0\.1:\d+: not-authorized/,
    );
  });

  it("fails when the server wants TLS first", async () => {
    const features = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";
    await expect(login({ features })).rejects.toThrow(/the server offers no login without TLS/);
  });

  it("fails when the server offers no mechanism that it knows", async () => {
    const features = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    await expect(login({ features })).rejects.toThrow(/No compatible mechanism/);
  });

  it("fails in time when the server does not go on", async () => {
    await expect(login({ silentAfterHeader: true }, { timeoutMs: 300 })).rejects.toThrow(/no login in time/);
  });

  it("fails, and that is all, when it is no XMPP server", async () => {
    const header = "HTTP/1.1 400 Bad Request\r\n\r\n";
    await expect(login({ header }, { timeoutMs: 300 })).rejects.toThrow(/cannot log in at/);
  });

  it("fails when nothing listens", async () => {
    await login();
    const address = { host: "127.0.0.1", port: 1, jid: "romeo@localhost", password: "password" };
    await expect(connect(address)).rejects.toThrow(/ECONNREFUSED/);
  });
});
