// Checks the rooms of populate.ts after a move to Verona.
import { expect } from "vitest";
import type { RunningServer } from "../../dev/servers/server.ts";
import { startVerona } from "../../dev/verona.ts";
import type { Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { receiveSubject } from "../support/chat.ts";
import type { TestClient } from "../support/client.ts";
import { COMPONENT, DOMAIN } from "../support/servers.ts";
import { isMessage, login, OPEN_ROOM, ROOM, type Said, stanzaIdOf } from "./populate.ts";
import { verona } from "./verona.ts";

const PASSWORD = `<password>s€same</password>`;

async function enter(client: TestClient, room: string, nick: string, password = PASSWORD): Promise<Element> {
  await client.send(`<presence to="${room}/${nick}"><x xmlns="${NS.muc}">${password}</x></presence>`);
  return client.receive(
    (stanza) =>
      stanza.getName() === "presence" &&
      stanza.attrs.from === `${room}/${nick}` &&
      (stanza.attrs.type === "error" || stanza.toString().includes('code="110"')),
  );
}

const errorOf = (stanza: Element): string | undefined =>
  stanza.getChild("error")?.getChildElements()[0]?.getName();

const itemOf = (stanza: Element) => stanza.getChild("x", NS.mucUser)?.getChild("item")?.attrs;

/** Reads the archive, oldest first: stanza-id, id, and body or subject of each message. */
async function readArchive(client: TestClient, room: string): Promise<[string, string, string][]> {
  const before = client.unread().length;
  const fin = await client.request(room, "set", `<query xmlns="${NS.mam}"/>`);
  expect(fin.getChild("fin", NS.mam)?.attrs.complete).toBe("true");
  return client
    .unread()
    .slice(before)
    .flatMap((stanza) => {
      const result = stanza.getChild("result", NS.mam);
      const message = result?.getChild("forwarded", NS.forward)?.getChild("message");
      if (!result || !message) return [];
      const text = message.getChild("body") ?? message.getChild("subject");
      return [[String(result.attrs.id), String(message.attrs.id), text?.getText() ?? ""]];
    });
}

/** Differences between the servers: bans, and the role in the moderated room. */
interface Expected {
  readonly bans: readonly { jid: string; reason?: string }[];
  readonly openRole: "visitor" | "participant";
  /** True if the room had an avatar. */
  readonly hasAvatar: boolean;
}

/** Starts Verona behind a server and lets all users enter again. */
export async function moveIn(
  server: RunningServer,
  storage: string,
  said: Said,
  { bans, openRole, hasAvatar }: Expected,
): Promise<void> {
  const service = await startVerona({ server, ...COMPONENT, storage });
  const [romeo, juliet, paris] = [
    await login(server, "user"),
    await login(server, "user2"),
    await login(server, "user3"),
  ];
  try {
    expect(errorOf(await enter(paris, ROOM, "Paris"))).toBe("forbidden");
    expect(errorOf(await enter(juliet, ROOM, "Juliet", ""))).toBe("not-authorized");
    expect(errorOf(await enter(romeo, ROOM, "Juliet"))).toBe("conflict");
    const presence = await enter(juliet, ROOM, "Juliet");
    expect(itemOf(presence)).toMatchObject({ affiliation: "member", role: "participant" });

    // The discussion history has the stanza-ids that clients know.
    for (const id of ["one", "two", "three"]) {
      const message = await juliet.receive(isMessage(id));
      expect(stanzaIdOf(message)).toBe(said.get(id));
    }
    expect((await receiveSubject(juliet)).getChild("subject")?.getText()).toBe("Balcony 🌙");
    const archived = await readArchive(juliet, ROOM);
    expect(archived.filter(([, id]) => id !== "topic")).toEqual([
      [said.get("one"), "one", "But soft! <é>\nwhat light"],
      [said.get("two"), "two", "Ay me!"],
      [said.get("three"), "three", "Ay me 🌙"],
    ]);
    // Authors may retract earlier messages (XEP-0424).
    const retraction = `<retract xmlns="${NS.retract}" id="${said.get("two")}"/>`;
    await juliet.send(`<message to="${ROOM}" type="groupchat" id="retraction">${retraction}</message>`);
    expect((await juliet.receive(isMessage("retraction"))).attrs.type).toBe("groupchat");

    // A backup of the running service has the latest messages.
    const copy = `${storage}.backup`;
    const backup = await verona(storage, "backup", copy.slice("sqlite:".length));
    expect(backup).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await verona(copy, "export", ROOM)).stdout).toContain('"id":"retraction"');

    expect(itemOf(await enter(romeo, ROOM, "Roméo"))).toMatchObject({
      affiliation: "owner",
      role: "moderator",
    });
    const form = await romeo.request(ROOM, "get", `<query xmlns="${NS.mucOwner}"/>`);
    const fields = form.getChild("query")?.getChild("x", NS.dataForms)?.getChildren("field") ?? [];
    expect(
      Object.fromEntries(fields.map((field) => [field.attrs.var, field.getChild("value")?.getText()])),
    ).toMatchObject({
      "muc#roomconfig_persistentroom": "1",
      "muc#roomconfig_roomname": 'Capulet\'s "orchard" & <é>',
      "muc#roomconfig_roomdesc": "Two households,\nboth alike",
      "muc#roomconfig_membersonly": "1",
      "muc#roomconfig_publicroom": "0",
      "muc#roomconfig_roomsecret": "s€same",
      "muc#roomconfig_whois": "moderators",
    });
    const vcard = await romeo.request(ROOM, "get", `<vCard xmlns="${NS.vcard}"/>`);
    const photo = vcard.getChild("vCard", NS.vcard)?.getChild("PHOTO")?.getChild("BINVAL")?.getText();
    expect(photo).toBe(hasAvatar ? "bm90IGEgcGljdHVyZQ==" : undefined);
    expect(await listOf(romeo, "outcast")).toEqual(bans);
    expect(await listOf(romeo, "admin")).toEqual([{ jid: `admin@${DOMAIN}` }]);

    const open = await enter(paris, OPEN_ROOM, "Paris", "");
    expect(itemOf(open)).toMatchObject({ affiliation: "none", role: openRole });
    expect(open.toString()).toContain('code="100"');
    expect(stanzaIdOf(await paris.receive(isMessage("open")))).toBe(said.get("open"));
  } finally {
    await Promise.all([romeo.close(), juliet.close(), paris.close()]);
    await service.stop();
  }
}

async function listOf(owner: TestClient, affiliation: string): Promise<{ jid: string; reason?: string }[]> {
  const query = `<query xmlns="${NS.mucAdmin}"><item affiliation="${affiliation}"/></query>`;
  const items = (await owner.request(ROOM, "get", query)).getChild("query")?.getChildren("item") ?? [];
  return items.map((item) => {
    const reason = item.getChild("reason")?.getText();
    return { jid: String(item.attrs.jid), ...(reason === undefined ? {} : { reason }) };
  });
}
