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
  withMember,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const HECATE = "hecate@shakespeare.example";
const BARD = "bard@shakespeare.example";
const FIRST = `${ROOM}/firstwitch`;
const MEMBERS_ONLY = { "muc#roomconfig_membersonly": "1" };

function invite(driver: Driver, from: string, ...invitees: string[]): Element[] {
  const elements = invitees.map((jid) => `<invite to="${jid}"><reason>come</reason></invite>`).join("");
  return driver.send(from, `<message id="i" to="${ROOM}"><x xmlns="${NS.mucUser}">${elements}</x></message>`);
}

function decline(driver: Driver, from: string, to: string): Element[] {
  const x = `<x xmlns="${NS.mucUser}"><decline to="${to}"><reason>no</reason></decline></x>`;
  return driver.send(from, `<message id="d" to="${ROOM}">${x}</message>`);
}

const inner = (stanza: Element | undefined, name: string) => {
  const x = stanza && child(stanza, "x", NS.mucUser);
  return x && child(x, name, NS.mucUser);
};
const affiliation = (driver: Driver, jid: string) => driver.registry.get("coven")?.affiliationOf(jid);

describe("XEP-0045 7.8.2 mediated invitations", () => {
  it("continue a conversation: continue and its thread are passed on (7.9)", () => {
    const element = `<invite to="${HECATE}"><continue thread="e0ff"/></invite>`;
    const [sent] = openRoom().send(
      OWNER,
      `<message to="${ROOM}"><x xmlns="${NS.mucUser}">${element}</x></message>`,
    );
    expect(inner(sent, "invite")?.getChild("continue")?.attrs.thread).toBe("e0ff");
  });

  it("are refused as a whole if one invitee is not a user, the sender or banned", () => {
    const driver = openRoom(MEMBERS_ONLY);
    driver.admin(OWNER, `<item affiliation="outcast" jid="${HAG}"/>`);
    const refused = [
      ["chat.example", "modify/jid-malformed"],
      ["heath@chat.example/hecate", "cancel/not-allowed"],
      [OWNER, "cancel/not-allowed"],
      [HAG, "cancel/not-allowed"],
    ];
    for (const [jid, error] of refused) {
      const sent = invite(driver, OWNER, HECATE, jid as string);
      expect([sent.length, errorOf(sent[0])]).toEqual([1, error]);
      expect(affiliation(driver, HECATE)).toBe("none");
    }
    expect(affiliation(driver, HAG)).toBe("outcast");
  });

  it("do not reveal bans to users who may not read the ban list (17, 9.2): nothing is sent, but it counts", () => {
    const driver = withMember();
    driver.admin(OWNER, `<item affiliation="outcast" jid="${HECATE}"/>`);
    expect(invite(driver, MEMBER, HECATE, BARD).map((sent) => sent.attrs.to)).toEqual([BARD]);
    expect([invite(driver, MEMBER, HECATE), invite(driver, MEMBER, HECATE)]).toEqual([[], []]);
    expect(errorOf(invite(driver, MEMBER, HECATE)[0])).toBe("wait/resource-constraint");
    expect(errorOf(invite(driver, OWNER, HECATE)[0])).toBe("cancel/not-allowed");
    driver.admin(OWNER, `<item affiliation="none" jid="${HECATE}"/>`);
    expect(errorOf(decline(driver, OTHER, `${ROOM}/thirdwitch`)[0])).toBe("cancel/item-not-found");
  });

  it("do not make a banned user a member, whoever invites (7.8.2)", () => {
    const driver = openRoom({ ...MEMBERS_ONLY, "muc#roomconfig_allowinvites": "1" });
    driver.admin(
      OWNER,
      `<item affiliation="member" jid="${HAG}"/><item affiliation="outcast" jid="${HECATE}"/>`,
    );
    driver.join(MEMBER, "thirdwitch");
    expect(invite(driver, MEMBER, HECATE)).toEqual([]);
    expect(affiliation(driver, HECATE)).toBe("outcast");
  });

  it("do not reveal who is in the room: occupants are invited like anybody else", () => {
    const driver = withMember();
    driver.join(OTHER, "hecate");
    expect(invite(driver, MEMBER, HECATE).map(brief)).toEqual(
      invite(driver, MEMBER, BARD)
        .map(brief)
        .map((line) => line.replace("bard", "hecate")),
    );
  });

  it("add nobody to the member list of an open room (9.5)", () => {
    const driver = openRoom();
    invite(driver, OWNER, HECATE);
    expect(affiliation(driver, HECATE)).toBe("none");
  });

  it("may be sent by everybody in an open room, visitors too (5.1.1)", () => {
    const driver = withMember({ "muc#roomconfig_moderatedroom": "1" });
    expect(invite(driver, MEMBER, BARD).map((stanza) => [stanza.attrs.to, stanza.attrs.type])).toEqual([
      [BARD, undefined],
    ]);
  });

  it("may be sent by occupants only", () => {
    expect(errorOf(invite(openRoom(), MEMBER, HECATE)[0])).toBe("modify/not-acceptable");
  });

  it("to an unknown user bounce to the inviter as item-not-found, once", () => {
    const driver = openRoom();
    invite(driver, OWNER, HECATE);
    const bounce = `<message type="error" id="i" to="${ROOM}"><error type="cancel"><service-unavailable xmlns="${NS.stanzas}"/></error></message>`;
    const sent = driver.send(HECATE, bounce);
    expect(sent.map(brief)).toEqual(["message error @ > crone1 item-not-found"]);
    expect(inner(sent[0], "invite")?.attrs.to).toBe(HECATE);
    expect(driver.send(HECATE, bounce)).toEqual([]);
    expect(driver.send(OTHER, bounce.replace('id="i"', 'id="j"'))).toEqual([]);
  });
});

