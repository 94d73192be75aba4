import { describe, expect, it } from "vitest";
import { child } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  brief,
  Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  sentTo,
} from "../../support/room-driver.ts";

describe("XEP-0045 10.1 creating a room", () => {
  it("sends the creator presence as owner with 201 and 110, then the empty subject", () => {
    const sent = new Driver().join(OWNER, "firstwitch");
    expect(sent.map(brief)).toEqual([
      "presence firstwitch > crone1 owner/moderator jid 201,110",
      "message groupchat @ > crone1",
    ]);
    expect(sent[1]?.getChild("subject")?.getText()).toBe("");
  });

  it("locks the room: others are refused item-not-found until it is configured", () => {
    const driver = new Driver();
    driver.join(OWNER, "firstwitch");
    expect(errorOf(driver.join(MEMBER, "thirdwitch")[0])).toBe("cancel/item-not-found");
    driver.configure(OWNER);
    expect(errorOf(driver.join(MEMBER, "thirdwitch")[0])).toBeUndefined();
  });

  it("locks the room for new members and owners too (7.2.10)", () => {
    const driver = new Driver();
    driver.join(OWNER, "firstwitch");
    driver.admin(OWNER, '<item affiliation="member" jid="hag66@shakespeare.example"/>');
    driver.admin(OWNER, '<item affiliation="owner" jid="hecate@shakespeare.example"/>');
    for (const from of [MEMBER, OTHER])
      expect(errorOf(driver.join(from, "thirdwitch")[0])).toBe("cancel/item-not-found");
    expect(errorOf(driver.join("crone1@shakespeare.example/laptop", "firstwitch")[0])).toBeUndefined();
  });

  it("accepts an instant room by an empty submitted form (10.1.2)", () => {
    const driver = new Driver();
    driver.join(OWNER, "firstwitch");
    const sent = driver.owner(OWNER, '<x xmlns="jabber:x:data" type="submit"/>');
    expect(sent.map(brief)).toEqual(["iq result @ > crone1"]);
    expect(driver.registry.get("coven")?.locked).toBe(false);
  });

  it("destroys the room when its first configuration is cancelled (10.1.3)", () => {
    const driver = new Driver();
    driver.join(OWNER, "firstwitch");
    const sent = driver.owner(OWNER, '<x xmlns="jabber:x:data" type="cancel"/>');
    expect(sent.map(brief)).toEqual([
      "presence unavailable firstwitch > crone1 none/none jid 110",
      "iq result @ > crone1",
    ]);
    expect(driver.registry.get("coven")).toBeUndefined();
  });

  it("answers the creator of a locked room, even after it has given ownership to another user", () => {
    const driver = new Driver();
    driver.join(OWNER, "firstwitch");
    driver.admin(OWNER, '<item affiliation="owner" jid="hag66@shakespeare.example"/>');
    driver.admin(OWNER, '<item affiliation="none" jid="crone1@shakespeare.example"/>');
    const info = `<iq type="get" id="i" to="${ROOM}"><query xmlns="${NS.discoInfo}"/></iq>`;
    expect(driver.send(OWNER, info).map(({ attrs }) => attrs.type)).toEqual(["result"]);
  });

  it("removes a locked room when its creator leaves", () => {
    const driver = new Driver({ defaults: { persistent: true } });
    driver.join(OWNER, "firstwitch");
    driver.leave(OWNER, "firstwitch");
    expect(driver.registry.get("coven")).toBeUndefined();
    expect(driver.journal.at(-1)).toEqual({ kind: "room-removed", node: "coven" });
  });

  it("is refused with not-allowed to users who may not create rooms (10.1.1)", () => {
    const driver = new Driver({ mayCreateRooms: (jid) => jid.startsWith("crone1@") });
    expect(errorOf(driver.join(MEMBER, "thirdwitch")[0])).toBe("cancel/not-allowed");
    expect(driver.registry.get("coven")).toBeUndefined();
  });
});

