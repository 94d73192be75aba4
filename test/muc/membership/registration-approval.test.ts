import { describe, expect, it } from "vitest";
import { child, type Element } from "../../../src/xmpp/element.ts";
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

const HAG = "hag66@shakespeare.example";
const HECATE = "hecate@shakespeare.example";
const APPROVAL = { "verona#registration_approval": "1" };

const field = (name: string, value: string) => `<field var="${name}"><value>${value}</value></field>`;

function ask(driver: Driver, from: string, nick: string, more = ""): Element[] {
  const fields = field("FORM_TYPE", NS.mucRegister) + field("muc#register_roomnick", nick) + more;
  const x = `<x xmlns="${NS.dataForms}" type="submit">${fields}</x>`;
  return driver.send(
    from,
    `<iq type="set" id="r" to="${ROOM}"><query xmlns="${NS.register}">${x}</query></iq>`,
  );
}

function decide(driver: Driver, from: string, allow: string, jid = HECATE, type = "submit"): Element[] {
  const fields =
    field("FORM_TYPE", NS.mucRegister) + field("verona#applicant", jid) + field("muc#register_allow", allow);
  return driver.send(
    from,
    `<message to="${ROOM}"><x xmlns="${NS.dataForms}" type="${type}">${fields}</x></message>`,
  );
}

function formOf(stanza: Element | undefined): Record<string, string | undefined> {
  const fields = stanza?.getChild("x", NS.dataForms)?.getChildren("field") ?? [];
  return Object.fromEntries(fields.map((el) => [el.attrs.var, el.getChild("value")?.getText()]));
}

const recordOf = (driver: Driver, jid: string) => driver.registry.get("coven")?.affiliations.get(jid);

describe("XEP-0045 7.10 and 9.9 registrations that need approval", () => {
  it("are sent with the applicant's answers to the admins and owners in the room, and to nobody else", () => {
    const driver = openRoom(APPROVAL);
    driver.join(MEMBER, "thirdwitch");
    const sent = ask(driver, OTHER, "hecate", field("muc#register_first", "Brunhilde"));
    expect(sent.map(brief)).toEqual(["message @ > crone1", "iq result @ > hecate"]);
    expect(formOf(sent[0])).toEqual({
      FORM_TYPE: NS.mucRegister,
      "verona#applicant": HECATE,
      "muc#register_roomnick": "hecate",
      "muc#register_first": "Brunhilde",
      "muc#register_allow": "0",
    });
    expect(recordOf(driver, HECATE)).toBeUndefined();
  });

  it("are sent to admins who enter later, after the subject, while they are pending", () => {
    const driver = openRoom(APPROVAL);
    driver.admin(OWNER, `<item affiliation="admin" jid="${HAG}"/>`);
    ask(driver, OTHER, "hecate");
    expect(formOf(driver.join(MEMBER, "thirdwitch").at(-1))["verona#applicant"]).toBe(HECATE);
    driver.leave(MEMBER, "thirdwitch");
    decide(driver, OWNER, "0");
    expect(driver.join(MEMBER, "thirdwitch").at(-1)?.getChild("subject")).toBeDefined();
  });

  it("survive a restart with a persistent room, and are removed with the decision", () => {
    const driver = openRoom({ ...APPROVAL, "muc#roomconfig_persistentroom": "1" });
    ask(driver, OTHER, "hecate");
    const record = driver.registry.get("coven")?.record();
    const restarted = new Driver({ records: record ? [record] : [] });
    expect(formOf(restarted.join(OWNER, "firstwitch").at(-1))["verona#applicant"]).toBe(HECATE);
    decide(restarted, OWNER, "1");
    expect(restarted.journal).toContainEqual({
      kind: "note-changed",
      node: "coven",
      name: "registration-requests",
      text: undefined,
    });
  });

  it("make the applicant a member with the nickname if approved, with 101 and presence in the room", () => {
    const driver = openRoom(APPROVAL);
    ask(driver, OTHER, "hecate");
    const sent = decide(driver, OWNER, "1");
    expect(sentTo(sent, HECATE).map(brief)).toEqual(["message @ > hecate member/undefined 101"]);
    expect(sent.filter((stanza) => errorOf(stanza))).toEqual([]);
    expect(recordOf(driver, HECATE)).toMatchObject({ affiliation: "member", nick: "hecate" });
    driver.join(MEMBER, "thirdwitch");
    ask(driver, MEMBER, "thirdwitch");
    expect(sentTo(decide(driver, OWNER, "true", HAG), OWNER).map(brief)).toEqual([
      "presence thirdwitch > crone1 member/participant jid",
    ]);
  });

  it("are followed by an invitation if approved for a members-only room (9.5)", () => {
    const driver = openRoom({ ...APPROVAL, "muc#roomconfig_membersonly": "1" });
    ask(driver, OTHER, "hecate");
    const [, invitation] = sentTo(decide(driver, OWNER, "1"), HECATE);
    expect(invitation && child(invitation, "x", NS.mucUser)?.getChild("invite")?.attrs.from).toBe(
      `${ROOM}/firstwitch`,
    );
  });

  it("change nothing if denied, and the applicant is told; cancelled forms leave them pending", () => {
    const driver = openRoom(APPROVAL);
    ask(driver, OTHER, "hecate");
    expect(decide(driver, OWNER, "1", HECATE, "cancel")).toEqual([]);
    const sent = decide(driver, OWNER, "0");
    expect(sent.map(brief)).toEqual(["message @ > hecate"]);
    expect(sent[0]?.getChild("body")?.getText()).toMatch(/not approved/);
    expect(recordOf(driver, HECATE)).toBeUndefined();
    expect(errorOf(decide(driver, OWNER, "1")[0])).toBe("cancel/item-not-found");
  });

  it("are decided only by admins and owners, with a complete form", () => {
    const driver = openRoom(APPROVAL);
    driver.join(MEMBER, "thirdwitch");
    ask(driver, OTHER, "hecate");
    expect(errorOf(decide(driver, MEMBER, "1")[0])).toBe("auth/forbidden");
    expect(errorOf(decide(driver, OTHER, "1")[0])).toBe("auth/forbidden");
    expect(errorOf(decide(driver, OWNER, "perhaps")[0])).toBe("modify/bad-request");
    expect(recordOf(driver, HECATE)).toBeUndefined();
  });

  it("are checked again on approval: a nickname that has been taken since, a ban", () => {
    const driver = openRoom(APPROVAL);
    ask(driver, OTHER, "hecate");
    driver.join(MEMBER, "hecate");
    expect(errorOf(decide(driver, OWNER, "1")[0])).toBe("cancel/conflict");
    driver.leave(MEMBER, "hecate");
    driver.admin(OWNER, '<item affiliation="outcast" jid="shakespeare.example"/>');
    expect(errorOf(decide(driver, OWNER, "1")[0])).toBe("cancel/not-allowed");
    expect(recordOf(driver, HECATE)).toBeUndefined();
  });

  it.each(["outcast", "member"])("end when an admin makes the applicant %s", (affiliation) => {
    const driver = openRoom(APPROVAL);
    ask(driver, OTHER, "hecate");
    driver.admin(OWNER, `<item affiliation="${affiliation}" jid="${HECATE}"/>`);
    expect(driver.join(OWNER, "firstwitch").at(-1)?.getChild("subject")).toBeDefined();
    expect(errorOf(decide(driver, OWNER, "0")[0])).toBe("cancel/item-not-found");
  });
});