describe("XEP-0045 7.8.2 and 9.5 invitations to a members-only room", () => {
  it("make the invitee a member, and never lower an affiliation", () => {
    const driver = openRoom(MEMBERS_ONLY);
    driver.admin(OWNER, `<item affiliation="admin" jid="${HAG}"/>`);
    invite(driver, OWNER, HECATE, HAG);
    expect([affiliation(driver, HECATE), affiliation(driver, HAG)]).toEqual(["member", "admin"]);
  });

  it("are for admins and owners unless an owner allows members to invite", () => {
    const driver = openRoom(MEMBERS_ONLY);
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}"/>`);
    driver.join(MEMBER, "thirdwitch");
    expect(errorOf(invite(driver, MEMBER, HECATE)[0])).toBe("auth/forbidden");
    expect(affiliation(driver, HECATE)).toBe("none");
    driver.configure(OWNER, { "muc#roomconfig_allowinvites": "1" });
    expect(errorOf(invite(driver, MEMBER, HECATE)[0])).toBeUndefined();
    expect(affiliation(driver, HECATE)).toBe("member");
    driver.configure(OWNER, { "muc#roomconfig_allowinvites": "0" });
    expect(errorOf(invite(driver, MEMBER, BARD)[0])).toBe("auth/forbidden");
  });

  it("are announced in the room information: muc#roomconfig_allowinvites tells whether others may invite (6.4)", () => {
    const announced = (driver: Driver) => {
      const [reply] = driver.send(
        OTHER,
        `<iq type="get" id="d" to="${ROOM}"><query xmlns="${NS.discoInfo}"/></iq>`,
      );
      const fields = reply?.getChild("query")?.getChild("x", NS.dataForms)?.getChildren("field");
      const field = fields?.find((el) => el.attrs.var === "muc#roomconfig_allowinvites");
      return field?.getChild("value")?.getText();
    };
    expect(announced(openRoom())).toBe("1");
    expect(announced(openRoom(MEMBERS_ONLY))).toBe("0");
    expect(announced(openRoom({ ...MEMBERS_ONLY, "muc#roomconfig_allowinvites": "1" }))).toBe("1");
  });
});

