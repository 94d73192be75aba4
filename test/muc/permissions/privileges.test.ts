// Permissions (XEP-0045 sections 5.1.1 and 5.2.1): every case of the tables that a room must refuse or allow.
import { describe, expect, it } from "vitest";
import {
  brief,
  Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  withThree,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const HECATE = "hecate@shakespeare.example";
const BARD = "bard@shakespeare.example";

const affiliate = (affiliation: string, jid: string) => `<item affiliation="${affiliation}" jid="${jid}"/>`;
const give = (role: string, nick: string) => `<item role="${role}" nick="${nick}"/>`;

/** Returns the error of a change by MEMBER with an affiliation of its `own`, or "done" if the change is allowed. */
function tried(own: string, items: string, before: string[] = []): string {
  const driver = withThree();
  for (const item of [affiliate(own, HAG), ...before]) driver.admin(OWNER, item);
  const reply = driver.admin(MEMBER, items).at(-1);
  return errorOf(reply) ?? "done";
}

describe("XEP-0045 5.2.1 what affiliations allow", () => {
  it.each([
    ["admin", affiliate("member", BARD), [], "done"],
    ["admin", affiliate("outcast", HECATE), [], "done"],
    ["admin", affiliate("none", HECATE), [affiliate("member", HECATE)], "done"],
    ["admin", affiliate("admin", BARD), [], "auth/forbidden"],
    ["admin", affiliate("owner", BARD), [], "auth/forbidden"],
    ["admin", affiliate("member", HECATE), [affiliate("admin", HECATE)], "auth/forbidden"],
    ["admin", affiliate("outcast", HECATE), [affiliate("admin", HECATE)], "cancel/not-allowed"],
    ["admin", affiliate("none", HECATE), [affiliate("owner", HECATE)], "auth/forbidden"],
    ["admin", affiliate("outcast", HECATE), [affiliate("owner", HECATE)], "cancel/not-allowed"],
    ["admin", affiliate("outcast", HAG), [], "cancel/conflict"],
    ["admin", affiliate("member", HAG), [], "auth/forbidden"],
    ["member", affiliate("member", BARD), [], "auth/forbidden"],
    ["owner", affiliate("owner", BARD), [], "done"],
    ["owner", affiliate("outcast", HAG), [], "cancel/conflict"],
    ["owner", affiliate("none", HAG), [], "done"],
    // An admin may reserve its own nickname, which leaves the affiliation as it is.
    ["admin", `<item affiliation="admin" jid="${HAG}" nick="thirdwitch"/>`, [], "done"],
    ["owner", affiliate("member", "shakespeare.example"), [], "done"],
    ["owner", affiliate("member", "hecate"), [], "cancel/not-allowed"],
  ])("%s: %s after %j is %s", (own, items, before, outcome) => {
    expect(tried(own, items, before)).toBe(outcome);
  });
});

describe("XEP-0045 5.1.1 what roles allow", () => {
  it.each([
    ["member", give("visitor", "hecate"), [give("moderator", "thirdwitch")], "done"],
    ["member", give("none", "hecate"), [give("moderator", "thirdwitch")], "done"],
    ["member", give("moderator", "hecate"), [give("moderator", "thirdwitch")], "auth/forbidden"],
    [
      "member",
      give("participant", "hecate"),
      [give("moderator", "thirdwitch"), give("moderator", "hecate")],
      "auth/forbidden",
    ],
    [
      "none",
      give("none", "hecate"),
      [give("moderator", "thirdwitch"), affiliate("member", HECATE)],
      "cancel/not-allowed",
    ],
    // Section 5.2: "none" is the absence of an affiliation, so nobody's affiliation equals it (a documented departure).
    ["none", give("visitor", "hecate"), [give("moderator", "thirdwitch")], "done"],
    // Section 8.4 protects equals from losing their voice, section 8.2 does not protect them from a kick.
    [
      "member",
      give("visitor", "hecate"),
      [give("moderator", "thirdwitch"), affiliate("member", HECATE)],
      "cancel/not-allowed",
    ],
    [
      "member",
      give("none", "hecate"),
      [give("moderator", "thirdwitch"), affiliate("member", HECATE)],
      "done",
    ],
    ["admin", give("moderator", "hecate"), [], "done"],
    ["admin", give("participant", "hecate"), [give("moderator", "hecate")], "done"],
    ["admin", give("none", "firstwitch"), [], "cancel/not-allowed"],
    ["owner", give("none", "hecate"), [affiliate("admin", HECATE)], "done"],
    ["owner", give("visitor", "hecate"), [affiliate("admin", HECATE)], "cancel/not-allowed"],
    ["member", give("visitor", "hecate"), [], "auth/forbidden"],
  ])("%s: %s after %j is %s", (own, items, before, outcome) => {
    expect(tried(own, items, before)).toBe(outcome);
  });

  it("an admin who is not in the room grants moderator status, but kicks nobody (8, 9.6)", () => {
    const driver = withThree();
    driver.admin(OWNER, affiliate("admin", BARD));
    const answer = (item: string) => driver.admin(`${BARD}/globe`, item).at(-1);
    expect(errorOf(answer(give("none", "hecate")))).toBe("auth/forbidden");
    expect(answer(give("moderator", "hecate"))?.attrs.type).toBe("result");
  });

  it("visitors neither speak nor change the subject, even where occupants may", () => {
    const driver = withThree({ "muc#roomconfig_moderatedroom": "1", "muc#roomconfig_changesubject": "1" });
    const subject = `<message type="groupchat" to="${ROOM}"><subject>mine</subject></message>`;
    expect(errorOf(driver.say(MEMBER, "hi")[0])).toBe("auth/forbidden");
    expect(errorOf(driver.send(MEMBER, subject)[0])).toBe("auth/forbidden");
  });

  it.each([
    ["anyone", undefined, undefined, undefined],
    ["participants", undefined, undefined, "auth/forbidden"],
    ["moderators", undefined, "auth/forbidden", "auth/forbidden"],
    ["none", "auth/forbidden", "auth/forbidden", "auth/forbidden"],
  ])("private messages for %s (7.5): moderator %s, participant %s, visitor %s", (allowed, ...outcomes) => {
    const driver = withThree({ "muc#roomconfig_allowpm": allowed });
    driver.admin(OWNER, give("visitor", "hecate"));
    const whisper = (nick: string) => `<message type="chat" to="${ROOM}/${nick}"><body>psst</body></message>`;
    const sent = [
      driver.send(OWNER, whisper("thirdwitch")),
      driver.send(MEMBER, whisper("firstwitch")),
      driver.send(OTHER, whisper("thirdwitch")),
    ];
    expect(sent.map(([first]) => errorOf(first))).toEqual(outcomes);
  });

  it.each(["participants", "moderators", "none"])(
    "messages to one's own nickname pass where private messages are for %s (7.5), as to one's other clients",
    (allowed) => {
      const driver = withThree({ "muc#roomconfig_allowpm": allowed });
      const tablet = "hecate@shakespeare.example/tablet";
      driver.join(tablet, "hecate");
      driver.admin(OWNER, give("visitor", "hecate"));
      const marker = `<displayed xmlns="urn:xmpp:chat-markers:0" id="m"/>`;
      for (const content of [marker, "<body>note to self</body>"]) {
        const sent = driver.send(OTHER, `<message type="chat" to="${ROOM}/hecate">${content}</message>`);
        expect(sent.map(brief)).toEqual(["message chat hecate > hecate", "message chat hecate > hecate"]);
        expect(sent.map(({ attrs }) => attrs.to)).toEqual([OTHER, tablet]);
      }
    },
  );
});

describe("XEP-0045 5.1.3 roles that come and go with affiliations", () => {
  const roleAfter = (...items: string[]) => {
    const driver = withThree({ "muc#roomconfig_moderatedroom": "1" });
    for (const item of items) driver.admin(OWNER, item);
    return driver.registry.get("coven")?.occupants.get("thirdwitch")?.role;
  };

  it.each([
    ["participant", [affiliate("member", HAG)]],
    ["moderator", [affiliate("admin", HAG)]],
    ["participant", [affiliate("admin", HAG), affiliate("member", HAG)]],
    ["visitor", [affiliate("owner", HAG), affiliate("none", HAG)]],
    ["moderator", [give("moderator", "thirdwitch"), affiliate("member", HAG)]],
    // A reserved nickname leaves the affiliation as it is, and so the role.
    [
      "visitor",
      [
        affiliate("member", HAG),
        give("visitor", "thirdwitch"),
        `<item affiliation="member" jid="${HAG}" nick="thirdwitch"/>`,
      ],
    ],
  ])("%s after %j", (role, items) => {
    expect(roleAfter(...items)).toBe(role);
  });
});

describe("who enters and who registers", () => {
  it("a full room lets in another client of who is in it, and admins", () => {
    const driver = openRoom({ "muc#roomconfig_maxusers": "2" });
    driver.join(MEMBER, "thirdwitch");
    expect(errorOf(driver.join(OTHER, "hecate")[0])).toBe("wait/service-unavailable");
    expect(errorOf(driver.join(`${MEMBER}2`, "thirdwitch")[0])).toBeUndefined();
    driver.admin(OWNER, affiliate("admin", HECATE));
    expect(errorOf(driver.join(OTHER, "hecate")[0])).toBeUndefined();
  });

  it("the operator's limit holds where the room has none", () => {
    const driver = openRoom({}, { limits: { occupantsPerRoom: 1, historyLength: 10, nicknameLength: 10 } });
    expect(errorOf(driver.join(MEMBER, "thirdwitch")[0])).toBe("wait/service-unavailable");
  });

  it("the service creates no more rooms than the operator allows", () => {
    const driver = openRoom({}, { maxRooms: 1 });
    const [reply] = driver.join(MEMBER, "thirdwitch", "", "heath@chat.example");
    expect(errorOf(reply)).toBe("wait/resource-constraint");
  });

  it("one user creates no more rooms within an hour than the operator allows (14.6)", () => {
    const driver = new Driver({ roomsPerHour: 2, admins: [HAG] });
    const create = (from: string, node: string) =>
      errorOf(driver.join(from, "x", "", `${node}@chat.example`)[0]);
    const created = ["a", "b", "c"].map((node) => create(OWNER, node));
    expect(created).toEqual([undefined, undefined, "wait/resource-constraint"]);
    expect(["e", "f", "g"].map((node) => create(MEMBER, node))).toEqual([undefined, undefined, undefined]);
    driver.now += 3_600_000;
    expect(create(OWNER, "d")).toBeUndefined();
  });

  it("a room that is gone does not count, as one that was left unconfigured (10.1.1, 14.6)", () => {
    const driver = new Driver({ roomsPerHour: 2 });
    for (let n = 0; n < 5; n += 1) {
      expect(errorOf(driver.join(OWNER, "x", "", `r${n}@chat.example`)[0])).toBeUndefined();
      const left = driver.send(OWNER, `<presence type="unavailable" to="r${n}@chat.example/x"/>`);
      expect(left.map(brief)).toEqual(["presence unavailable x > crone1 none/none jid 110"]);
    }
  });

  it("a destroyed room counts as long as its name is not free (10.9)", () => {
    const driver = new Driver({ roomsPerHour: 1 });
    driver.join(OWNER, "firstwitch");
    driver.configure(OWNER, { "muc#roomconfig_persistentroom": "1" });
    driver.owner(OWNER, "<destroy/>");
    expect(errorOf(driver.join(OWNER, "x", "", "heath@chat.example")[0])).toBe("wait/resource-constraint");
  });

  it("service administrators are owners of every room", () => {
    const driver = openRoom({}, { admins: [HAG] });
    expect(driver.owner(MEMBER, "", "get")[0]?.attrs.type).toBe("result");
  });

  it("a service administrator who registers is stored as a member, and owner only as long as it administers", () => {
    const driver = openRoom({ "muc#roomconfig_persistentroom": "1" }, { admins: [HAG] });
    driver.register(MEMBER, "thirdwitch");
    const room = driver.registry.get("coven");
    expect(room?.affiliations.get(HAG)).toMatchObject({ affiliation: "member", nick: "thirdwitch" });
    expect(room?.affiliationOf(HAG)).toBe("owner");
  });

  it("the banned register nowhere (7.10)", () => {
    const driver = openRoom({ "verona#open_registration": "1" });
    driver.admin(OWNER, affiliate("outcast", HAG));
    expect(errorOf(driver.register(MEMBER, "thirdwitch")[0])).toBe("cancel/not-allowed");
  });

  it("admins invite although it is kept to them", () => {
    const driver = withThree();
    driver.admin(OWNER, affiliate("member", HAG));
    driver.configure(OWNER, { "muc#roomconfig_membersonly": "1" });
    const invite = `<message to="${ROOM}"><x xmlns="http://jabber.org/protocol/muc#user"><invite to="${BARD}"/></x></message>`;
    expect(errorOf(driver.send(OWNER, invite)[0])).toBeUndefined();
    expect(errorOf(driver.send(MEMBER, invite)[0])).toBe("auth/forbidden");
  });
});
