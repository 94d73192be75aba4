import { describe, expect, it } from "vitest";
import { nextRecipients } from "../../../src/muc/model/output-text.ts";
import { Audience } from "../../../src/muc/permissions/audience.ts";
import { audienceOf } from "../../../src/muc/permissions/room-audience.ts";
import { MEMBER, OTHER, OWNER, ROOM, withThree } from "../../support/room-driver.ts";

const NOT_WRITTEN_YET = "what is said before is for those who were there then";

/** Returns a function that finds the recipients of this moment: all, those who see real JIDs, and the others. */
function moment(driver: ReturnType<typeof withThree>) {
  const audience = audienceOf(driver.registry.get("coven") ?? expect.fail());
  const lists = { all: audience.everybody(), seeing: audience.seeing(true), others: audience.seeing(false) };
  return (isLate = false) => Object.values(lists).map((list) => nextRecipients(list, 0, { isLate }).found);
}

describe("whom a room speaks to, when what it says is written later", () => {
  it.each<[string, (driver: ReturnType<typeof withThree>) => void, string[][]]>([
    [
      "a new role (XEP-0045 7.2.4)",
      (driver) => driver.admin(OWNER, '<item nick="hecate" role="moderator"/>'),
      [[OWNER, MEMBER, OTHER], [OWNER, OTHER], [MEMBER]],
    ],
    [
      "real JIDs shown to everybody (XEP-0045 7.2.3)",
      (driver) => driver.configure(OWNER, { "muc#roomconfig_whois": "anyone" }),
      [[OWNER, MEMBER, OTHER], [OWNER, MEMBER, OTHER], []],
    ],
    [
      "a new nickname (XEP-0045 7.6)",
      (driver) => driver.send(MEMBER, `<presence to="${ROOM}/oldhag"/>`),
      [[OWNER, MEMBER, OTHER], [OWNER], [MEMBER, OTHER]],
    ],
    [
      "somebody who leaves (XEP-0045 7.14)",
      (driver) => driver.leave(MEMBER, "thirdwitch"),
      [[OWNER, OTHER], [OWNER], [OTHER]],
    ],
    [
      "somebody who enters (XEP-0045 7.2)",
      (driver) => driver.join("wiccarocks@shakespeare.example/laptop", "fourth"),
      [
        [OWNER, MEMBER, OTHER, "wiccarocks@shakespeare.example/laptop"],
        [OWNER],
        [MEMBER, OTHER, "wiccarocks@shakespeare.example/laptop"],
      ],
    ],
    [
      "a rest of the room",
      (driver) => void driver.registry.passTime(),
      [[OWNER, MEMBER, OTHER], [OWNER], [MEMBER, OTHER]],
    ],
  ])("knows of %s", (_what, change, after) => {
    const driver = withThree();
    driver.now += 60_000;
    const before = moment(driver);
    change(driver);
    const sorted = moment(driver)().map((list) => list.toSorted());
    expect(sorted).toEqual(after.map((list) => list.toSorted()));
    expect(before(), NOT_WRITTEN_YET).toEqual([[OWNER, MEMBER, OTHER], [OWNER], [MEMBER, OTHER]]);
    const isInside = driver.registry.get("coven")?.sessions.has(MEMBER);
    const told = [[OWNER, MEMBER, OTHER], [OWNER], isInside ? [MEMBER, OTHER] : [OTHER]];
    expect(before(true), "who has left is not told late of the others").toEqual(told);
  });

  it("takes nobody for gone who has come back (XEP-0045 7.2)", () => {
    const driver = withThree();
    const before = moment(driver);
    driver.leave(MEMBER, "thirdwitch");
    driver.join(MEMBER, "thirdwitch");
    expect(before(true)[2]).toContain(MEMBER);
    expect(moment(driver)(true)[2]?.filter((jid) => jid === MEMBER)).toEqual([MEMBER]);
  });

  it("takes no new place for a client of which nothing has changed", () => {
    const audience = new Audience();
    const occupant = withThree().registry.get("coven")?.occupants.get("hecate") ?? expect.fail();
    for (let n = 0; n < 5; n += 1) audience.enter(OTHER, occupant, false);
    expect(audience.everybody().length).toBe(1);
  });

  it("counts those whom it finds, also when a client belongs to another occupant now (XEP-0045 7.6)", () => {
    const audience = new Audience();
    const { occupants } = withThree().registry.get("coven") ?? expect.fail();
    const [before, after] = ["hecate", "thirdwitch"].map((nick) => occupants.get(nick) ?? expect.fail());
    if (!before || !after) throw new Error("both are there");
    audience.enter(OTHER, after, false);
    const others = audience.besides(before);
    expect(nextRecipients(others.seeing(false)).found).toEqual([OTHER]);
    expect(others.count).toBe(1);
  });

  it("forgets the places of those who have left, but not for what was said to them", () => {
    const audience = new Audience();
    const driver = withThree();
    const occupant = driver.registry.get("coven")?.occupants.get("hecate") ?? expect.fail();
    const jids = Array.from({ length: 300 }, (_, index) => `user${index}@b.example/x`);
    for (const jid of jids) audience.enter(jid, occupant, false);
    const before = audience.everybody();
    for (const jid of jids.slice(10)) audience.leave(jid);
    expect(audience.everybody().length).toBeLessThan(100);
    expect(nextRecipients(audience.everybody()).found).toEqual(jids.slice(0, 10));
    expect(nextRecipients(before).found).toEqual(jids);
  });
});
