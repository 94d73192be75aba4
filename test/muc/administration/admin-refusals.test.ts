import { describe, expect, it } from "vitest";
import { brief, type Driver, errorOf, MEMBER, OTHER, OWNER, withThree } from "../../support/room-driver.ts";

const CRONE = "crone1@shakespeare.example";
const HAG = "hag66@shakespeare.example";
const HECATE = "hecate@shakespeare.example";
const BARD = "bard@shakespeare.example";

/** Sends a change of roles or affiliations and returns the answer. */
function answer(driver: Driver, from: string, items: string): string | undefined {
  const reply = driver.admin(from, items).at(-1);
  return errorOf(reply) ?? reply?.attrs.type;
}

describe("XEP-0045 8 permission to change roles", () => {
  it("a moderator may use a client that is not in the room (8)", () => {
    expect(answer(withThree(), `${CRONE}/phone`, '<item nick="hecate" role="none"/>')).toBe("result");
  });

  it("only admins kick moderators, but a moderator may kick itself (5.1.3, 8.2)", () => {
    const driver = withThree();
    driver.admin(OWNER, '<item nick="thirdwitch" role="moderator"/><item nick="hecate" role="moderator"/>');
    expect(answer(driver, MEMBER, '<item nick="hecate" role="none"/>')).toBe("cancel/not-allowed");
    expect(answer(driver, MEMBER, '<item nick="hecate" role="participant"/>')).toBe("auth/forbidden");
    driver.admin(MEMBER, '<item nick="thirdwitch" role="none"/>');
    expect(driver.registry.get("coven")?.occupants.has("thirdwitch")).toBe(false);
    expect(answer(driver, OWNER, '<item nick="hecate" role="none"/>')).toBe("result");
  });

  it("a moderator without higher affiliation cannot revoke voice: a member from a member, an admin from an admin (8.4, 9.7)", () => {
    const driver = withThree();
    driver.admin(
      OWNER,
      `<item affiliation="member" jid="${HAG}"/><item affiliation="member" jid="${HECATE}"/>`,
    );
    driver.admin(OWNER, '<item nick="thirdwitch" role="moderator"/>');
    expect(answer(driver, MEMBER, '<item nick="hecate" role="visitor"/>')).toBe("cancel/not-allowed");
    driver.admin(OWNER, `<item affiliation="none" jid="${HECATE}"/>`);
    expect(answer(driver, MEMBER, '<item nick="hecate" role="visitor"/>')).toBe("result");
    driver.admin(
      OWNER,
      `<item affiliation="admin" jid="${HAG}"/><item affiliation="admin" jid="${HECATE}"/>`,
    );
    expect(answer(driver, MEMBER, '<item nick="hecate" role="participant"/>')).toBe("cancel/not-allowed");
  });

  it("errors do not tell outsiders who is in the room", () => {
    const driver = withThree();
    for (const nick of ["hecate", "nobody"]) {
      expect(answer(driver, `${BARD}/globe`, `<item nick="${nick}" role="none"/>`)).toBe("auth/forbidden");
      expect(answer(driver, `${BARD}/globe`, `<item nick="${nick}" affiliation="none"/>`)).toBe(
        "auth/forbidden",
      );
    }
  });
});

describe("XEP-0045 9 and 10 permission to change affiliations", () => {
  it("members cannot change affiliations, not even their own (9)", () => {
    const driver = withThree();
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}"/>`);
    expect(answer(driver, MEMBER, `<item affiliation="none" jid="${HAG}"/>`)).toBe("auth/forbidden");
  });

  it("a service administrator cannot be banned", () => {
    const driver = withThree({}, { admins: [HAG] });
    expect(answer(driver, OWNER, `<item affiliation="outcast" jid="${HAG}"/>`)).toBe("cancel/not-allowed");
  });

  it("a list that would leave no owner changes nothing (9.2, 10.5)", () => {
    const driver = withThree();
    driver.admin(OWNER, `<item affiliation="owner" jid="${HAG}"/>`);
    const both = `<item affiliation="admin" jid="${CRONE}"/><item affiliation="none" jid="${HAG}"/>`;
    expect(answer(driver, OWNER, both)).toBe("cancel/conflict");
    const handOver = `<item affiliation="none" jid="${CRONE}"/><item affiliation="owner" jid="${HECATE}"/>`;
    driver.admin(OWNER, `<item affiliation="none" jid="${HAG}"/>`);
    expect(answer(driver, OWNER, handOver)).toBe("result");
    expect(driver.registry.get("coven")?.affiliationOf(CRONE)).toBe("none");
  });
});

describe("XEP-0045 5.2 the addresses of rooms and occupants", () => {
  it("get no affiliation, and lose one that an import may have brought", () => {
    const driver = withThree();
    const room = driver.registry.get("coven");
    const jid = "heath@chat.example";
    room?.change({
      kind: "affiliation-changed",
      record: { jid, affiliation: "member", reason: undefined, nick: undefined },
    });
    expect(answer(driver, OWNER, `<item affiliation="outcast" jid="${jid}"/>`)).toBe("cancel/not-allowed");
    expect(answer(driver, OWNER, `<item affiliation="none" jid="${jid}"/>`)).toBe("result");
    expect(room?.affiliationOf(jid)).toBe("none");
  });
});

