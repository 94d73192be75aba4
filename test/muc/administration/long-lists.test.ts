import { describe, expect, it } from "vitest";
import type { AffiliationRecord } from "../../../src/muc/model/journal.ts";
import { DEFAULT_ROOM_CONFIG } from "../../../src/muc/model/room-config.ts";
import type { Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { Driver, errorOf, OWNER, ROOM } from "../../support/room-driver.ts";

const MOST = 500_000;
const jidOf = (n: number, length: number): string =>
  `member${String(n).padStart(5, "0")}${"x".repeat(length)}@verona.test`;

/** Creates a room of OWNER with members whose addresses are `length` characters longer than necessary. */
function roomWith(members: number, length = 40): Driver {
  const affiliations: AffiliationRecord[] = [
    { jid: "crone1@shakespeare.example", affiliation: "owner", reason: undefined, nick: undefined },
  ];
  // The members are not sorted by address.
  for (let n = members - 1; n >= 0; n -= 1)
    affiliations.push({ jid: jidOf(n, length), affiliation: "member", reason: undefined, nick: undefined });
  const config = { ...DEFAULT_ROOM_CONFIG, persistent: true, whois: "anyone" } as const;
  const rest = { subject: undefined, notes: new Map(), locked: false, sessions: [] };
  return new Driver({ records: [{ node: "coven", config, affiliations, ...rest }] });
}

/** Returns the addresses of one page of the member list and its `set` element. */
function members(driver: Driver, set = "") {
  const query = `<query xmlns="${NS.mucAdmin}"><item affiliation="member"/>${set}</query>`;
  const [reply] = driver.send(OWNER, `<iq type="get" id="l" to="${ROOM}">${query}</iq>`);
  const answer = reply?.getChild("query");
  const rsm = answer?.getChild("set", NS.rsm);
  return {
    size: Buffer.byteLength(String(reply)),
    error: errorOf(reply),
    jids: (answer?.getChildren("item") ?? []).map(({ attrs }) => attrs.jid),
    last: rsm?.getChild("last")?.getText(),
    index: rsm?.getChild("first")?.attrs.index,
    count: rsm?.getChild("count")?.getText(),
  };
}

const page = (content: string): string => `<set xmlns="${NS.rsm}">${content}</set>`;

describe("XEP-0045 9.5 and XEP-0059: a list of affiliations", () => {
  it("is returned as a whole without a set element if it fits into a stanza", () => {
    const { jids, count } = members(roomWith(3_000));
    expect(jids).toHaveLength(3_000);
    expect(count).toBeUndefined();
  });

  it.each([
    ["6 700 members", 6_700, 40],
    ["500 with long addresses", 500, 1_000],
  ])("is cut with a set element if it does not fit into a stanza: %s", (_what, count, length) => {
    const driver = roomWith(count, length);
    const first = members(driver);
    expect(first.size).toBeLessThan(MOST);
    expect(first.size).toBeGreaterThan(MOST / 2);
    expect(first).toMatchObject({ count: String(count), index: "0", last: first.jids.at(-1) });
    const jids = [...first.jids];
    for (let last = first.last; jids.length < count; ) {
      const next = members(driver, page(`<after>${last}</after>`));
      expect(next.size).toBeLessThan(MOST);
      expect(next.index).toBe(String(jids.length));
      jids.push(...next.jids);
      last = next.last;
    }
    expect(jids).toEqual(Array.from({ length: count }, (_, n) => jidOf(n, length)));
  });

  it("is returned in pages on request", () => {
    const driver = roomWith(5);
    const [a, b, c, d, e] = [0, 1, 2, 3, 4].map((n) => jidOf(n, 40));
    expect(members(driver, page("<max>2</max>"))).toMatchObject({ jids: [a, b], index: "0", count: "5" });
    expect(members(driver, page(`<max>2</max><after>${b}</after>`)).jids).toEqual([c, d]);
    expect(members(driver, page("<max>2</max><before/>")).jids).toEqual([d, e]);
    expect(members(driver, page("<max>0</max>"))).toMatchObject({ jids: [], count: "5" });
    expect(members(driver, page("<max>many</max>")).error).toBe("modify/bad-request");
  });

  it("is returned in pages for roles too", () => {
    const driver = roomWith(2);
    driver.join(OWNER, "firstwitch");
    for (const nick of ["c", "b", "a"]) driver.join(`${nick}@verona.test/x`, nick);
    const query = (set: string) =>
      `<iq type="get" id="l" to="${ROOM}"><query xmlns="${NS.mucAdmin}"><item role="participant"/>${set}</query></iq>`;
    const nicks = (set: string) =>
      driver
        .send(OWNER, query(set))[0]
        ?.getChild("query")
        ?.getChildren("item")
        .map(({ attrs }) => attrs.nick);
    expect(nicks("")).toEqual(["c", "b", "a"]);
    expect(nicks(page("<max>2</max><after>a</after>"))).toEqual(["b", "c"]);
  });
});

describe("XEP-0463 5.2.1: a response that does not fit into a stanza", () => {
  /** Returns the messages that a joining client gets before the first presence. */
  const listMessages = (sent: Element[]): Element[] =>
    sent.slice(
      0,
      sent.findIndex((stanza) => stanza.is("presence")),
    );
  const join = (driver: Driver, since?: string): Element[] => {
    const attribute = since === undefined ? "" : ` since="${since}"`;
    return listMessages(
      driver.join(OWNER, "firstwitch", `<mav xmlns="${NS.affiliationVersions}"${attribute}/>`),
    );
  };
  const mavOf = (message: Element | undefined) => message?.getChild("x")?.getChild("mav")?.attrs;

  it("is split into messages whose versions match", () => {
    const driver = roomWith(12_000);
    const messages = join(driver);
    expect(messages.length).toBeGreaterThan(1);
    for (const message of messages) expect(Buffer.byteLength(String(message))).toBeLessThan(MOST);
    const items = messages.flatMap((message) => message.getChild("x")?.getChildren("item") ?? []);
    expect(items).toHaveLength(12_001);
    const versions = messages.map(mavOf);
    expect(versions[0]?.since).toBeUndefined();
    for (const [place, version] of versions.slice(1).entries())
      expect(version?.since).toBe(versions[place]?.until);
    // A client that has only one part gets the whole lists again.
    const again = join(driver, versions[0]?.until);
    expect(again).toHaveLength(messages.length);
    expect(mavOf(again[0])?.since).toBeUndefined();
    expect(join(driver, versions.at(-1)?.until)).toEqual([]);
  });
});
