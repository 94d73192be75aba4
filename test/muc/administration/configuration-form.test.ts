// The configuration form as a data form (XEP-0004, XEP-0068).
import { describe, expect, it } from "vitest";
import { child } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { type Driver, errorOf, OWNER, openRoom } from "../../support/room-driver.ts";

const config = (driver: Driver) => driver.registry.get("coven")?.config;

function fields(driver: Driver) {
  const form = driver.owner(OWNER, "", "get")[0]?.getChild("query")?.getChild("x", NS.dataForms);
  return form?.getChildren("field") ?? [];
}

describe("XEP-0004 3.3 values of the configuration form", () => {
  it.each([
    ["1", true],
    ["true", true],
    ["0", false],
    ["false", false],
  ])("a boolean may be %s", (value, on) => {
    expect(config(openRoom({ "muc#roomconfig_moderatedroom": value }))?.moderated).toBe(on);
  });

  it("no other text is a boolean", () => {
    const [reply] = openRoom().configure(OWNER, { "muc#roomconfig_moderatedroom": "yes" });
    expect(errorOf(reply)).toBe("modify/not-acceptable");
  });

  it("a repeated JID counts once, and an invalid one is not-acceptable", () => {
    const jids = ["crone1@shakespeare.example", "Crone1@shakespeare.example", "hag66@shakespeare.example"];
    const driver = openRoom({ "muc#roominfo_contactjid": jids });
    expect(config(driver)?.contacts).toEqual(["crone1@shakespeare.example", "hag66@shakespeare.example"]);
    const [reply] = driver.configure(OWNER, { "muc#roominfo_contactjid": ["@"] });
    expect(errorOf(reply)).toBe("modify/not-acceptable");
  });

  it("a contact must be a user, not a domain", () => {
    const [reply] = openRoom().configure(OWNER, { "muc#roominfo_contactjid": ["shakespeare.example"] });
    expect(errorOf(reply)).toBe("modify/not-acceptable");
  });

  it("the options of a list are distinct, and each has one value", () => {
    for (const field of fields(openRoom())) {
      const options = field.getChildren("option");
      expect(options.every((option) => option.getChildren("value").length === 1)).toBe(true);
      const values = options.map((option) => option.getChild("value")?.getText());
      expect(new Set(values).size, field.attrs.var).toBe(values.length);
    }
  });

  it("muc#roomconfig_whois offers moderators and anyone, but not none (XEP-0045 10.1.3)", () => {
    const whois = fields(openRoom()).find((field) => field.attrs.var === "muc#roomconfig_whois");
    const values = whois?.getChildren("option").map((option) => option.getChild("value")?.getText());
    expect(values).toEqual(["moderators", "anyone"]);
  });
});

describe("XEP-0004 3.1 and XEP-0068 4 submitted forms", () => {
  it("unknown fields are ignored", () => {
    const driver = openRoom({ "urn:x:unknown": "1", "muc#roomconfig_roomname": "A Dark Cave" });
    expect(config(driver)?.name).toBe("A Dark Cave");
  });

  it("a form of another FORM_TYPE is refused", () => {
    const [reply] = openRoom().configure(OWNER, { FORM_TYPE: NS.mucRegister });
    expect(errorOf(reply)).toBe("modify/bad-request");
    expect(reply && child(reply, "error")?.getChild("text")?.getText()).toContain("muc#roomconfig");
  });
});