describe("XEP-0045 9.2 and 9.5 an item that changes nothing", () => {
  const owner = (content = "") => `<item affiliation="owner" jid="${CRONE}">${content}</item>`;
  const ban = `<item affiliation="outcast" jid="wizard@shakespeare.example"/>`;
  /** HAG is an admin, HECATE a member with a reserved nickname. */
  const withAdminAndMember = () => {
    const driver = withThree();
    driver.admin(OWNER, `<item affiliation="admin" jid="${HAG}"><reason>trusted</reason></item>`);
    driver.admin(OWNER, `<item affiliation="member" jid="${HECATE}" nick="hecate"/>`);
    return driver;
  };

  it.each([
    ["an owner, whom an admin may not appoint", owner()],
    ["another admin without the reason", `<item affiliation="admin" jid="${HAG}"/>`],
    [
      "another admin with the reason",
      `<item affiliation="admin" jid="${HAG}"><reason>trusted</reason></item>`,
    ],
    ["an owner by nickname", '<item affiliation="owner" nick="firstwitch"/>'],
    ["a member with the nickname", `<item affiliation="member" jid="${HECATE}" nick="hecate"/>`],
    ["none for an unaffiliated address", '<item affiliation="none" jid="x@chat.example"/>'],
  ])("is accepted in the list of an admin: %s", (_what, item) => {
    const driver = withAdminAndMember();
    driver.admin(OWNER, '<item affiliation="admin" jid="weird@shakespeare.example"/>');
    expect(answer(driver, "weird@shakespeare.example/x", item + ban)).toBe("result");
    const room = driver.registry.get("coven");
    expect(room?.affiliationOf("wizard@shakespeare.example")).toBe("outcast");
    expect(room?.affiliations.get(HAG)).toMatchObject({ affiliation: "admin" });
    expect(room?.affiliations.get(CRONE)).toMatchObject({ affiliation: "owner" });
  });

  it("sends no presence and no message", () => {
    const driver = withAdminAndMember();
    driver.journal.length = 0;
    expect(driver.admin(MEMBER, owner()).map(brief)).toEqual(["iq result @ > hag66"]);
    expect(driver.journal).toEqual([]);
  });

  it.each([
    ["another affiliation", `<item affiliation="admin" jid="${CRONE}"/>`],
    ["another reason", owner("<reason>mine</reason>")],
    ["another nickname", `<item affiliation="owner" jid="${CRONE}" nick="crone"/>`],
  ])("but %s is refused, and the whole list with it", (_what, item) => {
    const driver = withAdminAndMember();
    expect(answer(driver, MEMBER, item + ban)).toBe("auth/forbidden");
    expect(driver.registry.get("coven")?.affiliationOf("wizard@shakespeare.example")).toBe("none");
  });

  it("reveals nothing to users without permission (9)", () => {
    expect(answer(withAdminAndMember(), OTHER, owner())).toBe("auth/forbidden");
  });

  it("is accepted in a list of roles too (8.5): unchanged moderators in a list from a user who cannot grant that role", () => {
    const driver = withThree();
    driver.admin(OWNER, '<item role="moderator" nick="thirdwitch"/>');
    const list = '<item role="moderator" nick="firstwitch"/><item role="visitor" nick="hecate"/>';
    expect(answer(driver, MEMBER, list)).toBe("result");
    expect(driver.registry.get("coven")?.occupants.get("hecate")?.role).toBe("visitor");
    expect(answer(driver, MEMBER, '<item role="moderator" nick="hecate"/>')).toBe("auth/forbidden");
  });
});

describe("XEP-0045 17.4 items", () => {
  it.each([
    ["a role by JID", `<item role="none" jid="${MEMBER}"/>`, "modify/bad-request"],
    ["an affiliation without JID", '<item affiliation="member"/>', "modify/bad-request"],
    ["an unknown role", '<item role="king" nick="hecate"/>', "modify/bad-request"],
    ["neither role nor affiliation", '<item nick="hecate"/>', "modify/bad-request"],
    ["an invalid address", '<item affiliation="member" jid="@"/>', "modify/jid-malformed"],
    ["a nickname in place of an address", '<item affiliation="member" jid="hecate"/>', "cancel/not-allowed"],
    [
      "the ban of an occupant's address",
      '<item affiliation="outcast" jid="coven@chat.example/hecate"/>',
      "cancel/not-allowed",
    ],
    ["a room as a member", '<item affiliation="member" jid="x@chat.example"/>', "cancel/not-allowed"],
    [
      "the same user twice",
      `<item affiliation="member" jid="${HAG}"/><item affiliation="none" jid="${MEMBER}"/>`,
      "modify/bad-request",
    ],
    [
      "a new owner with the role of visitor",
      `<item affiliation="owner" jid="${HAG}"/><item role="visitor" nick="thirdwitch"/>`,
      "cancel/not-allowed",
    ],
    [
      "the same occupant twice",
      '<item role="visitor" nick="hecate"/><item role="none" nick="hecate"/>',
      "modify/bad-request",
    ],
  ])("%s: %s is refused with %s", (_name, items, refusal) => {
    expect(answer(withThree(), OWNER, items)).toBe(refusal);
  });

  it("a full JID is reduced to the bare JID, a nickname resolved to the occupant's user (10.3)", () => {
    const driver = withThree();
    driver.admin(
      OWNER,
      `<item affiliation="member" jid="${MEMBER}"/><item affiliation="admin" nick="hecate"/>`,
    );
    const room = driver.registry.get("coven");
    expect([room?.affiliationOf(HAG), room?.affiliationOf(HECATE)]).toEqual(["member", "admin"]);
  });

  it("an item for an occupant whom an earlier item has removed is ignored", () => {
    const driver = withThree();
    const items = `<item affiliation="outcast" jid="${HAG}"/><item nick="thirdwitch" role="visitor"/>`;
    expect(driver.admin(OWNER, items).map(brief)).toEqual([
      "presence unavailable thirdwitch > hag66 outcast/none jid 301,110",
      "presence unavailable thirdwitch > crone1 outcast/none jid 301",
      "presence unavailable thirdwitch > hecate outcast/none 301",
      "iq result @ > crone1",
    ]);
  });
});
