// An occupant with a stored nickname that the server may not carry (RFC 3920 section 3.4).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { RunningServer } from "../../dev/servers/server.ts";
import { startVerona } from "../../dev/verona.ts";
import { SqliteStore } from "../../src/storage/sqlite/store.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { configure, join } from "../support/chat.ts";
import { connectClient } from "../support/client.ts";
import { COMPONENT, DOMAIN, SERVERS } from "../support/servers.ts";

const ROOM = `fray@${COMPONENT.domain}`;
const NICK = "🤷";

describe.each(SERVERS)("behind %s", (name, start) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());

  const connect = async (username: string) => {
    const client = await connectClient({
      port: server.clientPort,
      domain: DOMAIN,
      username,
      password: "password",
    });
    onTestFinished(() => client.close());
    return client;
  };

  test("who would listen unseen is removed, and nobody else", async () => {
    const folder = mkdtempSync(joinPath(tmpdir(), "verona-uncarried-address-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = joinPath(folder, "rooms.db");
    const options = { server, ...COMPONENT, storage: `sqlite:${file}` };
    const before = await startVerona(options);
    const user = await connect("user");
    const listener = await connect("user2");
    await join(user, ROOM, "Sampson");
    await configure(user, ROOM, { "muc#roomconfig_persistentroom": "1" });
    await before.stop();
    // A session stored by a service with another server, or before nicknames in payloads were prepared.
    const store = new SqliteStore(file);
    const session = {
      jid: listener.jid,
      nick: NICK,
      role: "participant",
      payload: "",
      language: undefined,
    } as const;
    store.commit([{ kind: "session-stored", node: "fray", session }]);
    store.close();

    const verona = await startVerona(options);
    onTestFinished(async () => void (await verona.stop()));
    if (name === "ejabberd") {
      const told = await listener.receive(
        (stanza) => stanza.is("presence") && stanza.attrs.from === ROOM && stanza.attrs.type === "error",
      );
      expect(told.getChild("error")?.getChild("jid-malformed", NS.stanzas)).toBeDefined();
    } else {
      await listener.send(`<presence to="${ROOM}/${NICK}"/>`);
      await listener.receive((stanza) => stanza.attrs.from === `${ROOM}/${NICK}`);
    }
    const ping = `<ping xmlns="${NS.ping}"/>`;
    const answer = await user.request(`${ROOM}/Sampson`, "get", ping);
    expect(answer.attrs.type).toBe("result");
    const own = await join(listener, ROOM, name === "ejabberd" ? "Gregory" : NICK);
    expect(own.attrs.type).toBeUndefined();
  });
});
