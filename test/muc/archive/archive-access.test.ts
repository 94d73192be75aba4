import { describe, expect, it } from "vitest";
import { child, type Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { storeQueriesOf } from "../../support/effects.ts";
import {
  type Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  withMember,
  withThree,
} from "../../support/room-driver.ts";

const OTHERS_TABLET = "hecate@shakespeare.example/tablet";

const query = (driver: Driver, from: string, content = ""): Element[] =>
  driver.send(from, `<iq type="set" id="mam" to="${ROOM}"><query xmlns="${NS.mam}">${content}</query></iq>`);

/** Returns the number of messages that a query of a client finds, or the error. */
function given(driver: Driver, from: string): number | string {
  const stanzas = query(driver, from);
  return errorOf(stanzas.at(-1)) ?? stanzas.length - 1;
}

/** Returns the real JIDs that a client sees in the results. */
function shown(driver: Driver, from: string): (string | undefined)[] {
  return query(driver, from)
    .slice(0, -1)
    .map((stanza) => {
      const forwarded = child(stanza, "result", NS.mam)?.getChild("forwarded", NS.forward);
      const x = forwarded?.getChild("message")?.getChild("x", NS.mucUser);
      return x?.getChild("item")?.attrs.jid;
    });
}

const affiliate = (driver: Driver, affiliation: string, jid = "hecate@shakespeare.example") =>
  driver.admin(OWNER, `<item affiliation="${affiliation}" jid="${jid}"/>`);

describe("XEP-0313 6.1.2 who may query a room's archive: whoever may enter now", () => {
  it("anybody, of an open room, also from outside; nobody who is banned", () => {
    const driver = openRoom();
    driver.say(OWNER, "Thrice");
    expect(given(driver, OTHER)).toBe(1);
    affiliate(driver, "outcast");
    expect(given(driver, OTHER)).toBe("auth/forbidden");
    affiliate(driver, "none");
    affiliate(driver, "outcast", "shakespeare.example");
    expect(given(driver, OTHER)).toBe("auth/forbidden");
  });

  it("members, admins and owners, of a members-only room", () => {
    const driver = openRoom({ "muc#roomconfig_membersonly": "1" });
    driver.say(OWNER, "Thrice");
    expect(given(driver, OTHER)).toBe("auth/forbidden");
    for (const affiliation of ["member", "admin", "owner"]) {
      affiliate(driver, affiliation);
      expect(given(driver, OTHER)).toBe(1);
    }
    affiliate(driver, "none");
    expect(given(driver, OTHER)).toBe("auth/forbidden");
  });

  it("those inside, with any client, and the affiliated, of a room with a password", () => {
    const password = { "muc#roomconfig_passwordprotectedroom": "1", "muc#roomconfig_roomsecret": "sesame" };
    const driver = openRoom(password);
    driver.say(OWNER, "Thrice");
    expect(given(driver, OTHER)).toBe("auth/forbidden");
    driver.join(OTHER, "hecate", "<password>sesame</password>");
    expect(given(driver, OTHER)).toBe(1);
    expect(given(driver, OTHERS_TABLET)).toBe(1);
    driver.leave(OTHER, "hecate");
    expect(given(driver, OTHER)).toBe("auth/forbidden");
    affiliate(driver, "member");
    expect(given(driver, OTHER)).toBe(1);
  });

  it("is judged again when the messages have been read", () => {
    const driver = openRoom();
    const asked = `<iq type="set" id="m" to="${ROOM}"><query xmlns="${NS.mam}"/></iq>`;
    const storeQueries = storeQueriesOf(driver.routed(OTHER, asked));
    affiliate(driver, "outcast");
    driver.say(OWNER, "a secret");
    const answers = storeQueries.flatMap((storeQuery) => driver.answer(storeQuery));
    expect(answers.map(errorOf)).toEqual(["auth/forbidden"]);
  });

  it("is refused when the room was closed before the messages were read", () => {
    const driver = openRoom();
    driver.say(OWNER, "a secret");
    const asked = `<iq type="set" id="m" to="${ROOM}"><query xmlns="${NS.mam}"/></iq>`;
    const inquiries = storeQueriesOf(driver.routed(OTHER, asked));
    driver.registry.get("coven")?.close();
    const answers = inquiries.flatMap((inquiry) => driver.answer(inquiry));
    expect(answers.map(errorOf)).toEqual(["cancel/item-not-found"]);
  });

  it("nobody, where there is no archive; what it had is there when it is on again", () => {
    const driver = openRoom();
    driver.say(OWNER, "kept");
    driver.configure(OWNER, { "muc#roomconfig_enablearchiving": "0" });
    driver.say(OWNER, "not kept");
    expect(given(driver, OWNER)).toBe("cancel/service-unavailable");
    driver.configure(OWNER, { "muc#roomconfig_enablearchiving": "1" });
    expect(given(driver, OWNER)).toBe(1);
  });

  it("nobody learns of a room that is not configured", () => {
    const driver = openRoom();
    driver.owner(OWNER, "<destroy/>");
    driver.join(OWNER, "firstwitch");
    expect(given(driver, OTHER)).toBe("cancel/item-not-found");
  });

  it("has no nodes (6.1.3)", () => {
    const driver = openRoom();
    const asked = `<iq type="set" id="m" to="${ROOM}"><query xmlns="${NS.mam}" node="king"/></iq>`;
    expect(errorOf(driver.send(OWNER, asked)[0])).toBe("cancel/item-not-found");
  });
});

describe("XEP-0313 6.1.2 the real JID of who has spoken", () => {
  it("is shown, with affiliation and role of that time, to moderators and staff, inside or not", () => {
    const driver = withThree();
    driver.say(MEMBER, "Thrice");
    affiliate(driver, "admin", "hag66@shakespeare.example");
    const [found] = query(driver, OWNER);
    const forwarded = found && child(found, "result", NS.mam)?.getChild("forwarded", NS.forward);
    const x = forwarded?.getChild("message")?.getChild("x", NS.mucUser);
    expect(x?.getChildElements().map(({ attrs }) => attrs)).toEqual([
      { affiliation: "none", role: "participant", jid: MEMBER },
    ]);
    expect(shown(driver, OTHER)).toEqual([undefined]);
    driver.admin(OWNER, '<item nick="hecate" role="moderator"/>');
    expect(shown(driver, OTHER)).toEqual([MEMBER]);
    driver.admin(OWNER, '<item nick="hecate" role="participant"/>');
    expect(shown(driver, OTHER)).toEqual([undefined]);
    driver.leave(OWNER, "firstwitch");
    expect(shown(driver, OWNER)).toEqual([MEMBER]);
  });

  it("is shown by a non-anonymous room to occupants and members, not to outsiders", () => {
    const driver = withMember({ "muc#roomconfig_whois": "anyone" });
    driver.say(MEMBER, "Thrice");
    expect(shown(driver, OTHER)).toEqual([undefined]);
    driver.join(OTHER, "hecate");
    expect(shown(driver, OTHER)).toEqual([MEMBER]);
    driver.leave(OTHER, "hecate");
    affiliate(driver, "member");
    expect(shown(driver, OTHER)).toEqual([MEMBER]);
  });

  it("stays hidden of what was said while the room hid it, also as a filter", () => {
    const driver = withThree();
    driver.say(MEMBER, "in confidence");
    driver.now += 1000;
    driver.configure(OWNER, { "muc#roomconfig_whois": "anyone" });
    driver.say(MEMBER, "in the open");
    expect(shown(driver, OTHER)).toEqual([undefined, MEMBER]);
    expect(shown(driver, OWNER)).toEqual([MEMBER, MEMBER]);
    const by = (more = "") =>
      `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${NS.mam}</value></field><field var="with"><value>hag66@shakespeare.example</value></field>${more}</x>`;
    expect(query(driver, OTHER, by())).toHaveLength(2);
    expect(query(driver, OWNER, by())).toHaveLength(3);
    const early = by('<field var="start"><value>2025-01-01T00:00:00Z</value></field>');
    expect(query(driver, OTHER, early)).toHaveLength(2);
    expect(query(driver, OWNER, early)).toHaveLength(3);
  });
});

describe("XEP-0313 7 determining support", () => {
  it.each([
    ["1", true],
    ["0", false],
  ])("a room with muc#roomconfig_enablearchiving %s announces its archive: %s", (value, announced) => {
    const driver = openRoom({ "muc#roomconfig_enablearchiving": value });
    const [reply] = driver.send(
      OTHER,
      `<iq type="get" id="i" to="${ROOM}"><query xmlns="${NS.discoInfo}"/></iq>`,
    );
    const features = reply?.getChild("query")?.getChildren("feature") ?? [];
    const names = features.map(({ attrs }) => attrs.var);
    for (const name of ["urn:xmpp:mam:2", "urn:xmpp:mam:2#extended", "urn:xmpp:fulltext:0"])
      expect(names.includes(name)).toBe(announced);
  });
});
