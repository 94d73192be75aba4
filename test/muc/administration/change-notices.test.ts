// Notifications of changed roles and affiliations (XEP-0045 sections 8.3 to 10.7).
import { describe, expect, it } from "vitest";
import { brief, MEMBER, OTHER, OWNER, openRoom, ROOM, sentTo, withThree } from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const role = (value: string) => `<item nick="thirdwitch" role="${value}"><reason>so be it</reason></item>`;
const affiliation = (value: string) =>
  `<item jid="${HAG}" affiliation="${value}"><reason>so be it</reason></item>`;

describe("XEP-0045 8.3 to 10.7 a change is broadcast as presence with its reason before the result", () => {
  it.each([
    ["8.3 voice", [role("visitor")], role("participant"), "none/participant"],
    ["8.4 no voice", [], role("visitor"), "none/visitor"],
    ["9.3 membership", [], affiliation("member"), "member/participant"],
    ["9.4 no membership", [affiliation("member")], affiliation("none"), "none/participant"],
    ["9.6 moderator status", [], role("moderator"), "none/moderator"],
    ["9.7 no moderator status", [role("moderator")], role("participant"), "none/participant"],
    ["10.3 owner status", [], affiliation("owner"), "owner/moderator"],
    ["10.4 no owner status", [affiliation("owner")], affiliation("admin"), "admin/moderator"],
    ["10.6 admin status", [], affiliation("admin"), "admin/moderator"],
    ["10.7 no admin status", [affiliation("admin")], affiliation("none"), "none/participant"],
  ])("%s", (_what, before, change, state) => {
    const driver = withThree();
    for (const item of before) driver.admin(OWNER, item);
    const sent = driver.admin(OWNER, change);
    const presences = [OWNER, MEMBER, OTHER].map((jid) => sentTo(sent, jid)[0]);
    expect(presences.map((presence) => presence && brief(presence).split(" ")[4])).toEqual([
      state,
      state,
      state,
    ]);
    for (const presence of presences) {
      const item = presence?.getChild("x")?.getChild("item");
      expect(presence?.attrs).toMatchObject({ from: `${ROOM}/thirdwitch` });
      expect(presence?.attrs.type).toBeUndefined();
      expect(item?.getChild("reason")?.getText()).toBe("so be it");
      expect(item?.getChild("actor")?.attrs.nick).toBe("firstwitch");
    }
    expect(sent.at(-1)?.attrs).toMatchObject({ type: "result", to: OWNER });
    const later = driver.send(MEMBER, `<presence to="${ROOM}/thirdwitch"><show>xa</show></presence>`);
    expect(brief(later[0] as (typeof later)[0])).toContain(state);
  });

  it("for an absent user a message goes to those who see real JIDs (10.7)", () => {
    const driver = openRoom();
    driver.admin(OWNER, affiliation("admin"));
    expect(driver.admin(OWNER, affiliation("none")).map(brief)).toEqual([
      "message @ > crone1 none/undefined jid",
      "iq result @ > crone1",
    ]);
  });
});

describe("XEP-0045 8.3 to 10.7 a request that changes nothing gets a result, but is neither stored nor broadcast", () => {
  const RESULT = ["iq result @ > crone1"];
  /** Returns the stanzas that a request causes, and whether it writes to the journal. */
  function change(driver: ReturnType<typeof openRoom>, items: string) {
    const before = driver.journal.length;
    return [driver.admin(OWNER, items).map(brief), driver.journal.length > before];
  }

  it("the current affiliation, nickname and reason of an occupant or an absent user", () => {
    for (const driver of [openRoom(), withThree()]) {
      for (const value of ["member", "admin", "outcast", "none"]) {
        driver.admin(OWNER, affiliation(value));
        expect(change(driver, affiliation(value))).toEqual([RESULT, false]);
      }
    }
    const driver = openRoom();
    const nick = (value: string) => `<item jid="${HAG}" affiliation="member" nick="${value}"/>`;
    driver.admin(OWNER, nick("hag"));
    expect(change(driver, `<item jid="${HAG}" affiliation="member"/>`)).toEqual([RESULT, false]);
    driver.admin(OWNER, nick(""));
    expect(change(driver, nick(""))).toEqual([RESULT, false]);
  });

  it("except that a different reason, or any named nickname, is broadcast", () => {
    const driver = openRoom();
    const announced = [["message @ > crone1 outcast/undefined jid", ...RESULT], true];
    driver.admin(OWNER, affiliation("outcast"));
    expect(change(driver, affiliation("outcast").replace("so be it", "for good"))).toEqual(announced);
    driver.admin(OWNER, affiliation("member"));
    for (let n = 0; n < 2; n += 1)
      expect(
        sentTo(driver.admin(OWNER, `<item jid="${HAG}" affiliation="member" nick="hag"/>`), OWNER),
      ).toHaveLength(2);
  });

  it("the current role of an occupant, unless a reason comes with it", () => {
    const driver = withThree();
    expect(change(driver, '<item nick="thirdwitch" role="participant"/>')).toEqual([RESULT, false]);
    expect(sentTo(driver.admin(OWNER, role("participant")), OTHER).map(brief)).toEqual([
      "presence thirdwitch > hecate none/participant",
    ]);
  });
});

describe("XEP-0045 17.3 presence", () => {
  it.each(["probe", "subscribe", "unsubscribed"])("of type %s does not remove the occupant", (type) => {
    const driver = withThree();
    driver.send(MEMBER, `<presence type="${type}" to="${ROOM}/thirdwitch"/>`);
    expect(driver.registry.get("coven")?.occupants.has("thirdwitch")).toBe(true);
  });

  it("does not pass on the account information that a server adds (XEP-0489)", () => {
    const info = '<info xmlns="urn:xmpp:raa:0" affiliation="registered" since="2026-01-01T00:00:00Z"/>';
    const driver = withThree();
    const shown = driver.send(MEMBER, `<presence to="${ROOM}/thirdwitch">${info}</presence>`);
    const heard = driver.send(
      MEMBER,
      `<message type="groupchat" to="${ROOM}"><body>x</body>${info}</message>`,
    );
    expect([...shown, ...heard].filter((stanza) => String(stanza).includes("urn:xmpp:raa"))).toEqual([]);
    expect([shown.length, heard.length]).toEqual([3, 3]);
  });

  it("passes with extensions that the room does not know", () => {
    const caps = '<c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="urn:x" ver="v"/>';
    const photo = '<x xmlns="vcard-temp:x:update"><photo>0beec7b5</photo></x>';
    const sent = withThree().send(MEMBER, `<presence to="${ROOM}/thirdwitch">${caps}${photo}</presence>`);
    expect(String(sentTo(sent, OTHER)[0])).toContain(caps + photo);
  });
});
