// Public pages of a service behind Prosody and ejabberd: who is told, what is read, over a restart and a new name.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as pathOf } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { freePorts } from "../../dev/servers/ports.ts";
import type { RunningServer } from "../../dev/servers/server.ts";
import { type RunningVerona, startVerona } from "../../dev/verona.ts";
import { callService } from "../../src/control/call-service.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { configure, join, statusCodes } from "../support/chat.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { eventually } from "../support/eventually.ts";
import { COMPONENT, DOMAIN, SERVERS } from "../support/servers.ts";

const ROOM = `coven@${COMPONENT.domain}`;
const LOGGING = "muc#roomconfig_enablelogging";

let folder: string;
let server: RunningServer;
let verona: RunningVerona;
let port: number;
afterEach(async () => {
  await verona?.stop();
  await server?.stop();
  rmSync(folder, { recursive: true });
});

const start = (): Promise<RunningVerona> =>
  startVerona({
    server,
    ...COMPONENT,
    storage: `sqlite:${pathOf(folder, "a.sqlite")}`,
    env: {
      VERONA_PAGES_PORT: String(port),
      VERONA_PAGES_URL: "https://rooms.example/",
      VERONA_PAGES_WEB_CHAT_URL: "https://web.example/{room}",
      VERONA_CONTROL_SOCKET: pathOf(folder, "socket"),
    },
  });

const connect = (username: string): Promise<TestClient> =>
  connectClient({ port: server.clientPort, domain: DOMAIN, username, password: "password" });

async function page(path: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return `${answer.status} ${await answer.text()}`;
}

/** Receives the statuses of the room's next message about its configuration. */
const told = async (client: TestClient): Promise<string[]> =>
  statusCodes(
    await client.receive(
      (stanza) =>
        stanza.getName() === "message" && stanza.attrs.from === ROOM && statusCodes(stanza).length > 0,
    ),
  );

describe.each(SERVERS)("%s", (_name, startServer) => {
  test("people are told on entering and on each change, and a log outlasts a restart and a new name", async () => {
    folder = mkdtempSync(pathOf(tmpdir(), "verona-pages-"));
    server = await startServer();
    [port] = (await freePorts(1)) as [number];
    verona = await start();
    const [owner, guest, late] = [await connect("user"), await connect("user2"), await connect("user3")];
    await join(owner, ROOM, "firstwitch");
    await configure(owner, ROOM, { "muc#roomconfig_persistentroom": "1" });
    expect(statusCodes(await join(guest, ROOM, "thirdwitch"))).not.toContain("170");
    await guest.send(`<message type="groupchat" to="${ROOM}"><body>said before</body></message>`);
    await owner.receive((stanza) => stanza.getChild("body")?.getText() === "said before");
    await configure(owner, ROOM, { [LOGGING]: "1", "muc#roomconfig_whois": "anyone" });
    expect(await told(guest)).toEqual(["170", "172"]);
    expect(statusCodes(await join(late, ROOM, "hecate"))).toContain("170");
    const info = await late.request(ROOM, "get", `<query xmlns="${NS.discoInfo}"/>`);
    const fields = info.getChild("query")?.getChild("x", NS.dataForms)?.getChildren("field") ?? [];
    const value = (name: string) =>
      fields
        .find(({ attrs }) => attrs.var === name)
        ?.getChild("value")
        ?.getText();
    expect([value("muc#roominfo_logs"), value("muc#roominfo_webchat_url")]).toEqual([
      "https://rooms.example/coven",
      "https://web.example/coven",
    ]);
    await guest.send(`<message type="groupchat" to="${ROOM}"><body>said in public</body></message>`);
    await late.receive((stanza) => stanza.getChild("body")?.getText() === "said in public");
    const day = new Date().toISOString().slice(0, 10);
    const log = await page(`/coven/${day}`);
    expect(log).toMatch(/^200 [\s\S]*said in public/);
    expect(log).not.toMatch(/said before|user\d?@/);

    await verona.stop();
    verona = await start();
    await eventually(async () => expect(await page(`/coven/${day}`)).toMatch(/^200 [\s\S]*said in public/));
    const renamed = await callService(pathOf(folder, "socket"), "room.rename", {
      room: "coven",
      to: "heath",
    });
    expect(renamed?.kind).toBe("result");
    expect(await page(`/coven/${day}`)).toMatch(/^404/);
    expect(await page(`/heath/${day}`)).toMatch(/^200 [\s\S]*said in public/);

    const heath = `heath@${COMPONENT.domain}`;
    await join(owner, heath, "firstwitch");
    await configure(owner, heath, { [LOGGING]: "0" });
    expect(await page(`/heath/${day}`)).toMatch(/^404/);
    expect(await page("/heath")).toMatch(/^200/);
  });
});
