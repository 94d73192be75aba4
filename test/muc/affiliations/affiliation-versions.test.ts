import { describe, expect, it } from "vitest";
import { child, type Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  brief,
  Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  sentTo,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const BARD = "bard@shakespeare.example";
const CRONE = "crone1@shakespeare.example";

const affiliate = (jid: string, affiliation: string) => `<item affiliation="${affiliation}" jid="${jid}"/>`;
const request = (since?: string) =>
  `<mav xmlns="${NS.affiliationVersions}"${since === undefined ? "" : ` since="${since}"`}/>`;

function mavOf(stanza: Element | undefined) {
  const x = stanza && child(stanza, "x", NS.mucUser);
  const found = x && child(x, "mav", NS.affiliationVersions);
  return found && { since: found.attrs.since, until: found.attrs.until };
}

/** What a join brings: the lists with their version, the place of that message, and the version of the own presence. */
function enter(driver: Driver, from: string, since?: string) {
  const sent = sentTo(driver.join(from, from.split("@")[0] ?? "", request(since)), from);
  const at = sent.findIndex((stanza) => stanza.is("message") && mavOf(stanza) !== undefined);
  const own = sent.find((stanza) => brief(stanza).includes("110"));
  const items = sent[at]?.getChild("x")?.getChildren("item");
  return {
    at,
    told: mavOf(sent[at]),
    items: items && Object.fromEntries(items.map(({ attrs }) => [attrs.jid, attrs.affiliation])),
    current: mavOf(own)?.until,
    refusal: errorOf(sent[0]),
  };
}

/** A non-anonymous room with a member who is away. */
function room(): Driver {
  const driver = openRoom({ "muc#roomconfig_whois": "anyone", "muc#roomconfig_persistentroom": "1" });
  driver.join(OWNER, "firstwitch", request());
  driver.admin(OWNER, affiliate(HAG, "member") + affiliate("evil.example", "outcast"));
  return driver;
}

describe("XEP-0463 5.1 and 5.2.1 the lists on entering", () => {
  it("a first request is answered in full before any presence, as far as the lists are for who asks", () => {
    const driver = room();
    const member = enter(driver, MEMBER);
    expect(member.at).toBe(0);
    expect(member.told).toEqual({ since: undefined, until: member.current });
    expect(member.items).toEqual({ [CRONE]: "owner", [HAG]: "member" });
    expect(enter(driver, `${CRONE}/phone`).items).toEqual({
      [CRONE]: "owner",
      [HAG]: "member",
      "evil.example": "outcast",
    });
  });

  it("who knows the present version is told that it is the present one, and nothing else", () => {
    const driver = room();
    const { current } = enter(driver, MEMBER);
    driver.leave(MEMBER, "hag66");
    expect(enter(driver, MEMBER, current)).toMatchObject({ at: -1, current });
  });

  it("who knows an older one gets what has changed since, also after a restart", () => {
    const driver = room();
    const { current: since } = enter(driver, MEMBER);
    driver.leave(MEMBER, "hag66");
    driver.admin(OWNER, affiliate(BARD, "member"));
    driver.admin(OWNER, affiliate(BARD, "admin"));
    driver.admin(OWNER, affiliate("hecate@shakespeare.example", "outcast"));
    const record = driver.registry.get("coven")?.record();
    if (!record) throw new Error("no room");
    const after = new Driver({ records: [record] });
    const { told, items, current } = enter(after, MEMBER, since);
    expect(told).toEqual({ since, until: current });
    expect(items).toEqual({ [BARD]: "admin", "hecate@shakespeare.example": "none" });
  });

  it("who knows one that the room does not gets the whole lists", () => {
    const driver = room();
    const { current: since } = enter(driver, MEMBER);
    driver.leave(MEMBER, "hag66");
    for (let i = 0; i < 100; i += 1) driver.admin(OWNER, affiliate(BARD, i % 2 ? "none" : "member"));
    expect(enter(driver, MEMBER, since).told?.since).toBe(since);
    driver.leave(MEMBER, "hag66");
    driver.admin(OWNER, affiliate(BARD, "member"));
    expect(enter(driver, MEMBER, since).told?.since).toBeUndefined();
    driver.leave(MEMBER, "hag66");
    expect(enter(driver, MEMBER, "no such version").items).toMatchObject({ [BARD]: "member" });
  });
});

describe("XEP-0463 5.2.2 changes", () => {
  it("each leads from the last version to a new one, by presence and by message", () => {
    const driver = room();
    const { current } = enter(driver, MEMBER);
    const absent = sentTo(driver.admin(OWNER, affiliate(BARD, "member")), MEMBER)[0];
    expect(brief(absent as Element)).toBe("message @ > hag66 member/undefined jid");
    expect(mavOf(absent)?.since).toBe(current);
    const present = sentTo(driver.admin(OWNER, affiliate(HAG, "admin")), OWNER)[0];
    expect(mavOf(present)?.since).toBe(mavOf(absent)?.until);
    expect(mavOf(present)?.until).not.toBe(current);
    expect(mavOf(sentTo(driver.admin(OWNER, affiliate(HAG, "admin")), OWNER)[0])).toBeUndefined();
  });

  it("is for those who had asked when it was made, though they have entered anew without asking before it is written", () => {
    const driver = room();
    enter(driver, MEMBER);
    const query = `<query xmlns="${NS.mucAdmin}">${affiliate(BARD, "member")}</query>`;
    const change = driver.routed(OWNER, `<iq type="set" id="v" to="${ROOM}">${query}</iq>`);
    driver.join(MEMBER, "hag66");
    expect(sentTo(driver.written(change), MEMBER).map((stanza) => mavOf(stanza) !== undefined)).toEqual([
      true,
    ]);
    const next = driver.admin(OWNER, affiliate(BARD, "none"));
    expect(sentTo(next, MEMBER).map((stanza) => mavOf(stanza) !== undefined)).toEqual([false]);
  });

  it("who did not ask on entering is told of no version", () => {
    const driver = room();
    const own = sentTo(driver.join(OTHER, "hecate"), OTHER);
    const absent = sentTo(driver.admin(OWNER, affiliate(BARD, "member")), OTHER);
    const present = sentTo(driver.admin(OWNER, '<item affiliation="member" nick="hecate"/>'), OTHER);
    expect([...own, ...absent, ...present].map(mavOf).filter(Boolean)).toEqual([]);
    expect([absent.length, present.length]).toEqual([1, 1]);
  });

  it("the ban of a domain is told as such, also where it removes somebody", () => {
    const driver = openRoom();
    driver.join(OWNER, "firstwitch", request());
    driver.join("troll@evil.example/cave", "troll");
    const sent = sentTo(driver.admin(OWNER, affiliate("evil.example", "outcast")), OWNER);
    expect(sent.map((stanza) => [brief(stanza), mavOf(stanza) !== undefined])).toEqual([
      ["presence unavailable troll > crone1 outcast/none jid 301", false],
      ["message @ > crone1 outcast/undefined jid 301", true],
      ["iq result @ > crone1", false],
    ]);
  });
});

describe("XEP-0463 5.2.3 and 6 who may not read the lists", () => {
  it("is refused, and told no version at any time", () => {
    const driver = openRoom();
    driver.join(OWNER, "firstwitch", request());
    const { refusal, current } = enter(driver, OTHER);
    expect([refusal, current]).toEqual(["auth/forbidden", undefined]);
    const sent = driver.admin(OWNER, '<item affiliation="member" nick="hecate"/>');
    expect(sentTo(sent, OTHER).map(mavOf)).toEqual([undefined]);
    expect(sentTo(sent, OWNER).map(mavOf)[0]).toBeDefined();
  });
});