describe("XEP-0045 7.1 and 7.2 entering a room", () => {
  it("sends the others' presence, then self-presence with 110, then the subject; and presence to the others (7.2.2)", () => {
    const driver = openRoom();
    const sent = driver.join(MEMBER, "thirdwitch");
    expect(sentTo(sent, MEMBER).map(brief)).toEqual([
      "presence firstwitch > hag66 owner/moderator",
      "presence thirdwitch > hag66 none/participant jid 110",
      "message groupchat @ > hag66",
    ]);
    expect(sentTo(sent, OWNER).map(brief)).toEqual(["presence thirdwitch > crone1 none/participant jid"]);
  });

  it("reflects the id of the request in the self-presence", () => {
    const own = openRoom()
      .join(MEMBER, "thirdwitch")
      .find((stanza) => stanza.attrs.to === MEMBER && stanza.attrs.id);
    expect(own?.attrs.id).toBe("join");
  });

  it("shows real JIDs to all and warns with 100 in a non-anonymous room (7.2.3)", () => {
    const driver = openRoom({ "muc#roomconfig_whois": "anyone" });
    const sent = sentTo(driver.join(MEMBER, "thirdwitch"), MEMBER).map(brief);
    expect(sent.slice(0, 2)).toEqual([
      "presence firstwitch > hag66 owner/moderator jid",
      "presence thirdwitch > hag66 none/participant jid 100,110",
    ]);
  });

  it("does not relay elements that only the service may send (17.3)", () => {
    const driver = openRoom();
    const sent = driver.send(
      MEMBER,
      `<presence to="${ROOM}/thirdwitch"><show>away</show><x xmlns="${NS.muc}"/><x xmlns="${NS.mucUser}"><status code="301"/></x></presence>`,
    );
    const [received] = sentTo(sent, OWNER);
    expect(received?.getChild("show")?.getText()).toBe("away");
    expect(received?.getChildren("x")).toHaveLength(1);
    expect(received && brief(received)).toBe("presence thirdwitch > crone1 none/participant jid");
  });

  it.each([
    [
      "without a nickname (7.2.1)",
      `<presence to="${ROOM}"><x xmlns="${NS.muc}"/></presence>`,
      "modify/jid-malformed",
    ],
    [
      "with an invisible nickname (17.1)",
      `<presence to="${ROOM}/ "><x xmlns="${NS.muc}"/></presence>`,
      "modify/jid-malformed",
    ],
    [
      "with an occupant's nickname (7.2.8)",
      `<presence to="${ROOM}/firstwitch"><x xmlns="${NS.muc}"/></presence>`,
      "cancel/conflict",
    ],
  ])("refuses a join %s", (_what, xml, error) => {
    const [reply] = openRoom().send(MEMBER, xml);
    expect(errorOf(reply)).toBe(error);
    expect(reply && child(reply, "error")?.attrs.by).toBe(ROOM);
    expect(reply && child(reply, "x", NS.muc)).toBeDefined();
  });

  it.each([
    [
      "a wrong password (7.2.5)",
      { "muc#roomconfig_passwordprotectedroom": "1", "muc#roomconfig_roomsecret": "cauldronburn" },
      "auth/not-authorized",
    ],
    ["no membership (7.2.6)", { "muc#roomconfig_membersonly": "1" }, "auth/registration-required"],
    ["a full room (7.2.9)", { "muc#roomconfig_maxusers": "1" }, "wait/service-unavailable"],
  ])("refuses a join for %s", (_what, fields, error) => {
    expect(errorOf(openRoom(fields as Record<string, string>).join(MEMBER, "thirdwitch")[0])).toBe(error);
  });

  it("admits users with the right password, and admins to a full room", () => {
    const secret = openRoom({
      "muc#roomconfig_passwordprotectedroom": "1",
      "muc#roomconfig_roomsecret": "cauldronburn",
    });
    expect(
      errorOf(secret.join(MEMBER, "thirdwitch", "<password>cauldronburn</password>")[0]),
    ).toBeUndefined();
    const full = openRoom({ "muc#roomconfig_maxusers": "1" });
    full.admin(OWNER, '<item affiliation="admin" jid="hag66@shakespeare.example"/>');
    expect(errorOf(full.join(MEMBER, "thirdwitch")[0])).toBeUndefined();
  });

  it("refuses outcasts with forbidden, by JID and by domain (7.2.7, 9.2)", () => {
    const driver = openRoom();
    driver.admin(OWNER, '<item affiliation="outcast" jid="hag66@shakespeare.example"/>');
    expect(errorOf(driver.join(MEMBER, "thirdwitch")[0])).toBe("auth/forbidden");
    driver.admin(OWNER, '<item affiliation="outcast" jid="evil.example"/>');
    expect(errorOf(driver.join("mallory@evil.example/x", "mallory")[0])).toBe("auth/forbidden");
  });

  it("answers presence from a client that is no longer in the room with 110, 307 and 333 (7.2.18)", () => {
    const sent = openRoom().send(MEMBER, `<presence to="${ROOM}/thirdwitch"/>`);
    expect(sent.map(brief)).toEqual(["presence unavailable thirdwitch > hag66 none/none 110,307,333"]);
    expect(sent[0]?.getChild("x")?.getChild("item")?.getChild("reason")?.getText()).toBe(
      "You are not in the room.",
    );
  });

  it("sends everything again to a client that joins again (7.2.1, 17.3)", () => {
    const driver = openRoom();
    const first = sentTo(driver.join(MEMBER, "thirdwitch"), MEMBER).map(brief);
    const again = driver.join(MEMBER, "thirdwitch");
    expect(sentTo(again, MEMBER).map(brief)).toEqual(first);
    expect(sentTo(again, OWNER)).toEqual([]);
    const joinAway = `<presence to="${ROOM}/thirdwitch"><x xmlns="${NS.muc}"/><show>away</show></presence>`;
    const away = sentTo(driver.send(MEMBER, joinAway), OWNER);
    expect(away.map((stanza) => stanza.getChild("show")?.getText())).toEqual(["away"]);
  });
});

