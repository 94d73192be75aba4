import { describe, expect, it } from "vitest";
import {
  brief,
  errorOf,
  adminList as list,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  sentTo,
  withThree,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const CRONE = "crone1@shakespeare.example";

describe("XEP-0045 8.2 kick", () => {
  it("removes with 307, the reason and the actor; only those who see real JIDs get the actor's JID", () => {
    const sent = withThree().admin(
      OWNER,
      '<item nick="thirdwitch" role="none"><reason>Avaunt!</reason></item>',
    );
    expect(sent.map(brief)).toEqual([
      "presence unavailable thirdwitch > hag66 none/none jid 307,110",
      "presence unavailable thirdwitch > crone1 none/none jid 307",
      "presence unavailable thirdwitch > hecate none/none 307",
      "iq result @ > crone1",
    ]);
    const items = sent.map((stanza) => stanza.getChild("x")?.getChild("item"));
    expect(items[0]?.getChild("reason")?.getText()).toBe("Avaunt!");
    expect(items.slice(0, 3).map((item) => item?.getChild("actor")?.attrs)).toEqual([
      { nick: "firstwitch" },
      { nick: "firstwitch", jid: OWNER },
      { nick: "firstwitch" },
    ]);
  });

  it("is refused: forbidden to participants, not-allowed for a higher affiliation, item-not-found for an unknown nickname", () => {
    const driver = withThree();
    expect(errorOf(driver.admin(MEMBER, '<item nick="hecate" role="none"/>')[0])).toBe("auth/forbidden");
    driver.admin(OWNER, '<item nick="thirdwitch" role="moderator"/>');
    expect(errorOf(driver.admin(MEMBER, '<item nick="firstwitch" role="none"/>')[0])).toBe(
      "cancel/not-allowed",
    );
    expect(errorOf(driver.admin(OWNER, '<item nick="nobody" role="none"/>')[0])).toBe(
      "cancel/item-not-found",
    );
  });
});

describe("XEP-0045 8.3, 8.4 and 9.6 voice and moderator status", () => {
  it("grants voice to visitors of a moderated room and revokes it", () => {
    const driver = withThree({ "muc#roomconfig_moderatedroom": "1" });
    expect(errorOf(driver.say(MEMBER, "hi")[0])).toBe("auth/forbidden");
    const sent = driver.admin(OWNER, '<item nick="thirdwitch" role="participant"/>');
    expect(sentTo(sent, OTHER).map(brief)).toEqual(["presence thirdwitch > hecate none/participant"]);
    expect(driver.say(MEMBER, "hi")).toHaveLength(3);
    driver.admin(OWNER, '<item nick="thirdwitch" role="visitor"/>');
    expect(errorOf(driver.say(MEMBER, "hi")[0])).toBe("auth/forbidden");
  });

  it("voice of admins and owners cannot be revoked; moderators cannot grant moderator status", () => {
    const driver = withThree();
    driver.admin(OWNER, '<item nick="thirdwitch" role="moderator"/>');
    expect(errorOf(driver.admin(MEMBER, '<item nick="hecate" role="moderator"/>')[0])).toBe("auth/forbidden");
    expect(errorOf(driver.admin(OWNER, '<item nick="firstwitch" role="visitor"/>')[0])).toBe(
      "cancel/not-allowed",
    );
  });

  it.each([
    ["role", '<item nick="thirdwitch" role="moderator"/>', '<item nick="thirdwitch" role="participant"/>'],
    ["affiliation", `<item affiliation="admin" jid="${HAG}"/>`, `<item affiliation="none" jid="${HAG}"/>`],
  ])(
    "a new moderator by %s gets the real JIDs of the others; the end of the role sends none (7.2.4)",
    (_by, grant, revoke) => {
      const driver = withThree();
      const second = `${HAG}/laptop`;
      driver.join(second, "thirdwitch");
      for (const [items, told] of [
        [
          grant,
          ["presence firstwitch > hag66 owner/moderator jid", "presence hecate > hag66 none/participant jid"],
        ],
        [revoke, []],
      ] as const) {
        const sent = driver.admin(OWNER, items);
        for (const session of [MEMBER, second]) {
          const [own, ...others] = sentTo(sent, session).map(brief);
          expect(own).toMatch(/^presence thirdwitch > hag66 \S+ jid 110$/);
          expect(others).toEqual(told);
        }
        expect(sentTo(sent, OTHER)).toHaveLength(1);
      }
    },
  );

  it("in a non-anonymous room a new moderator gets no presence again", () => {
    const driver = withThree({ "muc#roomconfig_whois": "anyone" });
    expect(sentTo(driver.admin(OWNER, '<item nick="thirdwitch" role="moderator"/>'), MEMBER)).toHaveLength(1);
  });

  it("list items have nick, role, affiliation and full JID (17.4)", () => {
    expect(list(withThree(), OWNER, '<item role="moderator"/>')).toEqual([
      { affiliation: "owner", role: "moderator", nick: "firstwitch", jid: OWNER },
    ]);
    expect(list(withThree(), MEMBER, '<item role="moderator"/>')).toBe("auth/forbidden");
  });
});

describe("XEP-0045 9.1 to 10.8 affiliations", () => {
  it("broadcasts an occupant's new affiliation with the actor; sends an absent user's to those who see JIDs (10.3)", () => {
    const driver = withThree();
    const present = driver.admin(OWNER, `<item affiliation="member" jid="${HAG}"/>`);
    expect(present.map(brief)).toEqual([
      "presence thirdwitch > crone1 member/participant jid",
      "presence thirdwitch > hecate member/participant",
      "presence thirdwitch > hag66 member/participant jid 110",
      "iq result @ > crone1",
    ]);
    const absent = driver.admin(OWNER, '<item affiliation="member" jid="bard@shakespeare.example/globe"/>');
    expect(absent.map(brief)).toEqual(["message @ > crone1 member/undefined jid", "iq result @ > crone1"]);
    expect(absent[0]?.getChild("x")?.getChild("item")?.attrs.jid).toBe("bard@shakespeare.example");
  });

  it("a ban removes with 301, releases the nickname and lists the reason (9.1, 9.2)", () => {
    const driver = withThree();
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="thirdwitch"/>`);
    const sent = driver.admin(
      OWNER,
      `<item affiliation="outcast" jid="${HAG}"><reason>Treason</reason></item>`,
    );
    expect(sent.map(brief)[0]).toBe("presence unavailable thirdwitch > hag66 outcast/none jid 301,110");
    expect(list(driver, OWNER, '<item affiliation="outcast"/>')).toEqual([
      { affiliation: "outcast", jid: HAG },
    ]);
  });

  it("an admin cannot change an owner; an owner cannot ban itself; the last owner stays", () => {
    const driver = withThree();
    driver.admin(OWNER, `<item affiliation="admin" jid="${HAG}"/>`);
    expect(errorOf(driver.admin(MEMBER, `<item affiliation="outcast" jid="${CRONE}"/>`)[0])).toBe(
      "cancel/not-allowed",
    );
    expect(
      errorOf(driver.admin(MEMBER, '<item affiliation="owner" jid="hecate@shakespeare.example"/>')[0]),
    ).toBe("auth/forbidden");
    expect(errorOf(driver.admin(OWNER, `<item affiliation="outcast" jid="${CRONE}"/>`)[0])).toBe(
      "cancel/conflict",
    );
    expect(errorOf(driver.admin(OWNER, `<item affiliation="admin" jid="${CRONE}"/>`)[0])).toBe(
      "cancel/conflict",
    );
    expect(errorOf(driver.admin(OTHER, `<item affiliation="none" jid="${HAG}"/>`)[0])).toBe("auth/forbidden");
  });

  it("a list changes as a whole or not at all (9.2)", () => {
    const driver = withThree();
    const items = `<item affiliation="member" jid="${HAG}"/><item affiliation="outcast" jid="${CRONE}"/>`;
    expect(errorOf(driver.admin(OWNER, items)[0])).toBe("cancel/conflict");
    expect(driver.registry.get("coven")?.affiliationOf(HAG)).toBe("none");
  });

  it("one nickname for two users is refused with conflict (9.5)", () => {
    const driver = withThree();
    const items = [HAG, "hecate@shakespeare.example"].map(
      (jid) => `<item affiliation="member" jid="${jid}" nick="witch"/>`,
    );
    expect(errorOf(driver.admin(OWNER, items.join(""))[0])).toBe("cancel/conflict");
  });

  it("the ban of an absent user is sent once with 301 and the reason to those who see JIDs (9.1, 10.3)", () => {
    const driver = withThree();
    const ban = '<item affiliation="outcast" jid="bard@shakespeare.example"><reason>Treason</reason></item>';
    const sent = driver.admin(OWNER, ban);
    expect(sent.map(brief)).toEqual(["message @ > crone1 outcast/undefined jid 301", "iq result @ > crone1"]);
    expect(sent[0]?.getChild("x")?.getChild("item")?.getChild("reason")?.getText()).toBe("Treason");
    expect(driver.admin(OWNER, ban).map(brief)).toEqual(["iq result @ > crone1"]);
  });

  it("the ban of a domain removes its users, except those with their own affiliation (9.2)", () => {
    const driver = withThree();
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}"/>`);
    const sent = driver.admin(OWNER, '<item affiliation="outcast" jid="shakespeare.example"/>');
    expect(sent.map(brief)).toEqual([
      "presence unavailable hecate > hecate outcast/none jid 301,110",
      "presence unavailable hecate > crone1 outcast/none jid 301",
      "presence unavailable hecate > hag66 outcast/none 301",
      "message @ > crone1 outcast/undefined jid 301",
      "iq result @ > crone1",
    ]);
  });

  it("the ban of a user whose address is a domain removes it, by address and by nickname (9.1)", () => {
    for (const whom of ['jid="bot.example"', 'nick="bot"']) {
      const driver = openRoom();
      driver.join("bot.example/x", "bot");
      const sent = driver.admin(OWNER, `<item affiliation="outcast" ${whom}/>`);
      expect(sent.map(brief).slice(0, 2)).toEqual([
        "presence unavailable bot > bot.example/x outcast/none jid 301,110",
        "presence unavailable bot > crone1 outcast/none jid 301",
      ]);
    }
  });

  it("a role and an affiliation in one item are a bad request (17.4)", () => {
    expect(errorOf(withThree().admin(OWNER, '<item nick="hecate" role="none" affiliation="none"/>')[0])).toBe(
      "modify/bad-request",
    );
  });

  it("the loss of membership removes from a members-only room with 321 (9.4)", () => {
    const driver = openRoom({ "muc#roomconfig_membersonly": "1" });
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}"/>`);
    driver.join(MEMBER, "thirdwitch");
    const sent = driver.admin(OWNER, `<item affiliation="none" jid="${HAG}"/>`);
    expect(sent.map(brief)[0]).toBe("presence unavailable thirdwitch > hag66 none/none jid 321,110");
    expect(errorOf(driver.join(MEMBER, "thirdwitch")[0])).toBe("auth/registration-required");
  });

  it("members may read the member list only in a non-anonymous room (5.2.1, 9.5)", () => {
    const open = openRoom({ "muc#roomconfig_whois": "anyone" });
    const semi = openRoom();
    for (const driver of [open, semi])
      driver.admin(OWNER, `<item affiliation="member" jid="${HAG}" nick="thirdwitch"/>`);
    expect(list(open, MEMBER, '<item affiliation="member"/>')).toEqual([
      { affiliation: "member", jid: HAG, nick: "thirdwitch" },
    ]);
    expect(list(semi, MEMBER, '<item affiliation="member"/>')).toBe("auth/forbidden");
    expect(list(open, MEMBER, '<item affiliation="outcast"/>')).toBe("auth/forbidden");
    expect(list(open, OTHER, '<item affiliation="member"/>')).toBe("auth/forbidden");
  });
});