describe("the rate of invitations", () => {
  const limits = { invitationsPerHour: 5 };

  it("is limited for each user over all clients, within an hour", () => {
    const driver = openRoom({}, { limits });
    driver.join(MEMBER, "thirdwitch");
    driver.join(`${HAG}/laptop`, "thirdwitch");
    invite(driver, MEMBER, ...[1, 2, 3].map((n) => `witch${n}@shakespeare.example`));
    const refused = invite(driver, `${HAG}/laptop`, ...[4, 5, 6].map((n) => `witch${n}@shakespeare.example`));
    expect(refused.map(errorOf)).toEqual(["wait/resource-constraint"]);
    expect(invite(driver, MEMBER, HECATE, BARD).map(errorOf)).toEqual([undefined, undefined]);
    expect(errorOf(invite(driver, OWNER, HECATE)[0])).toBeUndefined();
    driver.now += 3_600_001;
    expect(errorOf(invite(driver, MEMBER, HECATE)[0])).toBeUndefined();
  });

  it("is remembered over a restart and when invitees decline", () => {
    const driver = withMember({}, { limits });
    const witches = [1, 2, 3, 4, 5].map((n) => `witch${n}@shakespeare.example`);
    invite(driver, MEMBER, ...witches);
    for (const jid of witches) decline(driver, `${jid}/x`, `${ROOM}/thirdwitch`);
    const restarted = driver.restarted();
    expect(errorOf(invite(restarted, MEMBER, BARD)[0])).toBe("wait/resource-constraint");
    restarted.now += 3_600_001;
    invite(restarted, OWNER, HECATE);
    const stored = restarted.registry.get("coven")?.notes.get("invitations") ?? "";
    expect(JSON.parse(stored)).toMatchObject([{ invitee: HECATE }]);
  });

  it("is limited for each user over all rooms, also for new members of a list (9.5)", () => {
    const driver = openRoom(MEMBERS_ONLY, { limits });
    const heath = "heath@chat.example";
    driver.join(OWNER, "crone", "", heath);
    const form = `<query xmlns="${NS.mucOwner}"><x xmlns="jabber:x:data" type="submit"/></query>`;
    driver.send(OWNER, `<iq type="set" id="o" to="${heath}">${form}</iq>`);
    const element = (n: number) => `<invite to="witch${n}@shakespeare.example"/>`;
    const invitations = (...numbers: number[]) =>
      driver.send(
        OWNER,
        `<message id="i" to="${heath}"><x xmlns="${NS.mucUser}">${numbers.map(element).join("")}</x></message>`,
      );
    expect(invitations(1, 2, 3)).toHaveLength(3);
    const items = [4, 5, 6, 7].map((n) => `<item affiliation="member" jid="witch${n}@shakespeare.example"/>`);
    const invited = driver.admin(OWNER, items.join("")).filter((sent) => inner(sent, "invite"));
    expect(invited.map(({ attrs }) => attrs.to)).toEqual([
      "witch4@shakespeare.example",
      "witch5@shakespeare.example",
    ]);
    expect(affiliation(driver, "witch7@shakespeare.example")).toBe("member");
    expect(invitations(8).map(errorOf)).toEqual(["wait/resource-constraint"]);
    expect(invite(driver, OWNER, HECATE).map(errorOf)).toEqual(["wait/resource-constraint"]);
  });

  it("blocks nobody for longer if the clock is set back after an invitation", () => {
    const driver = withMember({}, { limits });
    invite(driver, MEMBER, ...[1, 2, 3, 4, 5].map((n) => `witch${n}@shakespeare.example`));
    const restarted = driver.restarted();
    restarted.setClock(-10 * 365 * 24 * 3_600_000);
    expect(errorOf(invite(restarted, MEMBER, BARD)[0])).toBeUndefined();
  });

  it("is stored with the room in at most 64 KB, the latest invitations", () => {
    const driver = openRoom({}, { limits: { invitationsPerHour: 1_000 } });
    const witch = (n: number) => `${"w".repeat(900)}${n}@shakespeare.example`;
    for (let n = 0; n < 100; n += 1) invite(driver, OWNER, witch(n));
    const stored = driver.registry.get("coven")?.notes.get("invitations") ?? "";
    expect(stored.length).toBeGreaterThan(50_000);
    expect(stored.length).toBeLessThan(66_000);
    expect(decline(driver, `${witch(99)}/x`, FIRST)[0]?.attrs.to).toBe(OWNER);
  });

  it("is limited to three for one inviter and invitee", () => {
    const driver = openRoom();
    for (const _ of [1, 2, 3]) invite(driver, OWNER, HECATE);
    expect(errorOf(invite(driver, OWNER, OTHER)[0])).toBe("wait/resource-constraint");
    expect(errorOf(invite(driver, OWNER, BARD)[0])).toBeUndefined();
  });
});

