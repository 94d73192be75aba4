import { describe, expect, it } from "vitest";
import { child, type Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  brief,
  type Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  sentTo,
} from "../../support/room-driver.ts";

const field = (name: string, value: string) => `<field var="${name}"><value>${value}</value></field>`;
const form = (fields: string, type = "submit") =>
  `<message id="form" to="${ROOM}"><x xmlns="jabber:x:data" type="${type}">${field("FORM_TYPE", NS.mucRequest)}${fields}</x></message>`;
const REQUEST = form(field("muc#role", "participant"));

const answer = (allow: string, jid = MEMBER, nick = "thirdwitch", role = "participant") =>
  form(
    field("muc#role", role) +
      field("muc#jid", jid) +
      field("muc#roomnick", nick) +
      field("muc#request_allow", allow),
  );

/** Creates a moderated room of OWNER with the visitors MEMBER ("thirdwitch") and OTHER ("hecate"). */
function moderated(fields = {}): Driver {
  const driver = openRoom({ "muc#roomconfig_moderatedroom": "1", ...fields });
  driver.join(MEMBER, "thirdwitch");
  driver.join(OTHER, "hecate");
  return driver;
}

const formOf = (message: Element | undefined) => message && child(message, "x", NS.dataForms);

function fieldsOf(message: Element | undefined) {
  return (formOf(message)?.getChildren("field") ?? []).map((el) => {
    const { var: name, type, label } = el.attrs;
    return [name, type, label, el.getChild("value")?.getText()];
  });
}

const roleOf = (driver: Driver, jid: string) => driver.registry.get("coven")?.sessions.get(jid)?.role;

describe("XEP-0045 7.13 requesting voice", () => {
  it("sends the form of 8.6 to every client of every moderator and to nobody else", () => {
    const driver = moderated();
    const laptop = "crone1@shakespeare.example/laptop";
    driver.join(laptop, "firstwitch");
    driver.admin(OWNER, '<item nick="hecate" role="moderator"/>');
    const sent = driver.send(MEMBER, REQUEST);
    expect(sent.map((stanza) => stanza.attrs.to).toSorted()).toEqual([laptop, OWNER, OTHER].toSorted());
    expect(sent[0]?.attrs).toMatchObject({ from: ROOM, id: expect.stringMatching(/./) });
    expect(sent[0]?.attrs.type).toBeUndefined();
    expect(formOf(sent[0])?.attrs.type).toBe("form");
    expect(formOf(sent[0])?.getChild("title")?.getText()).toBe("Voice request");
    expect(fieldsOf(sent[0])).toEqual([
      ["FORM_TYPE", "hidden", undefined, NS.mucRequest],
      ["muc#role", "list-single", "Requested role", "participant"],
      ["muc#jid", "jid-single", "User ID", MEMBER],
      ["muc#roomnick", "text-single", "Room Nickname", "thirdwitch"],
      ["muc#request_allow", "boolean", "Grant voice to this person?", "false"],
    ]);
  });

  it("is not sent again to clients that have it unanswered, but to those that have entered since", () => {
    const driver = moderated();
    driver.send(MEMBER, REQUEST);
    expect(driver.send(MEMBER, REQUEST)).toEqual([]);
    driver.admin(OWNER, '<item nick="hecate" role="moderator"/>');
    expect(driver.send(MEMBER, REQUEST).map((stanza) => stanza.attrs.to)).toEqual([OTHER]);
    driver.send(OWNER, answer("false"));
    expect(driver.send(MEMBER, REQUEST)).toHaveLength(2);
    driver.send(MEMBER, `<presence to="${ROOM}/hag"/>`);
    expect(driver.send(MEMBER, REQUEST)).toHaveLength(2);
  });

  it("survives a restart: clients that have it do not get it again, and may grant it", () => {
    const driver = moderated();
    driver.send(MEMBER, REQUEST);
    const restarted = driver.restarted();
    expect(restarted.send(MEMBER, REQUEST)).toEqual([]);
    expect(restarted.send(OTHER, REQUEST)).toHaveLength(1);
    restarted.send(OWNER, answer("true"));
    expect(roleOf(restarted, MEMBER)).toBe("participant");
  });

  it("is forgotten when it is answered or the visitor leaves; few of very many are kept", () => {
    const driver = moderated();
    const stored = () => driver.restarted().registry.get("coven")?.notes.get("voice-requests");
    driver.send(MEMBER, REQUEST);
    driver.send(OTHER, REQUEST);
    driver.send(OWNER, answer("false"));
    expect(JSON.parse(stored() ?? "")).toMatchObject([{ nick: "hecate" }]);
    driver.leave(OTHER, "hecate");
    expect(stored()).toBeUndefined();
    const visitors = Array.from({ length: 101 }, (_, i) => `visitor${100 + i}@shakespeare.example/x`);
    const crowd = openRoom(
      { "muc#roomconfig_moderatedroom": "1", "muc#roomconfig_maxusers": "200" },
      { limits: { occupantsPerRoom: 200 } },
    );
    for (const [i, jid] of visitors.entries()) {
      crowd.join(jid, `n${i}`);
      crowd.send(jid, REQUEST);
    }
    const again = visitors.map((jid) => crowd.send(jid, REQUEST).length);
    expect(again.slice(0, 2)).toEqual([1, 1]);
    expect(JSON.parse(crowd.registry.get("coven")?.notes.get("voice-requests") ?? "")).toHaveLength(100);
  });

  it("stays pending when the visitor gets an affiliation that brings no voice", () => {
    const driver = moderated();
    driver.admin(OWNER, '<item affiliation="member" jid="hag66@shakespeare.example"/>');
    driver.admin(OWNER, '<item nick="thirdwitch" role="visitor"/>');
    driver.send(MEMBER, REQUEST);
    driver.admin(OWNER, '<item affiliation="none" jid="hag66@shakespeare.example"/>');
    expect(driver.send(MEMBER, REQUEST)).toEqual([]);
    driver.send(OWNER, answer("true"));
    expect(roleOf(driver, MEMBER)).toBe("participant");
  });

  it("is possible again after voice was granted and revoked", () => {
    const driver = moderated();
    driver.send(MEMBER, REQUEST);
    driver.admin(OWNER, '<item nick="thirdwitch" role="participant"/>');
    driver.admin(OWNER, '<item nick="thirdwitch" role="visitor"/>');
    expect(driver.send(MEMBER, REQUEST)).toHaveLength(1);
  });

  it.each<[string, (driver: Driver) => void]>([
    [
      "the room was not moderated for a while",
      (driver) => {
        for (const flag of ["0", "1"]) driver.configure(OWNER, { "muc#roomconfig_moderatedroom": flag });
      },
    ],
    [
      "the visitor was an admin for a while",
      (driver) => {
        for (const affiliation of ["admin", "none"])
          driver.admin(OWNER, `<item jid="hag66@shakespeare.example" affiliation="${affiliation}"/>`);
      },
    ],
  ])("is possible again after %s", (_what, change) => {
    const driver = moderated();
    driver.send(MEMBER, REQUEST);
    change(driver);
    expect(roleOf(driver, MEMBER)).toBe("visitor");
    expect(driver.send(MEMBER, REQUEST)).toHaveLength(1);
  });

  it.each([
    [
      "in a room that does not allow voice requests",
      { "muc#roomconfig_allowvoicerequests": "0" },
      MEMBER,
      REQUEST,
      "auth/forbidden",
    ],
    [
      "in an unmoderated room",
      { "muc#roomconfig_moderatedroom": "0" },
      MEMBER,
      REQUEST,
      "cancel/not-allowed",
    ],
    ["from an occupant with voice", {}, OWNER, REQUEST, "cancel/not-allowed"],
    ["from outside", {}, "x@shakespeare.example/y", REQUEST, "modify/not-acceptable"],
    ["for another role", {}, MEMBER, form(field("muc#role", "moderator")), "modify/bad-request"],
    ["without a role", {}, MEMBER, form(""), "modify/bad-request"],
  ])("is refused %s", (_what, fields, from, xml, error) => {
    expect(moderated(fields).send(from, xml).map(errorOf)).toEqual([error]);
  });

  it("is refused while no moderator is in the room", () => {
    const driver = moderated();
    driver.leave(OWNER, "firstwitch");
    expect(driver.send(MEMBER, REQUEST).map(errorOf)).toEqual(["wait/recipient-unavailable"]);
  });
});

