import { describe, expect, it } from "vitest";
import {
  brief,
  type Driver,
  errorOf,
  MEMBER,
  OWNER,
  openRoom,
  ROOM,
  sentTo,
  withThree,
} from "../../support/room-driver.ts";

const LAPTOP = "hag66@shakespeare.example/laptop";

function withTwoClients(): Driver {
  const driver = openRoom();
  driver.join(MEMBER, "thirdwitch");
  driver.join(LAPTOP, "thirdwitch");
  return driver;
}

describe("XEP-0045 7.2.8 several clients under one nickname", () => {
  it("share presence: a change by one is sent to both, each with its own full JID", () => {
    const sent = withTwoClients().send(
      MEMBER,
      `<presence to="${ROOM}/thirdwitch"><show>xa</show></presence>`,
    );
    for (const client of [MEMBER, LAPTOP]) {
      const [own, ...more] = sentTo(sent, client);
      expect(more).toEqual([]);
      expect(own?.getChild("show")?.getText()).toBe("xa");
      expect(own?.getChild("x")?.getChild("item")?.attrs.jid).toBe(client);
    }
  });

  it("all receive private messages", () => {
    const sent = withTwoClients().send(
      OWNER,
      `<message type="chat" to="${ROOM}/thirdwitch"><body>hi</body></message>`,
    );
    expect(sent.map((stanza) => stanza.attrs.to)).toEqual([MEMBER, LAPTOP]);
  });

  it("are all removed by a kick, which is broadcast once (8.2)", () => {
    const driver = withTwoClients();
    expect(driver.admin(OWNER, '<item nick="thirdwitch" role="none"/>').map(brief)).toEqual([
      "presence unavailable thirdwitch > hag66 none/none jid 307,110",
      "presence unavailable thirdwitch > hag66 none/none jid 307,110",
      "presence unavailable thirdwitch > crone1 none/none jid 307",
      "iq result @ > crone1",
    ]);
    expect(driver.registry.get("coven")?.sessions.size).toBe(1);
  });

  it("share a moderator's view: a client that takes a moderator's nickname gets the real JIDs (7.2.4)", () => {
    const driver = withThree();
    driver.join(LAPTOP, "fourthwitch");
    driver.admin(OWNER, '<item nick="fourthwitch" role="moderator"/>');
    const sent = sentTo(driver.send(MEMBER, `<presence to="${ROOM}/fourthwitch"/>`), MEMBER);
    expect(sent.map(brief)).toEqual([
      "presence unavailable thirdwitch > hag66 none/participant jid nick=fourthwitch 303,110",
      "presence fourthwitch > hag66 none/moderator jid 110",
      "presence firstwitch > hag66 owner/moderator jid",
      "presence hecate > hag66 none/participant jid",
    ]);
  });

  it("leave one by one: the others get new presence only if the client with the latest presence leaves", () => {
    const leave = (from: string) => withTwoClients().leave(from, "thirdwitch").map(brief);
    expect(leave(MEMBER)).toEqual(["presence unavailable thirdwitch > hag66 none/none jid 110"]);
    expect(leave(LAPTOP)).toEqual([
      "presence unavailable thirdwitch > hag66 none/none jid 110",
      "presence thirdwitch > crone1 none/participant jid",
      "presence thirdwitch > hag66 none/participant jid 110",
    ]);
  });

  it("each get their own answer to a self-ping (XEP-0410)", () => {
    const driver = withTwoClients();
    const ping = (from: string) =>
      errorOf(
        driver.send(
          from,
          `<iq type="get" id="p" to="${ROOM}/thirdwitch"><ping xmlns="urn:xmpp:ping"/></iq>`,
        )[0],
      );
    expect([MEMBER, LAPTOP].map(ping)).toEqual([undefined, undefined]);
    driver.leave(MEMBER, "thirdwitch");
    expect([MEMBER, LAPTOP].map(ping)).toEqual(["cancel/not-acceptable", undefined]);
  });
});
