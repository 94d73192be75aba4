import { describe, expect, test } from "vitest";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  type Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  sentTo,
} from "../../support/room-driver.ts";

const MINUTE = 60_000;
const LIMITS = { raidEntries: 5, raidRefusals: 5 };
const bare = (jid: string): string => jid.split("/")[0] ?? jid;
const stranger = (n: number) => `user${n}@far.example/phone`;

/** Returns a room of OWNER with MEMBER, who has no affiliation, an hour after their joins. */
function room(fields: Record<string, string> = {}, limits = LIMITS): Driver {
  const driver = openRoom({ "muc#roomconfig_persistentroom": "1", ...fields }, { limits });
  driver.join(MEMBER, "thirdwitch");
  driver.now += 60 * MINUTE;
  return driver;
}

function raid(driver: Driver, times: number, from = 0) {
  return Array.from({ length: times }, (_, n) => driver.join(stranger(from + n), `u${from + n}`));
}
const roleOf = (driver: Driver, from: string) => driver.registry.get("coven")?.sessions.get(from)?.role;
const pass = (driver: Driver, minutes: number) => {
  driver.now += minutes * MINUTE;
  return driver.written(driver.registry.passTime());
};
const told = (stanzas: ReturnType<Driver["join"]>, to: string) =>
  sentTo(stanzas, to).flatMap((stanza) =>
    stanza.attrs.from === `${ROOM}/(room)` ? (stanza.getChild("body")?.getText() ?? []) : [],
  );
const acts = (driver: Driver) =>
  driver.journal.flatMap((entry) =>
    entry.kind === "act-recorded" && entry.act.kind.startsWith("lockdown") ? [entry.act] : [],
  );
const command = (driver: Driver, from: string, node: string, values?: Record<string, string>) => {
  const fields = Object.entries({ FORM_TYPE: "verona#moderation", ...values }).map(
    ([name, value]) => `<field var="${name}"><value>${value}</value></field>`,
  );
  const form = values ? `<x xmlns="jabber:x:data" type="submit">${fields.join("")}</x>` : "";
  return driver.send(
    from,
    `<iq type="set" id="c" to="${ROOM}"><command xmlns="${NS.commands}" node="${node}">${form}</command></iq>`,
  );
};
const lockDown = (driver: Driver, effect: string, minutes = "10", from = OWNER) =>
  command(driver, from, "verona#lock-down", { effect, minutes });
const lift = (driver: Driver, from = OWNER) => command(driver, from, "verona#end-lock-down");

