import { describe, expect, it } from "vitest";
import { brief, Driver, MEMBER, OWNER, openRoom, sentTo, withMember } from "../../support/room-driver.ts";

const MODERATED = { "muc#roomconfig_moderatedroom": "1" };
const HAG = "hag66@shakespeare.example";
const give = (driver: Driver, role: string) =>
  driver.admin(OWNER, `<item nick="thirdwitch" role="${role}"/>`);

/** Returns affiliation and role with which MEMBER comes back, with another client and nickname. */
function roleOnReturn(driver: Driver): string | undefined {
  driver.leave(MEMBER, "thirdwitch");
  const [shown] = sentTo(driver.join(`${HAG}/laptop`, "hag"), OWNER);
  return shown && brief(shown).split(" ")[4];
}

describe("XEP-0045 5.1 roles are kept across visits", () => {
  it("voice that a visitor was given, also as a moderator, and after a restart", () => {
    for (const role of ["participant", "moderator"]) {
      const driver = withMember({ ...MODERATED, "muc#roomconfig_persistentroom": "1" });
      expect(roleOnReturn(withMember(MODERATED))).toBe("none/visitor");
      give(driver, role);
      const record = driver.registry.get("coven")?.record();
      expect(roleOnReturn(driver)).toBe("none/participant");
      expect(roleOnReturn(openRoom({}, { records: record ? [record] : [] }))).toBe("none/participant");
    }
  });

  it("voice that was taken away, in every room, until it is given back", () => {
    const driver = withMember();
    give(driver, "visitor");
    expect(roleOnReturn(driver)).toBe("none/visitor");
    driver.admin(OWNER, '<item nick="hag" role="participant"/>');
    expect(driver.registry.get("coven")?.notes.has("roles")).toBe(false);
  });

  it("not when the affiliation or the room has changed: then that brings the role (5.1.2, 5.1.3)", () => {
    const promoted = withMember();
    give(promoted, "visitor");
    promoted.admin(OWNER, `<item jid="${HAG}" affiliation="member"/>`);
    expect(roleOnReturn(promoted)).toBe("member/participant");
    const opened = withMember(MODERATED);
    give(opened, "participant");
    for (const flag of ["0", "1"]) opened.configure(OWNER, { "muc#roomconfig_moderatedroom": flag });
    expect(roleOnReturn(opened)).toBe("none/visitor");
  });

  it("not when the room has changed: who stays in it gets what it would get on coming back (5.1.2)", () => {
    const driver = withMember(MODERATED);
    driver.admin(OWNER, `<item jid="${HAG}" affiliation="member"/>`);
    give(driver, "visitor");
    const sent = driver.configure(OWNER, { "muc#roomconfig_moderatedroom": "0" });
    expect(sentTo(sent, OWNER).map(brief)).toContain("presence thirdwitch > crone1 member/participant jid");
    expect(roleOnReturn(driver)).toBe("member/participant");
  });

  it("nothing of moderators by affiliation, who are that whatever was given to them", () => {
    const driver = withMember();
    driver.admin(OWNER, `<item jid="${HAG}" affiliation="admin"/>`);
    give(driver, "moderator");
    expect(driver.registry.get("coven")?.notes.has("roles")).toBe(false);
  });

  it("not by who has become an administrator of the service, and so a moderator", () => {
    const driver = withMember({ "muc#roomconfig_persistentroom": "1" });
    give(driver, "visitor");
    driver.leave(MEMBER, "thirdwitch");
    const record = driver.registry.get("coven")?.record();
    const restarted = new Driver({ records: record ? [record] : [], admins: [HAG] });
    expect(roleOnReturn(restarted)).toBe("owner/moderator");
  });

  it("of the latest 200 users", () => {
    const driver = openRoom();
    for (let i = 0; i <= 200; i++) {
      driver.join(`u${i}@shakespeare.example/x`, `u${i}`);
      driver.admin(OWNER, `<item nick="u${i}" role="visitor"/>`);
      driver.leave(`u${i}@shakespeare.example/x`, `u${i}`);
    }
    const role = (i: number) => {
      driver.join(`u${i}@shakespeare.example/x`, `u${i}`);
      return driver.registry.get("coven")?.occupants.get(`u${i}`)?.role;
    };
    expect([role(0), role(1), role(200)]).toEqual(["participant", "visitor", "visitor"]);
  });
});
