// Configuration forms that are submitted with or without edits after others have changed the room.
import { describe, expect, it } from "vitest";
import type { Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  brief,
  type Driver,
  errorOf,
  OTHER,
  OWNER,
  openRoom,
  WITH_PAGES,
  withMember,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const BARD = "bard@shakespeare.example";
const CRONE2 = "crone2@shakespeare.example";
const SECOND = `${CRONE2}/cave`;

type Submitted = Map<string, string[]>;

/** Returns the offered form with all its values, as a client submits it (XEP-0004 section 3.2). */
function offered(driver: Driver): Submitted {
  const form = driver.owner(OWNER, "", "get")[0]?.getChild("query")?.getChild("x", NS.dataForms);
  const values = (field: Element) => field.getChildren("value").map((value) => value.getText());
  return new Map((form?.getChildren("field") ?? []).map((field) => [field.attrs.var ?? "", values(field)]));
}

const submit = (driver: Driver, form: Submitted) => driver.configure(OWNER, Object.fromEntries(form));
const config = (driver: Driver) => driver.registry.get("coven")?.config;
const affiliation = (driver: Driver, jid: string) => driver.registry.get("coven")?.affiliationOf(jid);
const owner = (jid: string) => `<item affiliation="owner" jid="${jid}"/>`;
const admin = (jid: string) => `<item affiliation="admin" jid="${jid}"/>`;

/** Creates a room with a second owner, who changes it while the first one edits the form. */
function withTwoOwners(): Driver {
  const driver = withMember();
  driver.admin(OWNER, owner(CRONE2));
  driver.join(SECOND, "secondwitch");
  return driver;
}

describe("XEP-0045 10.2 a form that is submitted unchanged", () => {
  it("changes nothing", () => {
    const driver = withTwoOwners();
    driver.configure(OWNER, { "muc#roomconfig_maxusers": "30", "muc#roomconfig_roomsecret": "caul" });
    driver.admin(OWNER, admin(HAG));
    const before = config(driver);
    expect(submit(driver, offered(driver)).map(brief)).toEqual(["iq result @ > crone1"]);
    expect(config(driver)).toEqual(before);
  });

  it("keeps options that others have changed since, and sets those that its sender edited", () => {
    const driver = withTwoOwners();
    const form = offered(driver);
    driver.configure(SECOND, { "muc#roomconfig_moderatedroom": "1", "muc#roomconfig_roomname": "A Cave" });
    submit(driver, form.set("muc#roomconfig_lang", ["en"]));
    expect(config(driver)).toMatchObject({ moderated: true, name: "A Cave", language: "en" });
  });

  it("is recognised as unchanged if the client writes values differently: true for 1, lists in another order", () => {
    const driver = withTwoOwners();
    const form = offered(driver);
    driver.configure(SECOND, {
      "muc#roomconfig_publicroom": "0",
      "muc#roomconfig_presencebroadcast": ["moderator"],
    });
    form.set("muc#roomconfig_publicroom", ["true"]);
    form.get("muc#roomconfig_presencebroadcast")?.reverse();
    submit(driver, form);
    expect(config(driver)).toMatchObject({ public: false, presenceBroadcast: ["moderator"] });
  });

  it("keeps admins and owners whom others have added since, and does not restore those whom others removed", () => {
    const driver = withTwoOwners();
    driver.admin(OWNER, admin(HAG));
    const form = offered(driver);
    driver.admin(SECOND, admin(BARD));
    driver.admin(SECOND, `<item affiliation="none" jid="${HAG}"/>`);
    submit(driver, form);
    expect([affiliation(driver, BARD), affiliation(driver, HAG)]).toEqual(["admin", "none"]);
    const list = form.get("muc#roomconfig_roomadmins") ?? [];
    submit(driver, form.set("muc#roomconfig_roomadmins", [...list, "hecate@shakespeare.example"]));
    expect([affiliation(driver, BARD), affiliation(driver, HAG)]).toEqual(["admin", "none"]);
    expect(affiliation(driver, "hecate@shakespeare.example")).toBe("admin");
  });

  it("removes the admins and owners whom its sender removed from the lists", () => {
    const driver = withTwoOwners();
    driver.admin(OWNER, admin(HAG));
    const form = offered(driver);
    form.set("muc#roomconfig_roomadmins", []);
    form.set("muc#roomconfig_roomowners", ["crone1@shakespeare.example"]);
    submit(driver, form);
    expect([affiliation(driver, HAG), affiliation(driver, CRONE2)]).toEqual(["none", "admin"]);
  });

  it("sets all values if the client omits the hidden field", () => {
    const driver = withTwoOwners();
    const form = offered(driver);
    driver.configure(SECOND, { "muc#roomconfig_roomname": "A Cave" });
    form.delete("verona#offered");
    submit(driver, form);
    expect(config(driver)?.name).toBe("");
  });

  it("cannot leave the room without an owner (10.7)", () => {
    const driver = openRoom();
    const form = offered(driver).set("muc#roomconfig_roomowners", []);
    expect(errorOf(submit(driver, form)[0])).toBe("cancel/conflict");
  });

  it("may have any text in that field", () => {
    const driver = openRoom();
    const form = offered(driver).set("verona#offered", ["]]>&amp;".repeat(1000)]);
    expect(errorOf(submit(driver, form)[0])).toBeUndefined();
  });
});

describe("XEP-0045 16.5.3 muc#roomconfig_allowinvites", () => {
  const PROSODY = "{http://prosody.im/protocol/muc}roomconfig_allowmemberinvites";
  const MAIN = "muc#roomconfig_allowinvites";

  it("has Prosody's field beside it: the edited one counts", () => {
    const driver = openRoom();
    expect([offered(driver).get(MAIN), offered(driver).get(PROSODY)]).toEqual([["0"], ["0"]]);
    for (const [name, hides] of [MAIN, PROSODY].flatMap((name) =>
      [true, false].map((hides) => [name, hides] as const),
    )) {
      for (const value of ["1", "0"]) {
        const form = offered(driver).set(name, [value]);
        if (hides) form.delete("verona#offered");
        submit(driver, form);
        expect(config(driver)?.memberInvites, `${name} ${value}`).toBe(value === "1");
      }
    }
  });
});

describe("XEP-0045 16.5.3 muc#roomconfig_enablelogging", () => {
  const LOGGING = "muc#roomconfig_enablelogging";

  const PRIVATE = ["publicroom=0", "membersonly=1", "enablearchiving=0"].map((text) => text.split("="));

  it("is offered only where the service has public pages, in rooms that everybody finds, enters and reads", () => {
    expect(offered(openRoom()).has(LOGGING)).toBe(false);
    expect(offered(openRoom({ "muc#roominfo_logs": "https://logs.example/" })).has(LOGGING)).toBe(false);
    expect(offered(openRoom({}, WITH_PAGES)).get(LOGGING)).toEqual(["0"]);
    for (const [name, value = ""] of PRIVATE) {
      const field = `muc#roomconfig_${name}`;
      expect(offered(openRoom({ [field]: value }, WITH_PAGES)).has(LOGGING), name).toBe(false);
      const driver = openRoom({ [LOGGING]: "1" }, WITH_PAGES);
      driver.configure(OWNER, { [field]: value });
      expect(offered(driver).get(LOGGING), `${name} later`).toEqual(["1"]);
    }
  });

  it("is ignored in a form for another room, so that opening the room later makes nothing public", () => {
    expect(config(openRoom({ [LOGGING]: "1" }))?.publicLogging).toBe(false);
    for (const [name, value = ""] of PRIVATE) {
      const driver = openRoom({ [`muc#roomconfig_${name}`]: value, [LOGGING]: "1" }, WITH_PAGES);
      expect(config(driver)?.publicLogging, name).toBe(false);
    }
    expect(config(openRoom({ [LOGGING]: "1" }, WITH_PAGES))?.publicLogging).toBe(true);
  });
});

describe("XEP-0004 3.3 fields without a value", () => {
  it("leave a boolean or a list unchanged", () => {
    const fields = {
      "muc#roomconfig_moderatedroom": "1",
      "muc#roomconfig_whois": "anyone",
      "muc#roomconfig_maxusers": "30",
      "muc#roomconfig_presencebroadcast": ["moderator"],
      "muc#roomconfig_getmemberlist": ["moderator"],
    };
    const driver = openRoom(fields);
    const before = config(driver);
    const empty = Object.fromEntries(Object.keys(fields).map((name) => [name, []]));
    expect(driver.configure(OWNER, empty).map(brief)).toEqual(["iq result @ > crone1"]);
    expect(config(driver)).toEqual(before);
  });
});

describe("XEP-0045 16.5.3 a room secret without the flag of protection", () => {
  it("protects the room, or removes the protection if it is empty", () => {
    const driver = openRoom({ "muc#roomconfig_roomsecret": "caul" });
    expect(errorOf(driver.join(OTHER, "hecate")[0])).toBe("auth/not-authorized");
    driver.configure(OWNER, { "muc#roomconfig_roomsecret": "", "muc#roomconfig_passwordprotectedroom": [] });
    expect(errorOf(driver.join(OTHER, "hecate")[0])).toBeUndefined();
  });

  it("does not change the flag if the form has the flag too", () => {
    const driver = openRoom({
      "muc#roomconfig_roomsecret": "caul",
      "muc#roomconfig_passwordprotectedroom": "0",
    });
    expect(config(driver)).toMatchObject({ password: "caul", passwordProtected: false });
  });
});