describe("a raid (section 14.6)", () => {
  test("is noticed when more newcomers enter within a minute than the operator allows", () => {
    const driver = room();
    expect(raid(driver, 5).flatMap((stanzas) => told(stanzas, OWNER))).toEqual([]);
    expect(roleOf(driver, stranger(0))).toBe("participant");
    const [sixth = []] = raid(driver, 1, 5);
    expect(told(sixth, OWNER)).toEqual([
      "Many users without affiliation entered within a short time. This room is locked down for 15 minutes: newcomers without affiliation have no voice. An admin can end it by a command of the room.",
    ]);
    expect(told(sixth, MEMBER)).toEqual([]);
    expect([0, 5].map((n) => roleOf(driver, stranger(n)))).toEqual(["visitor", "visitor"]);
    expect(roleOf(driver, MEMBER)).toBe("participant");
    expect(acts(driver)).toMatchObject([{ kind: "lockdown-begun", by: undefined, rule: "raid-entries" }]);
  });

  test("is noticed when more newcomers enter than there are people who are known, more than 20 at any rate", () => {
    const visits = (people: number, newcomers: number) => {
      const driver = room({}, { raidEntries: 100, raidRefusals: 0 });
      // With OWNER and MEMBER, who are inside already.
      for (let n = 2; n < people; n += 1) driver.join(`known${n}@near.example/desk`, `k${n}`);
      pass(driver, 10);
      raid(driver, newcomers);
      return acts(driver).map(({ rule }) => rule);
    };
    expect(visits(5, 20)).toEqual([]);
    expect(visits(5, 21)).toEqual(["raid-entries"]);
    expect(visits(30, 30)).toEqual([]);
    expect(visits(30, 31)).toEqual(["raid-entries"]);
    // A meeting may be about to begin.
    expect(visits(4, 100)).toEqual([]);
    expect(visits(4, 101)).toEqual(["raid-entries"]);
  });

  const seen = (stanzas: ReturnType<Driver["join"]>, to: string) =>
    sentTo(stanzas, to).flatMap(({ attrs }) => {
      const [, nick = ""] = (attrs.from ?? "").split("/");
      return /^u\d$/.test(nick) ? [`${nick} ${attrs.type ?? "available"}`] : [];
    });

  test("hides newcomers without voice from the others until it ends, and shows itself to them", () => {
    const driver = room({ "verona#lockdown_minutes": "2" });
    raid(driver, 5);
    const [sixth = []] = raid(driver, 1, 5);
    expect(seen(sixth, MEMBER).toSorted()).toEqual([0, 1, 2, 3, 4].map((n) => `u${n} unavailable`));
    expect(seen(sixth, stranger(5))).toContain("u5 available");
    const [seventh = []] = raid(driver, 1, 6);
    expect(seen(seventh, MEMBER)).toEqual([]);
    expect(sentTo(seventh, stranger(6)).map(({ attrs }) => attrs.from)).toContain(`${ROOM}/thirdwitch`);
    expect(seen(driver.leave(stranger(6), "u6"), MEMBER)).toEqual([]);
    const shown = [0, 1, 2, 3, 4, 5].map((n) => `u${n} available`);
    expect(seen(pass(driver, 2), MEMBER).toSorted()).toEqual(shown);
  });

  test("hides newcomers from their own other clients too, under another nickname", () => {
    const driver = room();
    raid(driver, 6);
    const froms = driver.join("user0@far.example/desk", "second").map(({ attrs }) => attrs.from);
    expect(froms).not.toContain(`${ROOM}/u0`);
    expect(froms).toContain(`${ROOM}/second`);
  });

  test("shows the visitors of a moderated room", () => {
    const driver = room({ "muc#roomconfig_moderatedroom": "1" });
    expect(roleOf(driver, MEMBER)).toBe("visitor");
    raid(driver, 6);
    const nicks = driver.join(OTHER, "hecate").flatMap(({ attrs }) => (attrs.from ?? "").split("/")[1] ?? []);
    expect(nicks).toContain("thirdwitch");
    expect(nicks).toContain("u0");
  });

  test("is told once, and ends after its time: newcomers get their voice", () => {
    const driver = room({ "verona#lockdown_minutes": "2" });
    expect(raid(driver, 9).flatMap((stanzas) => told(stanzas, OWNER))).toHaveLength(1);
    pass(driver, 1);
    expect(roleOf(driver, stranger(0))).toBe("visitor");
    expect(told(pass(driver, 1), OWNER)).toEqual(["The lock-down of this room has ended."]);
    expect(roleOf(driver, stranger(0))).toBe("participant");
    expect(driver.registry.get("coven")?.notes.has("lockdown")).toBe(false);
    expect(acts(driver).at(-1)).toMatchObject({ kind: "lockdown-ended", by: undefined });
  });

  test.each(["member", "admin", "owner"])("does not take the voice of a %s", (affiliation) => {
    const driver = room();
    driver.admin(OWNER, `<item affiliation="${affiliation}" jid="${bare(OTHER)}"/>`);
    raid(driver, 6);
    driver.join(OTHER, "hecate");
    expect(roleOf(driver, OTHER)).not.toBe("visitor");
    expect(roleOf(driver, OWNER)).toBe("moderator");
  });

  test("lets newcomers ask no other occupant for anything (section 17.4), until it ends", () => {
    const driver = room({ "verona#lockdown_minutes": "2" });
    const ask = (from: string, nick: string) =>
      driver
        .send(from, `<iq type="get" id="v" to="${ROOM}/${nick}"><vCard xmlns="${NS.vcard}"/></iq>`)
        .map(({ attrs }) => [bare(attrs.to ?? ""), attrs.type]);
    raid(driver, 6);
    expect(ask(stranger(0), "thirdwitch")).toEqual([[bare(stranger(0)), "error"]]);
    expect(ask(stranger(0), "u0")).not.toEqual([[bare(stranger(0)), "error"]]);
    expect(ask(MEMBER, "u0")).toEqual([[bare(stranger(0)), "get"]]);
    pass(driver, 2);
    expect(ask(stranger(0), "thirdwitch")).toEqual([[bare(MEMBER), "get"]]);
  });

  test("is none when those come back who were inside for ten minutes", () => {
    const driver = room({}, { ...LIMITS, raidEntries: 20 });
    raid(driver, 20);
    pass(driver, 10);
    for (let n = 0; n < 20; n += 1) driver.leave(stranger(n), `u${n}`);
    raid(driver, 20);
    expect(acts(driver)).toEqual([]);
  });

  test("is not waited out by a newcomer without voice", () => {
    const driver = room();
    raid(driver, 6);
    pass(driver, 12);
    driver.leave(stranger(0), "u0");
    driver.join(stranger(0), "u0");
    expect(roleOf(driver, stranger(0))).toBe("visitor");
  });

  test.each([
    ["the owner wants it so", { "verona#raid_action": "none" }],
    ["only members enter anyway", { "muc#roomconfig_membersonly": "1" }],
    ["a lock-down would take no time", { "verona#lockdown_minutes": "0" }],
  ])("has no consequence if %s", (_, fields) => {
    const driver = room(fields);
    raid(driver, 20);
    expect(acts(driver)).toEqual([]);
  });

  test("is what the owner takes for one, if the operator does not allow less", () => {
    const driver = room({ "verona#raid_entries": "2" });
    raid(driver, 3);
    expect(acts(driver)).toHaveLength(1);
    const off = room({}, { raidEntries: 0, raidRefusals: 0 });
    raid(off, 50);
    expect(acts(off)).toEqual([]);
  });

  test("closes the room to newcomers, if the owner wants it", () => {
    const driver = room({ "verona#raid_action": "refuse" });
    const [sixth] = raid(driver, 6).slice(-1);
    expect(sixth?.map(errorOf)).toContain("wait/resource-constraint");
    expect(roleOf(driver, stranger(5))).toBeUndefined();
    expect(new Map<string, number>(driver.registry.environment.refusals.all()).get("lock-down")).toBe(1);
    driver.leave(MEMBER, "thirdwitch");
    expect(driver.join(MEMBER, "thirdwitch").map(errorOf)).not.toContain("wait/resource-constraint");
    expect(driver.join(`${bare(stranger(0))}/desk`, "u0").map(errorOf)).not.toContain(
      "wait/resource-constraint",
    );
  });

  test("is noticed by refusals of many, of which five of one user count", () => {
    const rates = {
      ...{ messagesPerMinute: 1, statesPerMinute: 0, privateMessagesPerMinute: 0, entriesPerMinute: 0 },
      ...{ nicknamesPerMinute: 0, presencePerMinute: 0, invitationsPerMinute: 0, requestsPerMinute: 0 },
      ...{ archiveQueriesPerMinute: 0, searchesPerMinute: 0, discoPerMinute: 0, domainRateFactor: 0 },
    };
    const driver = openRoom(
      { "verona#flood_action": "none" },
      { limits: { raidRefusals: 5, raidEntries: 0 }, rates },
    );
    driver.join(MEMBER, "thirdwitch");
    driver.join(OTHER, "hecate");
    for (let n = 0; n < 20; n += 1) driver.say(MEMBER, "hail");
    expect(acts(driver)).toEqual([]);
    driver.say(OTHER, "hail");
    driver.say(OTHER, "hail");
    expect(acts(driver)).toMatchObject([{ kind: "lockdown-begun", rule: "raid-refusals" }]);
    expect([MEMBER, OTHER].map((from) => roleOf(driver, from))).toEqual(["visitor", "visitor"]);
  });
});

