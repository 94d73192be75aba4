// The connection to the XMPP server with TLS: component.tls in docs/configuration.md.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as pathOf } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEjabberd } from "../../dev/servers/ejabberd.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { launchVerona, startVerona } from "../../dev/verona.ts";
import { join, withId } from "../support/chat.ts";
import { connectClient } from "../support/client.ts";
import { COMPONENT, DOMAIN, USERS } from "../support/servers.ts";

const NAME = "xmpp.localhost";
let folder: string;
let certificate: string;
let server: RunningServer;
beforeAll(async () => {
  folder = mkdtempSync(pathOf(tmpdir(), "verona-tls-"));
  certificate = pathOf(folder, "server.pem");
  const key = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "2",
  ];
  const names = ["-subj", `/CN=${NAME}`, "-addext", `subjectAltName=DNS:${NAME}`];
  execFileSync("openssl", [...key, ...names, "-keyout", certificate, "-out", `${certificate}.crt`], {
    stdio: "ignore",
  });
  execFileSync("sh", ["-c", `cat "${certificate}.crt" >> "${certificate}"`]);
  const options = {
    domain: DOMAIN,
    users: USERS,
    components: [COMPONENT],
    componentCertificate: certificate,
  };
  server = await startEjabberd(options);
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

const TLS = (): Record<string, string> => ({
  VERONA_TLS: "true",
  VERONA_TLS_NAME: NAME,
  VERONA_TLS_CA_FILE: `${certificate}.crt`,
  VERONA_ROOM_CREATION: "anyone",
});

test("serves rooms over an encrypted link to a server whose certificate it trusts", async () => {
  const verona = await startVerona({ server, ...COMPONENT, env: TLS() });
  try {
    const port = server.clientPort;
    const client = await connectClient({ port, domain: DOMAIN, username: "user", password: "password" });
    const room = `coven@${COMPONENT.domain}`;
    await join(client, room, "firstwitch");
    const text = "double ".repeat(20_000);
    await client.send(`<message to="${room}" type="groupchat" id="m"><body>${text}</body></message>`);
    expect((await client.receive(withId("m"))).getChild("body")?.getText()).toBe(text);
    await client.close();
  } finally {
    expect(await verona.stop()).toBe(0);
  }
});

test.each([
  ["has another name", { VERONA_TLS_NAME: "other.localhost" }, "Hostname/IP does not match"],
  [
    "is signed by somebody else",
    { VERONA_TLS_CA_FILE: "/etc/ssl/certs/ca-certificates.crt" },
    "self-signed certificate",
  ],
])("tells a server nothing whose certificate %s", async (_, env, problem) => {
  const verona = launchVerona({ server, ...COMPONENT, env: { ...TLS(), ...env } });
  try {
    await expect.poll(() => verona.log(), { timeout: 20_000 }).toContain(problem);
    expect(verona.log()).not.toContain('"online"');
  } finally {
    verona.kill();
    await verona.ended;
  }
});
