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

/** Joins; returns the lists with their version, the position of that message, and the version in the self-presence. */
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

/** Creates a non-anonymous room with an absent member. */
function room(): Driver {
  const driver = openRoom({ "muc#roomconfig_whois": "anyone", "muc#roomconfig_persistentroom": "1" });
  driver.join(OWNER, "firstwitch", request());
  driver.admin(OWNER, affiliate(HAG, "member") + affiliate("evil.example", "outcast"));
  return driver;
}

describe("XEP-0463 5.1 and 5.2.1 the lists on joining", () => {
  it("a first request gets the lists that the user may read, before any presence", () => {
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

  it("a client with the current version gets that version in its presence and no list", () => {
    const driver = room();
    const { current } = enter(driver, MEMBER);
    driver.leave(MEMBER, "hag66");
    expect(enter(driver, MEMBER, current)).toMatchObject({ at: -1, current });
  });

  it("a client with an older version gets the changes since, also after a restart", () => {
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

  it("a client with an unknown version gets the whole lists", () => {
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
  it("each change has the previous and the new version, in presence and in messages", () => {
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

  it("a version goes to clients that had asked at the time of the change, even if they have rejoined without asking since", () => {
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

  it("a client that did not ask on joining gets no version", () => {
    const driver = room();
    const own = sentTo(driver.join(OTHER, "hecate"), OTHER);
    const absent = sentTo(driver.admin(OWNER, affiliate(BARD, "member")), OTHER);
    const present = sentTo(driver.admin(OWNER, '<item affiliation="member" nick="hecate"/>'), OTHER);
    expect([...own, ...absent, ...present].map(mavOf).filter(Boolean)).toEqual([]);
    expect([absent.length, present.length]).toEqual([1, 1]);
  });

  it("the ban of a domain is announced with its version, also if it removes an occupant", () => {
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

describe("XEP-0463 5.2.3 and 6 a user who may not read the lists", () => {
  it("gets an error, and never a version", () => {
    const driver = openRoom();
    driver.join(OWNER, "firstwitch", request());
    const { refusal, current } = enter(driver, OTHER);
    expect([refusal, current]).toEqual(["auth/forbidden", undefined]);
    const sent = driver.admin(OWNER, '<item affiliation="member" nick="hecate"/>');
    expect(sentTo(sent, OTHER).map(mavOf)).toEqual([undefined]);
    expect(sentTo(sent, OWNER).map(mavOf)[0]).toBeDefined();
  });
});