describe("XEP-0045 7.2.8 two clients of one user", () => {
  const SECOND = "hag66@shakespeare.example/laptop";

  it("share a nickname, both receive, and the occupant stays until the last has left", () => {
    const driver = openRoom();
    driver.join(MEMBER, "thirdwitch");
    const sent = driver.join(SECOND, "thirdwitch");
    const own = "presence thirdwitch > hag66 none/participant jid 110";
    expect(sentTo(sent, SECOND).map(brief)).toContain(own);
    expect(sentTo(sent, MEMBER).map(brief)).toEqual([own]);
    expect(
      driver
        .say(OWNER, "hi")
        .map((stanza) => stanza.attrs.to)
        .sort(),
    ).toEqual([OWNER, SECOND, MEMBER].sort());
    const left = driver.leave(SECOND, "thirdwitch");
    expect(sentTo(left, SECOND).map(brief)).toEqual([
      "presence unavailable thirdwitch > hag66 none/none jid 110",
    ]);
    expect(sentTo(left, OWNER).map(brief)).toEqual(["presence thirdwitch > crone1 none/participant jid"]);
    expect(sentTo(left, MEMBER).map(brief)).toEqual(["presence thirdwitch > hag66 none/participant jid 110"]);
    expect(sentTo(driver.leave(MEMBER, "thirdwitch"), OWNER).map(brief)).toEqual([
      "presence unavailable thirdwitch > crone1 none/none jid",
    ]);
  });

  it("may share a nickname, but a client of another user is refused with conflict", () => {
    const driver = openRoom();
    driver.join(MEMBER, "thirdwitch");
    expect(errorOf(driver.join(OTHER, "thirdwitch")[0])).toBe("cancel/conflict");
  });
});

describe("XEP-0045 7.14 leaving", () => {
  it("sends unavailable presence to the leaver first, with role none and 110, then to the others", () => {
    const driver = openRoom();
    driver.join(MEMBER, "thirdwitch");
    const sent = driver.send(
      MEMBER,
      `<presence type="unavailable" to="${ROOM}/thirdwitch"><status>gone where the goblins go</status></presence>`,
    );
    expect(sent.map(brief)).toEqual([
      "presence unavailable thirdwitch > hag66 none/none jid 110",
      "presence unavailable thirdwitch > crone1 none/none jid",
    ]);
    expect(sent[1]?.getChild("status")?.getText()).toBe("gone where the goblins go");
  });

  it("is ignored from a client that is not in the room (17.3)", () => {
    expect(openRoom().leave(MEMBER, "thirdwitch")).toEqual([]);
  });

  it("destroys a temporary room with its last occupant and keeps a persistent one", () => {
    const temporary = openRoom();
    temporary.leave(OWNER, "firstwitch");
    expect(temporary.registry.get("coven")).toBeUndefined();
    const persistent = openRoom({ "muc#roomconfig_persistentroom": "1" });
    persistent.leave(OWNER, "firstwitch");
    expect(persistent.registry.get("coven")).toBeDefined();
  });

  it("removes a client whose stanzas bounce with 333, but not for a private message (11.1)", () => {
    const bounce = (content: string, to: string) =>
      `<message type="error" to="${to}">${content}<error type="cancel"><gone xmlns="${NS.stanzas}"/></error></message>`;
    const driver = openRoom();
    driver.join(MEMBER, "thirdwitch");
    expect(driver.send(MEMBER, bounce(`<x xmlns="${NS.mucUser}"/>`, `${ROOM}/firstwitch`))).toEqual([]);
    const sent = driver.send(MEMBER, bounce("<body>hi</body>", `${ROOM}/firstwitch`));
    expect(sent.map(brief)).toEqual([
      "presence unavailable thirdwitch > hag66 none/none jid 333,110",
      "presence unavailable thirdwitch > crone1 none/none jid 333",
    ]);
  });
});