describe("XEP-0045 8.6 approving voice requests", () => {
  it("grants voice: the new role is broadcast with the moderator as actor", () => {
    const driver = moderated();
    driver.send(MEMBER, REQUEST);
    const sent = driver.send(OWNER, answer("true"));
    expect(sentTo(sent, OTHER).map(brief)).toEqual(["presence thirdwitch > hecate none/participant"]);
    expect(sentTo(sent, OTHER)[0]?.getChild("x")?.getChild("item")?.getChild("actor")?.attrs.nick).toBe(
      "firstwitch",
    );
    expect(driver.say(MEMBER, "at last")).toHaveLength(3);
  });

  it.each([
    ["not allowed", answer("0")],
    ["cancelled", form("", "cancel")],
    ["cancelled without fields", `<message to="${ROOM}"><x xmlns="jabber:x:data" type="cancel"/></message>`],
  ])("has no effect when %s, and nobody is notified", (_what, xml) => {
    const driver = moderated();
    driver.send(MEMBER, REQUEST);
    expect(driver.send(OWNER, xml)).toEqual([]);
    expect(roleOf(driver, MEMBER)).toBe("visitor");
  });

  it("applies to the requester by address, whoever has the nickname now", () => {
    const driver = moderated();
    driver.send(MEMBER, REQUEST);
    driver.leave(MEMBER, "thirdwitch");
    driver.send(OTHER, `<presence to="${ROOM}/thirdwitch"/>`);
    expect(driver.send(OWNER, answer("true")).map(errorOf)).toEqual(["cancel/item-not-found"]);
    expect(roleOf(driver, OTHER)).toBe("visitor");
    driver.join(MEMBER, "hag");
    driver.send(OWNER, answer("true"));
    expect(roleOf(driver, MEMBER)).toBe("participant");
  });

  it("has no effect if the visitor has voice by now", () => {
    const driver = moderated();
    driver.send(OWNER, answer("true"));
    expect(driver.send(OWNER, answer("true"))).toEqual([]);
  });

  it.each([
    ["a visitor", MEMBER, answer("true"), "auth/forbidden"],
    [
      "a moderator, for another role",
      OWNER,
      answer("true", MEMBER, "thirdwitch", "moderator"),
      "modify/bad-request",
    ],
    ["a moderator, with an invalid value", OWNER, answer("maybe"), "modify/bad-request"],
  ])("is refused for %s", (_what, from, xml, error) => {
    const driver = moderated();
    expect(driver.send(from, xml).map(errorOf)).toEqual([error]);
    expect(roleOf(driver, MEMBER)).toBe("visitor");
  });
});
