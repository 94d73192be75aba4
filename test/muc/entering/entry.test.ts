import { describe, expect, it } from "vitest";
import { historyOf } from "../../../src/muc/archive/archive.ts";
import { child } from "../../../src/xmpp/element.ts";
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
  WITH_PAGES,
} from "../../support/room-driver.ts";

const LAPTOP = "hag66@shakespeare.example/laptop";
const HAG = "hag66@shakespeare.example";
const refusalOf = (driver: Driver, nick = "thirdwitch", content = "") =>
  errorOf(driver.join(MEMBER, nick, content)[0]);

describe("XEP-0045 7.2.5 to 7.2.10 order of the access checks", () => {
  it("ban, membership, password, full room, nickname conflict", () => {
    const driver = openRoom({
      "muc#roomconfig_membersonly": "1",
      "muc#roomconfig_passwordprotectedroom": "1",
      "muc#roomconfig_roomsecret": "cauldronburn",
      "muc#roomconfig_maxusers": "1",
    });
    const affiliate = (affiliation: string) =>
      driver.admin(OWNER, `<item affiliation="${affiliation}" jid="${HAG}"/>`);
    const password = "<password>cauldronburn</password>";
    affiliate("outcast");
    expect(refusalOf(driver, " ")).toBe("modify/jid-malformed");
    expect(refusalOf(driver, "firstwitch", password)).toBe("auth/forbidden");
    affiliate("none");
    expect(refusalOf(driver, "firstwitch", password)).toBe("auth/registration-required");
    affiliate("member");
    expect(refusalOf(driver, "firstwitch")).toBe("auth/not-authorized");
    expect(refusalOf(driver, "firstwitch", password)).toBe("wait/service-unavailable");
    driver.configure(OWNER, { "muc#roomconfig_maxusers": "none" });
    expect(refusalOf(driver, "firstwitch", password)).toBe("cancel/conflict");
    expect(refusalOf(driver, "thirdwitch", password)).toBeUndefined();
  });

  it("a password must match exactly; a room without a password ignores it (7.2.5)", () => {
    const driver = openRoom({
      "muc#roomconfig_passwordprotectedroom": "1",
      "muc#roomconfig_roomsecret": "cauldronburn",
    });
    for (const wrong of ["", "<password/>", "<password>Cauldronburn</password>"])
      expect(refusalOf(driver, "thirdwitch", wrong)).toBe("auth/not-authorized");
    expect(refusalOf(openRoom(), "thirdwitch", "<password>any</password>")).toBeUndefined();
  });
});

describe("XEP-0045 7.2.9 a full room", () => {
  const witch = (n: number) => `witch${n}@shakespeare.example`;

  it("still admits ten admins and owners", () => {
    const driver = openRoom({ "muc#roomconfig_maxusers": "1" });
    for (let n = 1; n <= 11; n++) {
      driver.admin(OWNER, `<item affiliation="${n % 2 ? "admin" : "owner"}" jid="${witch(n)}"/>`);
      const refusal = errorOf(driver.join(`${witch(n)}/x`, `witch${n}`)[0]);
      expect(refusal).toBe(n <= 10 ? undefined : "wait/service-unavailable");
    }
  });

  it("admits another client of an occupant with the same nickname, but not with another", () => {
    const driver = openRoom();
    driver.join(MEMBER, "thirdwitch");
    driver.configure(OWNER, { "muc#roomconfig_maxusers": "2" });
    expect(errorOf(driver.join(LAPTOP, "oldhag")[0])).toBe("wait/service-unavailable");
    expect(errorOf(driver.join(LAPTOP, "thirdwitch")[0])).toBeUndefined();
  });
});

describe("XEP-0045 7.2.3 and 7.2.12 warnings on entering", () => {
  const openLogged = () =>
    openRoom({ "muc#roomconfig_enablelogging": "1", "muc#roomconfig_whois": "anyone" }, WITH_PAGES);

  it("status 170 in a publicly logged room, beside 100, to the new occupant only", () => {
    const driver = openLogged();
    const sent = driver.join(MEMBER, "old\u00a0hag");
    expect(sentTo(sent, MEMBER).map(brief)[1]).toBe(
      "presence old hag > hag66 none/participant jid 100,170,210,110",
    );
    expect(sentTo(sent, OWNER).map(brief)).toEqual(["presence old hag > crone1 none/participant jid"]);
  });

  it("are sent to each client and on joining again, not on changes of status", () => {
    const driver = openLogged();
    driver.join(MEMBER, "thirdwitch");
    const own = "presence thirdwitch > hag66 none/participant jid 100,170,110";
    const second = driver.join(LAPTOP, "thirdwitch");
    expect(sentTo(second, LAPTOP).map(brief)).toContain(own);
    expect(sentTo(second, MEMBER).map(brief)).toEqual([
      "presence thirdwitch > hag66 none/participant jid 110",
    ]);
    expect(sentTo(driver.join(MEMBER, "thirdwitch"), MEMBER).map(brief)).toContain(own);
    const update = driver.send(MEMBER, `<presence to="${ROOM}/thirdwitch"><show>xa</show></presence>`);
    expect(sentTo(update, MEMBER).map(brief)).toEqual([
      "presence thirdwitch > hag66 none/participant jid 110",
    ]);
  });
});

const NO_LIMITS = { maxChars: undefined, maxStanzas: undefined, since: undefined };

