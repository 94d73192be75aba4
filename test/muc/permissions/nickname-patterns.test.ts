import { describe, expect, test } from "vitest";
import { ReservedNames } from "../../../src/muc/model/reserved-names.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { Driver, errorOf, MEMBER, OTHER, OWNER, ROOM } from "../../support/room-driver.ts";

const CONFLICT = ["cancel/conflict"];
const ADMIN = "wiseman@elsewhere.example/r";

const refusals = (sent: ReturnType<Driver["send"]>) =>
  sent.filter(({ attrs }) => attrs.type === "error").map(errorOf);

function started(fields: Record<string, string | string[]> = {}, reserved: string[] = []): Driver {
  const driver = new Driver({
    admins: ["wiseman@elsewhere.example"],
    environment: { reservedNicknames: new ReservedNames(reserved) },
  });
  driver.join(OWNER, "owner");
  driver.configure(OWNER, { "muc#roomconfig_persistentroom": "1", ...fields });
  return driver;
}

describe("section 14.6 nicknames that the operator reserves", () => {
  const reserving = () => started({}, ["admin", "moderator", "staff-*"]);

  test.each(["admin", "ADMIN", "аdmin", "rnoderator", "Staff-7"])("%s is refused on entry", (nick) => {
    expect(refusals(reserving().join(MEMBER, nick))).toEqual(CONFLICT);
  });

  test.each(["admiral", "admins", "a staff-7"])("%s is another one", (nick) => {
    expect(refusals(reserving().join(MEMBER, nick))).toEqual([]);
  });

  test("are refused at a change of nickname (section 7.6) and at registration (section 7.10)", () => {
    const driver = reserving();
    driver.join(MEMBER, "member");
    expect(refusals(driver.send(MEMBER, `<presence to="${ROOM}/admin"/>`))).toEqual(CONFLICT);
    driver.admin(OWNER, '<item affiliation="member" jid="hag66@shakespeare.example"/>');
    expect(refusals(driver.register(MEMBER, "admin"))).toEqual(CONFLICT);
  });

  test("are there for admins and owners of the room, and for administrators of the service", () => {
    const driver = reserving();
    driver.admin(OWNER, '<item affiliation="admin" jid="hecate@shakespeare.example"/>');
    expect(refusals(driver.join(OTHER, "admin"))).toEqual([]);
    expect(refusals(driver.join(OWNER, "staff-1"))).toEqual([]);
    expect(refusals(driver.join(ADMIN, "staff-2"))).toEqual([]);
  });

  test("are there for a user for whom an admin of the room reserves one", () => {
    const driver = reserving();
    const item = '<item affiliation="member" jid="hag66@shakespeare.example" nick="admin"/>';
    expect(refusals(driver.admin(OWNER, item))).toEqual([]);
    expect(refusals(driver.join(MEMBER, "admin"))).toEqual([]);
    expect(refusals(driver.join(OTHER, "admin"))).toEqual(CONFLICT);
  });

  test("do not remove who is inside with one", () => {
    const names = new Set<string>();
    const driver = new Driver({ environment: { reservedNicknames: names } });
    driver.join(OWNER, "owner");
    driver.configure(OWNER);
    driver.join(MEMBER, "admin");
    names.add("admin");
    expect(refusals(driver.join(MEMBER, "admin"))).toEqual([]);
    expect(
      refusals(driver.send(MEMBER, `<presence to="${ROOM}/admin"><show>away</show></presence>`)),
    ).toEqual([]);
  });
});

describe("section 10.2 patterns of a room", () => {
  test("that nicknames may not match", () => {
    const driver = started({ "verona#refused_nicknames": ["*bot", "*http*"] });
    expect(refusals(driver.join(MEMBER, "SpamBot"))).toEqual(CONFLICT);
    expect(refusals(driver.join(MEMBER, "see http://x"))).toEqual(CONFLICT);
    expect(refusals(driver.join(MEMBER, "bottle"))).toEqual([]);
    expect(refusals(driver.join(OWNER, "ownerbot"))).toEqual([]);
  });

  test("of which nicknames must match one", () => {
    const driver = started({ "verona#allowed_nicknames": ["*(class a)", "*(class b)"] });
    expect(refusals(driver.join(MEMBER, "romeo"))).toEqual(CONFLICT);
    expect(refusals(driver.join(MEMBER, "romeo (class c)"))).toEqual(CONFLICT);
    expect(refusals(driver.join(MEMBER, "romeo (Class B)"))).toEqual([]);
  });

  test("are at most 100 of 128 characters, and kept as they are", () => {
    const driver = started();
    const field = "verona#refused_nicknames";
    const many = Array.from({ length: 101 }, (_, n) => `p${n}`);
    expect(refusals(driver.configure(OWNER, { [field]: many }))).toEqual(["modify/not-acceptable"]);
    expect(refusals(driver.configure(OWNER, { [field]: ["x".repeat(129)] }))).toEqual([
      "modify/not-acceptable",
    ]);
    expect(refusals(driver.configure(OWNER, { [field]: many.slice(1) }))).toEqual([]);
    expect(driver.registry.get("coven")?.config.refusedNicknames).toEqual(many.slice(1));
    expect(driver.restarted().registry.get("coven")?.config.refusedNicknames).toEqual(many.slice(1));
    expect(refusals(driver.configure(OWNER, { [field]: [" a* ", "", "a*"] }))).toEqual([]);
    expect(driver.registry.get("coven")?.config.refusedNicknames).toEqual(["a*"]);
  });
});

describe("section 10.1.1 the name of a new room", () => {
  const isAllowedName = (node: string) => node.startsWith("team");

  test("must be one that the operator allows, except for administrators of the service", () => {
    const driver = new Driver({ admins: ["wiseman@elsewhere.example"], isAllowedName });
    expect(refusals(driver.join(OWNER, "owner"))).toEqual(["cancel/not-allowed"]);
    expect(driver.registry.count).toBe(0);
    expect(refusals(driver.join(ADMIN, "admin"))).toEqual([]);
    expect(refusals(driver.join(OWNER, "owner", "", "team7@chat.example"))).toEqual([]);
  });

  test("that nobody has (XEP-0307) is not offered if it would be refused", () => {
    const ask = `<iq type="get" id="1" to="chat.example"><unique xmlns="${NS.mucUnique}"/></iq>`;
    expect(refusals(new Driver({ isAllowedName }).send(OWNER, ask))).toEqual(["cancel/not-allowed"]);
    expect(refusals(new Driver().send(OWNER, ask))).toEqual([]);
  });
});
