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
  sentTo,
  WITH_PAGES,
  withMember,
  withThree,
} from "../../support/room-driver.ts";

const CRONE = "crone1@shakespeare.example";
const HAG = "hag66@shakespeare.example";
const HECATE = "hecate@shakespeare.example";
const ADMINS = "muc#roomconfig_roomadmins";
const OWNERS = "muc#roomconfig_roomowners";

function form(driver: Driver): Element | undefined {
  return driver.owner(OWNER, "", "get")[0]?.getChild("query")?.getChild("x", NS.dataForms);
}

const field = (driver: Driver, name: string) =>
  form(driver)
    ?.getChildren("field")
    .find((el) => el.attrs.var === name);
const valuesOf = (el: Element | undefined) => el?.getChildren("value").map((value) => value.getText());
const affiliation = (driver: Driver, jid: string) => driver.registry.get("coven")?.affiliationOf(jid);
const messages = (sent: readonly Element[], jid: string) =>
  sentTo(sent, jid)
    .filter((stanza) => stanza.is("message"))
    .map(brief);

describe("XEP-0045 16.5.3 the fields of the configuration form", () => {
  it("all have a label; the form has one hidden FORM_TYPE (XEP-0004, XEP-0068)", () => {
    const fields = form(openRoom())?.getChildren("field") ?? [];
    const names = fields.map((el) => el.attrs.var);
    expect(new Set(names).size).toBe(names.length);
    expect(fields.filter((el) => el.attrs.label === undefined).map((el) => el.attrs)).toEqual([
      { var: "FORM_TYPE", type: "hidden" },
      { var: "verona#offered", type: "hidden" },
    ]);
  });

  it("accept numbers only within the operator's limits, and declare them: history, occupants, slow mode (XEP-0122)", () => {
    const driver = openRoom({}, { limits: { occupantsPerRoom: 25, historyLength: 15 } });
    const history = field(driver, "muc#maxhistoryfetch");
    expect(valuesOf(history)).toEqual(["15"]);
    expect(history?.getChild("validate", NS.dataValidation)?.getChild("range")?.attrs).toEqual({
      min: "0",
      max: "15",
    });
    const options = field(driver, "muc#roomconfig_maxusers")
      ?.getChildren("option")
      .map((el) => valuesOf(el)?.[0]);
    expect(options).toEqual(["10", "20", "25", "none"]);
    for (const refused of [
      { "muc#maxhistoryfetch": "16" },
      { "muc#maxhistoryfetch": "many" },
      { "muc#roomconfig_maxusers": "26" },
      { "muc#roomconfig_slow_mode_duration": "86401" },
    ])
      expect(errorOf(driver.configure(OWNER, refused)[0])).toBe("modify/not-acceptable");
    driver.configure(OWNER, { "muc#maxhistoryfetch": "3", "muc#roomconfig_maxusers": "7" });
    expect(driver.registry.get("coven")?.config).toMatchObject({ historyLength: 3, maxUsers: 7 });
    driver.configure(OWNER, { "muc#roomconfig_maxusers": "none" });
    expect(driver.registry.get("coven")?.config.maxUsers).toBe(0);
  });

  it("refuse invalid language tags and long texts with not-acceptable", () => {
    const driver = openRoom();
    for (const fields of [
      { "muc#roomconfig_lang": "english please" },
      { "muc#roomconfig_roomname": "x".repeat(4001) },
    ])
      expect(errorOf(driver.configure(OWNER, fields as Record<string, string>)[0])).toBe(
        "modify/not-acceptable",
      );
    expect(errorOf(driver.configure(OWNER, { "muc#roomconfig_lang": "pt-BR" })[0])).toBeUndefined();
  });

  it("keep a password unchanged, and require one only with the flag", () => {
    const driver = openRoom({
      "muc#roomconfig_roomsecret": " caul ",
      "muc#roomconfig_passwordprotectedroom": "0",
    });
    expect(errorOf(driver.join(MEMBER, "thirdwitch")[0])).toBeUndefined();
    driver.configure(OWNER, { "muc#roomconfig_passwordprotectedroom": "1" });
    expect(errorOf(driver.join(OTHER, "hecate", "<password>caul</password>")[0])).toBe("auth/not-authorized");
    expect(errorOf(driver.join(OTHER, "hecate", "<password> caul </password>")[0])).toBeUndefined();
    const empty = { "muc#roomconfig_roomsecret": "", "muc#roomconfig_passwordprotectedroom": "1" };
    expect(errorOf(driver.configure(OWNER, empty)[0])).toBe("modify/not-acceptable");
  });

  it("are ignored if unknown, and refused with bad-request without their FORM_TYPE", () => {
    const driver = openRoom();
    expect(errorOf(driver.configure(OWNER, { "muc#roomconfig_pubsub": "xmpp:x" })[0])).toBeUndefined();
    for (const type of ["", `<field var="FORM_TYPE"><value>${NS.mucRegister}</value></field>`]) {
      const name = '<field var="muc#roomconfig_roomname"><value>x</value></field>';
      const [reply] = driver.owner(OWNER, `<x xmlns="jabber:x:data" type="submit">${type}${name}</x>`);
      expect(errorOf(reply)).toBe("modify/bad-request");
    }
    expect(errorOf(driver.owner(OWNER, "")[0])).toBe("modify/bad-request");
    expect(driver.registry.get("coven")?.config.name).toBe("");
  });
});