describe("XEP-0045 7.8.2 declining an invitation", () => {
  it("is possible once for each invitation", () => {
    const driver = openRoom();
    invite(driver, OWNER, HECATE);
    expect(decline(driver, OTHER, FIRST)[0]?.attrs.to).toBe(OWNER);
  });

  it("reaches the admin who made a new member also after the admin left; so does a bounced invitation", () => {
    const driver = openRoom({ ...MEMBERS_ONLY, "muc#roomconfig_persistentroom": "1" });
    const invited = (jid: string) =>
      driver.admin(OWNER, `<item affiliation="member" jid="${jid}"/>`).find((sent) => sent.attrs.to === jid);
    const { id } = invited(BARD)?.attrs ?? {};
    const bounce = `<message type="error" id="${id}" to="${ROOM}"><error type="cancel"><item-not-found xmlns="${NS.stanzas}"/></error></message>`;
    expect(driver.send(BARD, bounce).map(brief)).toEqual(["message error @ > crone1 item-not-found"]);
    invited(HECATE);
    driver.leave(OWNER, "firstwitch");
    expect(decline(driver, OTHER, FIRST)[0]?.attrs.to).toBe("crone1@shakespeare.example");
    expect(errorOf(decline(driver, OTHER, FIRST)[0])).toBe("cancel/item-not-found");
  });

  it("reaches an inviter who has changed the nickname or left", () => {
    const driver = openRoom();
    invite(driver, OWNER, HECATE, BARD);
    driver.send(OWNER, `<presence to="${ROOM}/crone"/>`);
    expect(decline(driver, OTHER, FIRST)[0]?.attrs.to).toBe(OWNER);
    driver.join(MEMBER, "thirdwitch");
    driver.leave(OWNER, "crone");
    expect(decline(driver, `${BARD}/globe`, FIRST)[0]?.attrs.to).toBe("crone1@shakespeare.example");
  });

  it("reveals nothing to strangers: the answer is the same whether the named occupant exists or not", () => {
    const driver = withMember();
    invite(driver, OWNER, BARD);
    const answers = [FIRST, `${ROOM}/nobody`, OWNER, HAG, BARD, ""].map((to) => decline(driver, OTHER, to));
    for (const sent of answers) {
      expect(sent.map(brief)).toEqual(["message error @ > hecate item-not-found"]);
      expect(sent[0]?.getChild("error")?.toString()).toBe(answers[0]?.[0]?.getChild("error")?.toString());
    }
  });

  it("does not confirm the inviter's real JID to the invitee, who knows the nickname only", () => {
    const driver = openRoom();
    invite(driver, OWNER, HECATE);
    expect(errorOf(decline(driver, OTHER, "crone1@shakespeare.example")[0])).toBe("cancel/item-not-found");
  });

  it("is refused if the invitee has been banned since, and a week after the invitation", () => {
    const driver = openRoom();
    invite(driver, OWNER, HECATE, BARD);
    driver.admin(OWNER, `<item affiliation="outcast" jid="${HECATE}"/>`);
    expect(errorOf(decline(driver, OTHER, FIRST)[0])).toBe("cancel/item-not-found");
    driver.now += 7 * 24 * 3_600_000;
    expect(errorOf(decline(driver, `${BARD}/globe`, FIRST)[0])).toBe("cancel/item-not-found");
  });

  it("is possible after a restart, once", () => {
    const before = openRoom();
    invite(before, OWNER, HECATE, BARD);
    decline(before, `${BARD}/globe`, FIRST);
    const driver = before.restarted();
    expect(decline(driver, OTHER, FIRST)[0]?.attrs.to).toBe(OWNER);
    expect(errorOf(decline(driver, OTHER, FIRST)[0])).toBe("cancel/item-not-found");
    expect(errorOf(decline(driver, `${BARD}/globe`, FIRST)[0])).toBe("cancel/item-not-found");
  });

  it("is possible for new members whom an admin's change invited too (9.5)", () => {
    const driver = openRoom(MEMBERS_ONLY);
    driver.admin(OWNER, `<item affiliation="member" jid="${HECATE}"/>`);
    expect(decline(driver, OTHER, FIRST)[0]?.attrs.to).toBe(OWNER);
  });
});
