// Affiliations that end at a time.
import { describe, expect, it } from "vitest";
import { applyAffiliation } from "../../../src/muc/affiliations/affiliation-change.ts";
import type { Element } from "../../../src/xmpp/element.ts";
import {
  adminList,
  brief,
  type Driver,
  errorOf,
  MEMBER,
  OWNER,
  sentTo,
  withMember,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const HOUR = 3_600_000;
const REASON = "Spam (until 2026-01-01 01:00 UTC)";

function ban(driver: Driver, jid = HAG): Element[] {
  const room = driver.registry.get("coven");
  if (!room) throw new Error("there is no room");
  const until = driver.now + HOUR;
  const change = { affiliation: "outcast", reason: REASON, until } as const;
  return driver.written(driver.registry.runIn(room, () => applyAffiliation(room, jid, change)));
}

const pass = (driver: Driver, milliseconds: number): Element[] => {
  driver.now += milliseconds;
  return driver.written(driver.registry.passTime());
};

const enter = (driver: Driver): string | undefined =>
  errorOf(driver.join(MEMBER, "thirdwitch").find((stanza) => stanza.attrs.type === "error"));

const BANS = '<item affiliation="outcast"/>';

describe("a ban with a time", () => {
  it("keeps the user out until then, also after a restart, and not longer", () => {
    const driver = withMember({ "muc#roomconfig_persistentroom": "1" });
    expect(sentTo(ban(driver), MEMBER).map(brief)).toEqual([
      "presence unavailable thirdwitch > hag66 outcast/none jid 301,110",
    ]);
    driver.now += HOUR - 1;
    expect(enter(driver)).toBe("auth/forbidden");
    const restarted = driver.restarted();
    expect(enter(restarted)).toBe("auth/forbidden");
    restarted.now += 1;
    expect(enter(restarted)).toBeUndefined();
  });

  it("leaves the ban list at its time, which is announced as in XEP-0045 9.2", () => {
    const driver = withMember();
    ban(driver);
    expect(adminList(driver, OWNER, BANS)).toEqual([{ affiliation: "outcast", jid: HAG }]);
    expect(pass(driver, HOUR - 1)).toEqual([]);
    expect(pass(driver, 1).map(brief)).toEqual(["message @ > crone1 none/undefined jid"]);
    expect(adminList(driver, OWNER, BANS)).toEqual([]);
  });

  it("of a domain ends for its users too", () => {
    const driver = withMember();
    driver.leave(MEMBER, "thirdwitch");
    ban(driver, "shakespeare.example");
    expect(enter(driver)).toBe("auth/forbidden");
    driver.now += HOUR;
    expect(enter(driver)).toBeUndefined();
  });

  it("stays timed if a client sends the list back, and is permanent if an admin bans again", () => {
    const set = (driver: Driver, reason: string) =>
      driver.admin(OWNER, `<item jid="${HAG}" affiliation="outcast">${reason}</item>`);
    const listed = withMember();
    ban(listed);
    set(listed, `<reason>${REASON}</reason>`);
    pass(listed, HOUR);
    expect(adminList(listed, OWNER, BANS)).toEqual([]);
    for (const reason of ["", "<reason>For good</reason>"]) {
      const driver = withMember();
      ban(driver);
      set(driver, reason);
      pass(driver, HOUR);
      expect(adminList(driver, OWNER, BANS)).toHaveLength(1);
    }
  });
});