describe("XEP-0045 10.2.1 logging", () => {
  it("is announced to all: 170 if enabled, 171 if disabled, in one message with the other codes", () => {
    const driver = withMember({}, WITH_PAGES);
    const on = driver.configure(OWNER, {
      "muc#roomconfig_enablelogging": "1",
      "muc#roomconfig_whois": "anyone",
      "muc#roomconfig_roomname": "Cave",
    });
    expect(messages(on, MEMBER)).toEqual(["message groupchat @ > hag66 170,172,104"]);
    const off = driver.configure(OWNER, { "muc#roomconfig_enablelogging": "0" });
    expect(messages(off, MEMBER)).toEqual(["message groupchat @ > hag66 171"]);
  });

  it("is announced to the creator after the first configuration too", () => {
    const driver = new Driver(WITH_PAGES);
    driver.join(OWNER, "firstwitch");
    const sent = driver.configure(OWNER, {
      "muc#roomconfig_enablelogging": "1",
      "muc#roomconfig_roomname": "Cave",
    });
    expect(messages(sent, OWNER)).toEqual(["message groupchat @ > crone1 170,104"]);
  });
});

describe("XEP-0045 10.2 admins and owners by configuration", () => {
  it("are shown with the current lists", () => {
    const driver = openRoom();
    driver.admin(OWNER, `<item affiliation="admin" jid="${HAG}"/>`);
    expect(valuesOf(field(driver, ADMINS))).toEqual([HAG]);
    expect(valuesOf(field(driver, OWNERS))).toEqual([CRONE]);
  });

  it("new admins and owners are broadcast as presence with the role moderator, without 104", () => {
    const driver = withThree();
    const sent = driver.configure(OWNER, { [ADMINS]: [`${HAG}/anywhere`], [OWNERS]: [CRONE, HECATE] });
    expect(sentTo(sent, OWNER).map(brief)).toEqual([
      "presence thirdwitch > crone1 admin/moderator jid",
      "presence hecate > crone1 owner/moderator jid",
      "iq result @ > crone1",
    ]);
    expect([affiliation(driver, HAG), affiliation(driver, HECATE)]).toEqual(["admin", "owner"]);
  });

  it("a removed owner becomes an admin; a removed admin becomes unaffiliated, or a member in a members-only room", () => {
    const driver = withThree();
    driver.configure(OWNER, { [ADMINS]: [HAG], [OWNERS]: [CRONE, HECATE] });
    const sent = driver.configure(OWNER, { [ADMINS]: [], [OWNERS]: [CRONE] });
    expect(sentTo(sent, OWNER).map(brief).slice(0, 2)).toEqual([
      "presence thirdwitch > crone1 none/participant jid",
      "presence hecate > crone1 admin/moderator jid",
    ]);
    driver.configure(OWNER, { [ADMINS]: [], "muc#roomconfig_membersonly": "1" });
    expect(affiliation(driver, HECATE)).toBe("member");
    expect(driver.registry.get("coven")?.occupants.has("hecate")).toBe(true);
  });

  it("a removed admin becomes a member if the same form opens a members-only room", () => {
    const driver = withThree();
    driver.configure(OWNER, { [ADMINS]: [HAG], "muc#roomconfig_membersonly": "1" });
    const sent = driver.configure(OWNER, { [ADMINS]: [], "muc#roomconfig_membersonly": "0" });
    expect(sentTo(sent, OWNER).map(brief)[0]).toBe("presence thirdwitch > crone1 member/participant jid");
    expect(driver.registry.get("coven")?.occupants.has("thirdwitch")).toBe(true);
  });

  it("do not change if their field is not submitted", () => {
    const driver = openRoom();
    driver.admin(OWNER, `<item affiliation="admin" jid="${HAG}"/>`);
    driver.configure(OWNER, { "muc#roomconfig_roomname": "Cave" });
    expect([affiliation(driver, HAG), affiliation(driver, CRONE)]).toEqual(["admin", "owner"]);
  });

  it("the last owner cannot be removed (conflict), and the rest of the form is not applied either", () => {
    const driver = openRoom();
    const refused = { "muc#roomconfig_roomname": "Cave", [ADMINS]: [HAG], [OWNERS]: [] };
    expect(errorOf(driver.configure(OWNER, refused)[0])).toBe("cancel/conflict");
    expect(driver.registry.get("coven")?.config.name).toBe("");
    expect([affiliation(driver, HAG), affiliation(driver, CRONE)]).toEqual(["none", "owner"]);
    expect(errorOf(driver.configure(OWNER, { [OWNERS]: [HAG] })[0])).toBeUndefined();
    expect([affiliation(driver, HAG), affiliation(driver, CRONE)]).toEqual(["owner", "admin"]);
  });

  it("nothing changes if either list or any option is not acceptable", () => {
    const driver = openRoom();
    for (const fields of [
      { [ADMINS]: [HAG, "@shakespeare.example"] },
      { [ADMINS]: [CRONE] },
      { [ADMINS]: [HAG], "muc#roomconfig_whois": "nobody" },
    ])
      expect(errorOf(driver.configure(OWNER, fields)[0])).toBe("modify/not-acceptable");
    expect(affiliation(driver, HAG)).toBe("none");
  });

  it("are stored with a persistent room", () => {
    const driver = new Driver();
    driver.join(OWNER, "firstwitch");
    driver.configure(OWNER, { "muc#roomconfig_persistentroom": "1", [ADMINS]: [HAG] });
    driver.configure(OWNER, { [OWNERS]: [CRONE, HAG] });
    const changes = driver.journal.filter((entry) => entry.kind === "affiliation-changed");
    expect(changes).toMatchObject([
      { record: { jid: HAG, affiliation: "admin" } },
      { record: { jid: HAG, affiliation: "owner" } },
    ]);
  });
});

