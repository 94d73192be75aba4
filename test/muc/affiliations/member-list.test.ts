import { describe, expect, it } from "vitest";
import { child } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  adminList,
  brief,
  type Driver,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  sentTo,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const ADMIN = "bard@shakespeare.example/globe";

/** Creates a room with a present member, a present unaffiliated moderator and an absent admin. */
function room(fields: Record<string, string | string[]>): Driver {
  const driver = openRoom(fields);
  driver.admin(OWNER, `<item affiliation="member" jid="${HAG}"/>`);
  driver.admin(OWNER, '<item affiliation="admin" jid="bard@shakespeare.example"/>');
  driver.join(MEMBER, "thirdwitch");
  driver.join(OTHER, "hecate");
  driver.admin(OWNER, '<item nick="hecate" role="moderator"/>');
  return driver;
}

/** Returns the lists that a user may read. */
const readable = (driver: Driver, from: string): string[] =>
  ["owner", "admin", "member", "outcast"].filter((name) =>
    Array.isArray(adminList(driver, from, `<item affiliation="${name}"/>`)),
  );

describe("XEP-0045 5.2.1, 7.11, 9.5, 10.5 and 10.8 permission to read affiliation lists", () => {
  it("semi-anonymous: owners read all, admins the lists they may change, moderators the members, others none", () => {
    const driver = room({});
    expect(readable(driver, OWNER)).toEqual(["owner", "admin", "member", "outcast"]);
    expect(readable(driver, ADMIN)).toEqual(["member", "outcast"]);
    expect(readable(driver, OTHER)).toEqual(["member"]);
    expect(readable(driver, MEMBER)).toEqual([]);
  });

  it("non-anonymous: occupants and absent members read all but the ban list, outsiders none", () => {
    const driver = room({ "muc#roomconfig_whois": "anyone" });
    expect(readable(driver, ADMIN)).toEqual(["owner", "admin", "member", "outcast"]);
    for (const reader of [MEMBER, OTHER]) {
      expect(readable(driver, reader)).toEqual(["owner", "admin", "member"]);
    }
    driver.leave(MEMBER, "thirdwitch");
    driver.leave(OTHER, "hecate");
    expect(readable(driver, MEMBER)).toEqual(["owner", "admin", "member"]);
    expect(readable(driver, OTHER)).toEqual([]);
  });

  it("muc#roomconfig_getmemberlist sets the roles with that permission", () => {
    const fields = { "muc#roomconfig_whois": "anyone", "muc#roomconfig_getmemberlist": ["moderator"] };
    const driver = room(fields);
    expect(readable(driver, MEMBER)).toEqual([]);
    expect(readable(driver, OTHER)).toEqual(["owner", "admin", "member"]);
    const none = room({ "muc#roomconfig_getmemberlist": [""] });
    expect(readable(none, OTHER)).toEqual([]);
    expect(readable(none, ADMIN)).toEqual(["member", "outcast"]);
  });

  it("a request names one list; there is no list of none (17.4)", () => {
    const driver = room({});
    for (const item of [
      '<item affiliation="none"/>',
      '<item role="none"/>',
      '<item affiliation="owner"/><item affiliation="admin"/>',
      '<item affiliation="owner" role="moderator"/>',
      "<item/>",
    ])
      expect(adminList(driver, OWNER, item)).toBe("modify/bad-request");
  });
});

describe("XEP-0045 8.5 and 9.8 permission to read role lists", () => {
  it("moderators read the voice list, admins the moderator list", () => {
    const driver = room({});
    const voice = [{ affiliation: "member", role: "participant", nick: "thirdwitch", jid: MEMBER }];
    expect(adminList(driver, OTHER, '<item role="participant"/>')).toEqual(voice);
    expect(adminList(driver, OTHER, '<item role="moderator"/>')).toBe("auth/forbidden");
    expect(adminList(driver, ADMIN, '<item role="moderator"/>')).toHaveLength(2);
    expect(adminList(driver, MEMBER, '<item role="participant"/>')).toBe("auth/forbidden");
  });
});

describe("XEP-0045 9.5 the invitation of a new member", () => {
  it("is sent once in a members-only room, with password and reason, from the admin's occupant JID", () => {
    const driver = openRoom({
      "muc#roomconfig_membersonly": "1",
      "muc#roomconfig_passwordprotectedroom": "1",
      "muc#roomconfig_roomsecret": "cauldronburn",
    });
    const item = `<item affiliation="member" jid="${HAG}"><reason>worthy</reason></item>`;
    const [message] = sentTo(driver.admin(OWNER, item), HAG);
    const x = message && child(message, "x", NS.mucUser);
    expect(message?.attrs.from).toBe(ROOM);
    expect(x?.toString()).toBe(
      `<x xmlns="${NS.mucUser}"><invite from="${ROOM}/firstwitch"><reason>worthy</reason></invite><password>cauldronburn</password></x>`,
    );
    expect(sentTo(driver.admin(OWNER, item), HAG)).toEqual([]);
  });

  it("is not sent in an open room", () => {
    const sent = openRoom().admin(OWNER, `<item affiliation="member" jid="${HAG}"/>`);
    expect(sent.map(brief)).toEqual(["message @ > crone1 member/undefined jid", "iq result @ > crone1"]);
  });
});

describe("XEP-0045 7.2.8 an occupant with several clients", () => {
  it("gets its new affiliation on each of them, and is kicked with all of them", () => {
    const driver = openRoom();
    driver.join(MEMBER, "thirdwitch");
    driver.join(`${HAG}/laptop`, "thirdwitch");
    const changed = driver.admin(OWNER, `<item affiliation="member" jid="${HAG}"/>`);
    for (const client of [MEMBER, `${HAG}/laptop`])
      expect(sentTo(changed, client).map(brief)).toEqual([
        "presence thirdwitch > hag66 member/participant jid 110",
      ]);
    const kicked = driver.admin(OWNER, '<item nick="thirdwitch" role="none"/>');
    expect(kicked.map(brief)).toEqual([
      "presence unavailable thirdwitch > hag66 member/none jid 307,110",
      "presence unavailable thirdwitch > hag66 member/none jid 307,110",
      "presence unavailable thirdwitch > crone1 member/none jid 307",
      "iq result @ > crone1",
    ]);
  });
});
