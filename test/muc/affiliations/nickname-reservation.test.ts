import { describe, expect, it } from "vitest";
import { reservedFor } from "../../../src/muc/room/nicknames.ts";
import {
  type Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  withThree,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const HECATE = "hecate@shakespeare.example";
const BARD = "bard@shakespeare.example";

const member = (jid: string, nick?: string) =>
  `<item affiliation="member" jid="${jid}"${nick === undefined ? "" : ` nick="${nick}"`}/>`;

/** Sends a change of affiliations and returns the answer. */
function answer(driver: Driver, from: string, ...items: string[]): string | undefined {
  const reply = driver.admin(from, items.join("")).at(-1);
  return errorOf(reply) ?? reply?.attrs.type;
}

const roomOf = (driver: Driver) => driver.registry.get("coven");
const occupantsOf = (driver: Driver) => [...(roomOf(driver)?.occupants.keys() ?? [])];
const reservedIn = (driver: Driver, nick: string) => reservedFor(roomOf(driver) ?? expect.fail(), nick);

/** Creates a room with two absent members who have reserved nicknames. */
function withMembers(fields: Record<string, string> = {}): Driver {
  const driver = openRoom({ "muc#roomconfig_persistentroom": "1", ...fields });
  driver.admin(OWNER, member(HAG, "thirdwitch") + member(HECATE, "hecate"));
  return driver;
}

describe("XEP-0045 9.2 and 9.5 nicknames in a list of changes are checked as they are after the changes", () => {
  it("two members can swap theirs, also after a restart", () => {
    const driver = withMembers();
    expect(answer(driver, OWNER, member(HAG, "hecate"), member(HECATE, "thirdwitch"))).toBe("result");
    for (const each of [driver, driver.restarted()])
      expect([reservedIn(each, "hecate"), reservedIn(each, "thirdwitch")]).toEqual([HAG, HECATE]);
  });

  it("an empty nick, a ban or the end of membership in the list frees a nickname", () => {
    const items = [
      member(HECATE, ""),
      `<item affiliation="outcast" jid="${HECATE}"/>`,
      `<item affiliation="none" jid="${HECATE}"/>`,
    ];
    for (const item of items)
      expect(answer(withMembers(), OWNER, member(HAG, "hecate"), item)).toBe("result");
  });

  it.each(["0", "1"])(
    "conflict if two users would share one, in the list or with a user outside it (lookalikes refused: %s)",
    (refused) => {
      const driver = withMembers({ "verona#refuse_lookalikes": refused });
      expect(answer(driver, OWNER, member(HAG, "hecate"), member(HECATE))).toBe("cancel/conflict");
      expect(answer(driver, OWNER, member(HAG, "x"), member(BARD, "hecate"))).toBe("cancel/conflict");
      expect(answer(driver, OWNER, member(HAG, "x"), member(BARD, "x"))).toBe("cancel/conflict");
      expect(reservedIn(driver, "thirdwitch")).toBe(HAG);
    },
  );

  it("an item without nick keeps the reserved nickname", () => {
    const driver = withMembers();
    expect(
      answer(driver, OWNER, member(HAG, "thirdwitch"), `<item affiliation="admin" jid="${HECATE}"/>`),
    ).toBe("result");
    expect(reservedIn(driver, "hecate")).toBe(HECATE);
  });
});

describe("XEP-0045 9.5 permission to evict a user of a nickname by reserving it for another user", () => {
  it("an admin cannot evict an owner or another admin, but can evict others and itself", () => {
    const driver = withThree();
    driver.admin(
      OWNER,
      `<item affiliation="admin" jid="${HAG}"/><item affiliation="admin" jid="${HECATE}"/>`,
    );
    expect(answer(driver, MEMBER, member(BARD, "hecate"))).toBe("cancel/not-allowed");
    expect(answer(driver, MEMBER, member(BARD, "firstwitch"))).toBe("cancel/not-allowed");
    expect(occupantsOf(driver)).toEqual(["firstwitch", "thirdwitch", "hecate"]);
    expect(answer(driver, MEMBER, member(BARD, "thirdwitch"))).toBe("result");
    driver.admin(OWNER, `<item affiliation="member" jid="${HECATE}"/>`);
    driver.join(MEMBER, "hag");
    expect(answer(driver, MEMBER, member(BARD, "hecate"))).toBe("result");
    expect(occupantsOf(driver)).toEqual(["firstwitch", "hag"]);
  });

  it("an owner can evict everybody", () => {
    const driver = withThree();
    driver.admin(OWNER, `<item affiliation="owner" jid="${HECATE}"/>`);
    expect(answer(driver, OWNER, member(BARD, "hecate"))).toBe("result");
    expect(occupantsOf(driver)).toEqual(["firstwitch", "thirdwitch"]);
  });
});

describe("XEP-0045 9.5 and 14.6 a reserved nickname and its lookalikes", () => {
  it("evicts the user of a lookalike who may be evicted", () => {
    const driver = openRoom();
    driver.join(OTHER, "Тhirdwitch");
    expect(answer(driver, OWNER, member(HAG, "FirstWitch"))).toBe("result");
    expect(occupantsOf(driver)).toEqual(["Тhirdwitch"]);
    driver.join(OWNER, "crone");
    expect(answer(driver, OWNER, member(HAG, "thirdwitch"))).toBe("result");
    expect(occupantsOf(driver)).toEqual(["crone"]);
    driver.join(OTHER, "Тhirdwitch");
    driver.join(MEMBER, "thirdwitch");
    expect(occupantsOf(driver)).toEqual(["crone", "thirdwitch"]);
  });

  it("is not-allowed for an admin if an owner uses a lookalike", () => {
    const driver = withThree();
    driver.admin(OWNER, `<item affiliation="admin" jid="${HAG}"/>`);
    expect(answer(driver, MEMBER, member(BARD, "FIRSTWITCH"))).toBe("cancel/not-allowed");
  });

  it("conflict if a lookalike is reserved for another user, before the list or in it", () => {
    const driver = withMembers();
    expect(answer(driver, OWNER, member(BARD, "HECATE"))).toBe("cancel/conflict");
    expect(answer(driver, OWNER, member(BARD, "witch"), member(HAG, "Witch"))).toBe("cancel/conflict");
    expect(answer(driver, OWNER, member(HECATE, "Hecate"), member(HAG, "HECATE"))).toBe("cancel/conflict");
    expect(answer(driver, OWNER, member(HECATE, "THIRDWITCH"), member(HAG, "HECATE"))).toBe("result");
  });

  it("lookalikes are ignored if the room does not refuse them", () => {
    const driver = withMembers({ "verona#refuse_lookalikes": "0" });
    expect(answer(driver, OWNER, member(BARD, "HECATE"), member(OTHER, "FirstWitch"))).toBe("result");
    expect(occupantsOf(driver)).toEqual(["firstwitch"]);
  });
});

describe("XEP-0045 7.2.8, 7.6 and 7.10 lookalike nicknames that were reserved while the room allowed them", () => {
  /** Reserves "hecate" for a member and "HECATE" for the present owner. Then the room starts to refuse lookalikes. */
  function withAlike(): Driver {
    const driver = openRoom({ "muc#roomconfig_persistentroom": "1", "verona#refuse_lookalikes": "0" });
    driver.admin(OWNER, member(HAG, "hecate") + member(HECATE));
    driver.register(OWNER, "HECATE");
    driver.configure(OWNER, { "verona#refuse_lookalikes": "1" });
    return driver;
  }

  it("stay reserved: both users enter with theirs or are renamed to them, at the same time and also after a restart", () => {
    for (const driver of [withAlike(), withAlike().restarted()]) {
      driver.join(MEMBER, "hecate");
      expect(occupantsOf(driver)).toEqual(["HECATE", "hecate"]);
      driver.join(MEMBER, "hag");
      driver.join(OWNER, "crone");
      expect(occupantsOf(driver)).toEqual(["hag", "crone"]);
      driver.join(OWNER, "HECATE");
      driver.join(MEMBER, "hecate");
      expect(occupantsOf(driver)).toEqual(["HECATE", "hecate"]);
    }
  });

  it("are refused to all others in any form; each is a conflict for the user of the other", () => {
    const driver = withAlike();
    const refusals = [
      driver.join(OTHER, "Hecate"),
      driver.join(OTHER, "hecate"),
      driver.join(MEMBER, "HECATE"),
      driver.register(MEMBER, "Hecate"),
    ];
    expect(refusals.map((sent) => errorOf(sent.at(-1)))).toEqual(Array(4).fill("cancel/conflict"));
    expect(answer(driver, OWNER, member(HECATE, "Hecate"))).toBe("cancel/conflict");
  });

  it("can be registered and listed again unchanged", () => {
    const driver = withAlike();
    driver.join(MEMBER, "hecate");
    expect(driver.register(MEMBER, "hecate").at(-1)?.attrs.type).toBe("result");
    expect(answer(driver, OWNER, `<item affiliation="admin" jid="${HAG}" nick="hecate"/>`)).toBe("result");
    expect(occupantsOf(driver)).toEqual(["HECATE", "hecate"]);
  });

  it("cannot be registered by a third user of a lookalike while the reservation lasts", () => {
    const driver = openRoom({ "muc#roomconfig_persistentroom": "1", "verona#refuse_lookalikes": "0" });
    driver.admin(OWNER, member(HAG, "hecate") + member(HECATE));
    driver.join(OTHER, "HECATE");
    driver.configure(OWNER, { "verona#refuse_lookalikes": "1" });
    expect(errorOf(driver.register(OTHER, "HECATE").at(-1))).toBe("cancel/conflict");
    driver.unregister(MEMBER);
    expect(driver.register(OTHER, "HECATE").at(-1)?.attrs.type).toBe("result");
  });
});