describe("XEP-0045 10.1 a room before its first configuration", () => {
  it("exists only for its creator, not even for a service administrator", () => {
    const driver = new Driver({ admins: [HAG] });
    driver.join(OWNER, "firstwitch");
    expect(errorOf(driver.join(MEMBER, "thirdwitch")[0])).toBe("cancel/item-not-found");
    expect(errorOf(driver.register(OTHER, "hecate")[0])).toBe("cancel/item-not-found");
    expect(errorOf(driver.owner(OTHER, "", "get")[0])).toBe("cancel/item-not-found");
  });

  it("is destroyed when its creator leaves: unavailable with destroy (10.1.3)", () => {
    const driver = new Driver();
    driver.join(OWNER, "firstwitch");
    const sent = driver.leave(OWNER, "firstwitch");
    expect(sent.map(brief)).toEqual(["presence unavailable firstwitch > crone1 none/none jid 110"]);
    const x = sent[0] && child(sent[0], "x", NS.mucUser);
    expect(x?.getChild("destroy")).toBeDefined();
    expect(driver.registry.get("coven")).toBeUndefined();
  });
});

describe("XEP-0045 10.9 the request to destroy a room", () => {
  it("is refused with jid-malformed if the alternate venue is not a valid address, and the room stays", () => {
    const driver = openRoom();
    expect(errorOf(driver.owner(OWNER, '<destroy jid="@heath"/>')[0])).toBe("modify/jid-malformed");
    expect(driver.registry.get("coven")).toBeDefined();
  });

  it("requires neither reason nor venue: the occupants get an empty destroy element", () => {
    const sent = withMember().owner(OWNER, "<destroy/>");
    const x = sent[1] && child(sent[1], "x", NS.mucUser);
    expect(x?.getChild("destroy")?.toString()).toBe("<destroy/>");
  });
});