describe("XEP-0045 7.10 requests by applicants", () => {
  it("get a form with optional personal fields and the values of a pending request", () => {
    const driver = openRoom(APPROVAL);
    ask(driver, OTHER, "hecate", field("muc#register_email", "h@heath.example"));
    const [reply] = driver.send(
      OTHER,
      `<iq type="get" id="f" to="${ROOM}"><query xmlns="${NS.register}"/></iq>`,
    );
    const query = reply?.getChild("query");
    expect(query?.getChild("registered")).toBeUndefined();
    expect(formOf(query)).toMatchObject({
      "muc#register_roomnick": "hecate",
      "muc#register_email": "h@heath.example",
    });
    const required = query
      ?.getChild("x", NS.dataForms)
      ?.getChildren("field")
      .filter((el) => el.getChild("required"));
    expect(required?.map((el) => el.attrs.var)).toEqual(["muc#register_roomnick"]);
  });

  it("are sent once: a repetition has no effect, a different one is refused with conflict until the first is withdrawn", () => {
    const driver = openRoom(APPROVAL);
    ask(driver, OTHER, "hecate");
    expect(ask(driver, OTHER, "hecate").map(brief)).toEqual(["iq result @ > hecate"]);
    expect(errorOf(ask(driver, OTHER, "queen")[0])).toBe("cancel/conflict");
    expect(driver.unregister(OTHER).map(brief)).toEqual(["iq result @ > hecate"]);
    expect(errorOf(driver.unregister(OTHER)[0])).toBe("auth/registration-required");
    expect(ask(driver, OTHER, "queen").map(brief)).toEqual(["message @ > crone1", "iq result @ > hecate"]);
  });

  it("are refused for another applicant's nickname, for long answers, and if too frequent", () => {
    const driver = openRoom(APPROVAL);
    ask(driver, OTHER, "hecate");
    expect(errorOf(ask(driver, MEMBER, "hecate")[0])).toBe("cancel/conflict");
    const long = field("muc#register_faqentry", "'".repeat(342));
    expect(errorOf(ask(driver, MEMBER, "hag", long)[0])).toBe("modify/not-acceptable");
    for (const nick of ["hag1", "hag2", "hag3"]) {
      ask(driver, MEMBER, nick);
      driver.unregister(MEMBER);
    }
    expect(errorOf(ask(driver, MEMBER, "hag4")[0])).toBe("wait/resource-constraint");
    driver.now += 3_600_001;
    expect(errorOf(ask(driver, MEMBER, "hag4").at(-1))).toBeUndefined();
  });

  it("are not needed for affiliated users: the nickname is reserved at once", () => {
    const driver = openRoom(APPROVAL);
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}"/>`);
    driver.register(MEMBER, "thirdwitch");
    expect(recordOf(driver, HAG)?.nick).toBe("thirdwitch");
  });

  it("to unregister must have remove as the only element of the query (XEP-0077 3.2)", () => {
    const driver = openRoom();
    driver.register(OWNER, "firstwitch");
    const query = `<query xmlns="${NS.register}"><remove/><username>x</username></query>`;
    expect(errorOf(driver.send(OWNER, `<iq type="set" id="u" to="${ROOM}">${query}</iq>`)[0])).toBe(
      "modify/bad-request",
    );
  });
});