describe("XEP-0045 7.2.14 managing discussion history", () => {
  const SECOND = 1000;

  /** Sends "one", "two" and "three" 30, 20 and 10 seconds before a join; returns the history of the join. */
  function historyFor(attributes: string, from = OTHER): string {
    const driver = openRoom();
    for (const body of ["one", "two", "three"]) {
      driver.say(OWNER, body);
      driver.now += 10 * SECOND;
    }
    const sent = driver.join(from, "hecate", `<history ${attributes}/>`);
    return sentTo(sent, from)
      .flatMap((stanza) => child(stanza, "body")?.getText() ?? [])
      .join(" ");
  }

  const ago = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + (30 - seconds) * SECOND).toISOString();

  it.each([
    ["", "one two three"],
    ['maxstanzas="2"', "two three"],
    ['maxstanzas="0"', ""],
    ['maxchars="0"', ""],
    ['seconds="20"', "two three"],
    ['seconds="19"', "three"],
    ['seconds="0"', ""],
    [`since="${ago(20)}"`, "two three"],
    [`since="${ago(15).replace(".000Z", "+00:00")}"`, "three"],
    [`since="${ago(15 - 2 * 3600).replace(".000Z", ".25+02:00")}"`, "three"],
    ['since="1970-01-01T00:00:00Z"', "one two three"],
  ])("%s: %j", (attributes, bodies) => expect(historyFor(attributes)).toBe(bodies));

  it.each([
    ['maxstanzas="3" seconds="15"', "three"],
    [`seconds="25" since="${ago(15)}"`, "three"],
    [`seconds="15" since="${ago(25)}"`, "three"],
    ['maxstanzas="1" maxchars="100000" seconds="100"', "three"],
    ['maxstanzas="2" maxchars="0"', ""],
  ])("combined limits all apply: %s", (attributes, bodies) => expect(historyFor(attributes)).toBe(bodies));

  it.each([
    'maxstanzas="-1"',
    'maxchars="many"',
    'seconds="1.5"',
    'since="yesterday"',
    'since="2027"',
    'since=""',
  ])("an invalid value is ignored: %s", (attributes) => expect(historyFor(attributes)).toBe("one two three"));

  it("maxchars counts the characters of whole stanzas as they are sent", () => {
    const driver = openRoom();
    driver.say(OWNER, "one");
    driver.say(OWNER, "👩‍👧 two");
    const from = 'hecate@shakespeare.example/o"broom';
    const history = historyOf(driver.registry.get("coven") ?? expect.fail()).select(NO_LIMITS, from);
    const sizes = history.map(({ head, tail }) => [...`${head}${from.replace('"', "&quot;")}${tail}`].length);
    const [first = 0, last = 0] = sizes;
    const received = (maxchars: number) => {
      driver.leave(from, "hecate");
      const sent = driver.join(from, "hecate", `<history maxchars="${maxchars}"/>`);
      return sentTo(sent, from).filter((stanza) => child(stanza, "body")).length;
    };
    expect([last - 1, last, last + first - 1, last + first].map(received)).toEqual([0, 1, 1, 2]);
  });

  it("the room's own limit applies too, even after it was lowered", () => {
    const driver = openRoom();
    for (const body of ["one", "two", "three"]) driver.say(OWNER, body);
    driver.configure(OWNER, { "muc#maxhistoryfetch": "1" });
    const sent = sentTo(driver.join(OTHER, "hecate", '<history maxstanzas="3"/>'), OTHER);
    expect(sent.filter((stanza) => child(stanza, "body"))).toHaveLength(1);
  });
});

describe("XEP-0045 7.2.18 presence without the MUC extension, from a client that is not in the room", () => {
  const plain = (driver: Driver, room = ROOM) => driver.send(MEMBER, `<presence to="${room}/thirdwitch"/>`);

  it("does not enter and creates no room", () => {
    const driver = new Driver();
    expect(plain(driver).map(brief)).toEqual([
      "presence unavailable thirdwitch > hag66 none/none 110,307,333",
    ]);
    expect(driver.registry.get("coven")).toBeUndefined();
  });

  it("enters if the operator allows it, after the same checks", () => {
    const driver = openRoom({}, { environment: { joinWithoutExtension: true } });
    expect(sentTo(plain(driver), MEMBER).map(brief)).toEqual([
      "presence firstwitch > hag66 owner/moderator",
      "presence thirdwitch > hag66 none/participant jid 110",
      "message groupchat @ > hag66",
    ]);
    driver.leave(MEMBER, "thirdwitch");
    driver.configure(OWNER, { "muc#roomconfig_membersonly": "1" });
    expect(errorOf(plain(driver)[0])).toBe("auth/registration-required");
  });

  it("then creates a room that is not locked, as such a client cannot configure it", () => {
    const driver = new Driver({ environment: { joinWithoutExtension: true } });
    expect(plain(driver).map(brief)).toContain("presence thirdwitch > hag66 owner/moderator jid 201,110");
    expect(errorOf(driver.join(OTHER, "hecate")[0])).toBeUndefined();
  });

  it("with the extension still needs a nickname (7.2.1)", () => {
    const [reply] = openRoom().send(MEMBER, `<presence to="${ROOM}"><x xmlns="${NS.muc}"/></presence>`);
    expect(errorOf(reply)).toBe("modify/jid-malformed");
  });
});

it("XEP-0045 10.2.1: the room sends status 170 when public logging is enabled, and 171 when it is disabled", () => {
  const driver = openRoom({}, WITH_PAGES);
  const codes = (value: string) =>
    driver.configure(OWNER, { "muc#roomconfig_enablelogging": value }).map(brief)[0];
  expect(codes("1")).toBe("message groupchat @ > crone1 170");
  expect(codes("0")).toBe("message groupchat @ > crone1 171");
});
