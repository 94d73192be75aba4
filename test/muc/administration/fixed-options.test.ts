import { describe, expect, test } from "vitest";
import { OPEN_ACCESS } from "../../../src/muc/model/service-access.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { Driver, type DriverOptions, errorOf, OWNER } from "../../support/room-driver.ts";

const ADMIN = "admin@shakespeare.example/r";
const REFUSED = ["modify/not-acceptable"];

function started(environment: DriverOptions["environment"] = {}, defaults: DriverOptions["defaults"] = {}) {
  const driver = new Driver({ defaults, admins: ["admin@shakespeare.example"], environment });
  driver.join(OWNER, "owner");
  return driver;
}

const configOf = (driver: Driver) => driver.registry.get("coven")?.config;
const fieldsOf = (driver: Driver, jid: string) =>
  driver
    .owner(jid, "", "get")[0]
    ?.getChild("query", NS.mucOwner)
    ?.getChild("x", NS.dataForms)
    ?.getChildren("field")
    .map(({ attrs }) => attrs.var);
const refusals = (sent: ReturnType<Driver["send"]>) =>
  sent.filter(({ attrs }) => attrs.type === "error").map(errorOf);

const MODERATED = "muc#roomconfig_moderatedroom";

describe("section 10.2 an option that the operator has fixed", () => {
  const fixed = () => started({ fixedOptions: ["moderated"] });

  test("is not in the form of an owner, but in that of a service administrator", () => {
    const driver = fixed();
    expect(fieldsOf(driver, OWNER)).not.toContain(MODERATED);
    expect(fieldsOf(driver, ADMIN)).toContain(MODERATED);
  });

  test("is not changed by an owner, and nothing else of that form either", () => {
    const driver = fixed();
    const sent = driver.configure(OWNER, { [MODERATED]: "1", "muc#roomconfig_roomname": "x" });
    expect(refusals(sent)).toEqual(REFUSED);
    expect(configOf(driver)).toMatchObject({ moderated: false, name: "" });
  });

  test("may be submitted with the value that it has", () => {
    const driver = fixed();
    const sent = driver.configure(OWNER, { [MODERATED]: "0", "muc#roomconfig_roomname": "x" });
    expect(refusals(sent)).toEqual([]);
    expect(configOf(driver)).toMatchObject({ moderated: false, name: "x" });
  });

  test("is changed by a service administrator, and rooms keep what they have", () => {
    const driver = fixed();
    driver.configure(ADMIN, { [MODERATED]: "1" });
    expect(configOf(driver)?.moderated).toBe(true);
    expect(refusals(driver.configure(OWNER, { [MODERATED]: "0" }))).toEqual(REFUSED);
    expect(configOf(driver)?.moderated).toBe(true);
  });

  test("is not changed through another field either", () => {
    const driver = started({ fixedOptions: ["passwordProtected"] });
    expect(refusals(driver.configure(OWNER, { "muc#roomconfig_roomsecret": "x" }))).toEqual(REFUSED);
    expect(configOf(driver)?.passwordProtected).toBe(false);
  });
});

describe.each([
  ["persistent", "muc#roomconfig_persistentroom", "mayPersist"],
  ["public", "muc#roomconfig_publicroom", "mayPublish"],
] as const)("section 10.1 a creator who may not make rooms %s", (key, field, right) => {
  const environment = { access: { ...OPEN_ACCESS, [right]: (jid: string) => jid.startsWith("admin@") } };

  test("has a room that is not, whatever the defaults are", () => {
    const driver = started(environment, { [key]: true });
    driver.configure(OWNER);
    expect(configOf(driver)?.[key]).toBe(false);
  });

  test("does not find the option in the form, and is refused it", () => {
    const driver = started(environment, { [key]: false });
    expect(fieldsOf(driver, OWNER)).not.toContain(field);
    expect(refusals(driver.configure(OWNER, { [field]: "1" }))).toEqual(REFUSED);
    expect(configOf(driver)?.[key]).toBe(false);
  });

  test("may leave a room so that somebody else made so, or end it", () => {
    const driver = started(environment, { [key]: false });
    driver.configure(ADMIN, { [field]: "1" });
    expect(configOf(driver)?.[key]).toBe(true);
    expect(refusals(driver.configure(OWNER, { [field]: "1" }))).toEqual([]);
    driver.configure(OWNER, { [field]: "0" });
    expect(configOf(driver)?.[key]).toBe(false);
    expect(refusals(driver.configure(OWNER, { [field]: "1" }))).toEqual(REFUSED);
  });
});