describe("the commands of a lock-down", () => {
  test("begin one by hand, which a restart does not end", () => {
    const driver = room();
    const sent = lockDown(driver, "visitors");
    expect(told(sent, OWNER)).toHaveLength(1);
    expect(acts(driver)).toMatchObject([{ kind: "lockdown-begun", by: bare(OWNER) }]);
    const again = driver.restarted();
    again.join(stranger(1), "u1");
    expect(roleOf(again, stranger(1))).toBe("visitor");
    expect(roleOf(again, MEMBER)).toBe("participant");
  });

  test("end one, and the room begins none by itself until it would have ended", () => {
    const driver = room();
    raid(driver, 6);
    expect(told(lift(driver), OWNER)).toEqual(["The lock-down of this room has ended."]);
    expect(roleOf(driver, stranger(0))).toBe("participant");
    raid(driver, 20, 6);
    expect(roleOf(driver, stranger(20))).toBe("participant");
    pass(driver, 15);
    raid(driver, 6, 30);
    expect(roleOf(driver, stranger(35))).toBe("visitor");
  });

  test("leave alone whose voice a moderator has revoked", () => {
    const driver = room();
    driver.admin(OWNER, '<item nick="thirdwitch" role="visitor"/>');
    lockDown(driver, "visitors");
    lift(driver);
    expect(roleOf(driver, MEMBER)).toBe("visitor");
  });

  test("are for admins and owners", () => {
    const driver = room();
    driver.admin(OWNER, '<item nick="thirdwitch" role="moderator"/>');
    expect(lockDown(driver, "refuse", "10", MEMBER).map(errorOf)).toEqual(["cancel/forbidden"]);
    lockDown(driver, "refuse");
    expect(lift(driver, MEMBER).map(errorOf)).toEqual(["cancel/forbidden"]);
  });

  test.each([
    ["king", "10"],
    ["none", "10"],
    ["visitors", "0"],
    ["visitors", "525601"],
    ["visitors", "x"],
  ])("refuse the values %s, %s", (effect, minutes) => {
    const driver = room();
    expect(lockDown(driver, effect, minutes).map(errorOf)).toEqual(["modify/bad-request"]);
    expect(acts(driver)).toEqual([]);
  });
});
