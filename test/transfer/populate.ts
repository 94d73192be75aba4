// Fills rooms of another server, as people do, for the tests of imports.
import { expect } from "vitest";
import type { RunningServer } from "../../dev/servers/server.ts";
import type { Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { configure, join, statusCodes, submittedForm } from "../support/chat.ts";
import { connectClient, type TestClient } from "../support/client.ts";
import { DOMAIN } from "../support/servers.ts";

export const HOST = "conference.localhost";
/** A node that is encoded in file names. */
export const ROOM = `capulet_é@${HOST}`;
export const OPEN_ROOM = `balcony@${HOST}`;

/** The stanza-ids that clients saw, by the ids of the messages. */
export type Said = ReadonlyMap<string, string>;

export const login = (server: RunningServer, username: string): Promise<TestClient> =>
  connectClient({ port: server.clientPort, domain: DOMAIN, username, password: "password" });

export const isMessage =
  (id: string) =>
  (stanza: Element): boolean =>
    stanza.getName() === "message" && stanza.attrs.id === id;

export const stanzaIdOf = (message: Element): string => String(message.getChild("stanza-id")?.attrs.id);

/** Sends a message and waits until all listeners got it. */
async function say(
  said: Map<string, string>,
  speaker: TestClient,
  room: string,
  id: string,
  payload: string,
): Promise<void> {
  await speaker.send(`<message to="${room}" type="groupchat" id="${id}" xml:lang="en">${payload}</message>`);
  said.set(id, stanzaIdOf(await speaker.receive(isMessage(id))));
}

export async function done(answer: Promise<Element>): Promise<void> {
  expect((await answer).attrs.type).toBe("result");
}

const affiliate = (client: TestClient, room: string, item: string): Promise<void> =>
  done(client.request(room, "set", `<query xmlns="${NS.mucAdmin}">${item}</query>`));

/** Registers a nickname with a room or with the service. */
export const register = (client: TestClient, at: string, fields: Record<string, string>): Promise<void> =>
  done(
    client.request(
      at,
      "set",
      `<query xmlns="${NS.register}">${submittedForm(NS.mucRegister, fields)}</query>`,
    ),
  );

/** A vCard with an avatar. */
export const VCARD = `<vCard xmlns="${NS.vcard}"><PHOTO><TYPE>image/png</TYPE><BINVAL>bm90IGEgcGljdHVyZQ==</BINVAL></PHOTO></vCard>`;

/** Lets the owner set the room's avatar (XEP-0486 section 3.2). */
export const giveAvatar = (owner: TestClient): Promise<void> => done(owner.request(ROOM, "set", VCARD));

/**
 * Creates two persistent rooms: a members-only one with everything, and a non-anonymous one. Romeo ("user") owns them,
 * Juliet ("user2") is a member, "user3" is banned, "admin" is an admin.
 */
export async function populate(
  server: RunningServer,
  more: (juliet: TestClient, romeo: TestClient) => Promise<void>,
): Promise<Said> {
  const said = new Map<string, string>();
  const [romeo, juliet] = [await login(server, "user"), await login(server, "user2")];
  expect(statusCodes(await join(romeo, ROOM, "Roméo"))).toContain("110");
  await done(
    configure(romeo, ROOM, {
      "muc#roomconfig_persistentroom": "1",
      "muc#roomconfig_roomname": 'Capulet\'s "orchard" &amp; &lt;é>',
      "muc#roomconfig_roomdesc": "Two households,\nboth alike",
      "muc#roomconfig_membersonly": "1",
      "muc#roomconfig_publicroom": "0",
      "muc#roomconfig_passwordprotectedroom": "1",
      "muc#roomconfig_roomsecret": "s€same",
    }),
  );
  await affiliate(romeo, ROOM, `<item affiliation="member" jid="user2@${DOMAIN}"/>`);
  await affiliate(romeo, ROOM, `<item affiliation="admin" jid="admin@${DOMAIN}"/>`);
  await affiliate(
    romeo,
    ROOM,
    `<item affiliation="outcast" jid="user3@${DOMAIN}"><reason>a villain</reason></item>`,
  );
  await more(juliet, romeo);
  const entry = `<x xmlns="${NS.muc}"><password>s€same</password></x>`;
  await juliet.send(`<presence to="${ROOM}/Juliet">${entry}</presence>`);
  await juliet.receive((stanza) => stanza.attrs.from === `${ROOM}/Juliet`);
  await romeo.send(
    `<message to="${ROOM}" type="groupchat" id="topic"><subject>Balcony 🌙</subject></message>`,
  );
  await juliet.receive((stanza) => stanza.getChild("subject")?.getText() === "Balcony 🌙");
  await say(said, romeo, ROOM, "one", "<body>But soft! &lt;é&gt;\nwhat light</body>");
  await say(said, juliet, ROOM, "two", '<body>Ay me!</body><x xmlns="urn:x" a="&quot;&apos;"><y>z</y></x>');
  const correction = '<body>Ay me 🌙</body><replace xmlns="urn:xmpp:message-correct:0" id="two"/>';
  await say(said, juliet, ROOM, "three", correction);

  await join(romeo, OPEN_ROOM, "Romeo");
  await done(
    configure(romeo, OPEN_ROOM, {
      "muc#roomconfig_persistentroom": "1",
      "muc#roomconfig_whois": "anyone",
      "muc#roomconfig_moderatedroom": "1",
      "muc#roomconfig_publicroom": "1",
    }),
  );
  await say(said, romeo, OPEN_ROOM, "open", "<body>It is my lady</body>");
  // A temporary room, which is not imported.
  await join(romeo, `passing@${HOST}`, "Romeo");
  await done(configure(romeo, `passing@${HOST}`, {}));
  await Promise.all([romeo.close(), juliet.close()]);
  return said;
}
