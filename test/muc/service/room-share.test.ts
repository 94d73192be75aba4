import { describe, expect, test } from "vitest";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { Driver, errorOf } from "../../support/room-driver.ts";

const enter = (driver: Driver, jid: string, room: string) =>
  errorOf(driver.send(jid, `<presence to="${room}@chat.example/nick"><x xmlns="${NS.muc}"/></presence>`)[0]);
const leave = (driver: Driver, jid: string, room: string) =>
  driver.send(jid, `<presence type="unavailable" to="${room}@chat.example/nick"/>`);
const unlock = (driver: Driver, jid: string, room: string) => {
  const form = `<x xmlns="jabber:x:data" type="submit"><field var="muc#roomconfig_persistentroom"><value>1</value></field></x>`;
  return driver.send(
    jid,
    `<iq type="set" id="o" to="${room}@chat.example"><query xmlns="${NS.mucOwner}">${form}</query></iq>`,
  );
};
const hostile = (n: number) => `a${n}@hostile.example/r`;
const FULL = "wait/resource-constraint";

describe("XEP-0045 14.6 the rooms that users of one domain have created", () => {
  test("are limited for all its users together; other domains are not affected", () => {
    const driver = new Driver({ roomsPerDomain: 3, maxRooms: 100 });
    for (const n of [1, 2, 3]) expect(enter(driver, hostile(n), `room${n}`)).toBeUndefined();
    expect(enter(driver, hostile(4), "room4")).toBe(FULL);
    expect(driver.registry.count).toBe(3);
    expect(enter(driver, "juliet@capulet.example/r", "balcony")).toBeUndefined();
    // Existing rooms may still be entered.
    unlock(driver, hostile(1), "room1");
    expect(
      driver
        .send(hostile(4), `<presence to="room1@chat.example/four"><x xmlns="${NS.muc}"/></presence>`)
        .map(errorOf),
    ).not.toContain(FULL);
  });

  test("count as long as they exist, also after a restart", () => {
    const driver = new Driver({ roomsPerDomain: 2, maxRooms: 100 });
    for (const n of [1, 2]) {
      enter(driver, hostile(n), `room${n}`);
      unlock(driver, hostile(n), `room${n}`);
    }
    const restarted = driver.restarted();
    expect(enter(restarted, hostile(3), "room3")).toBe(FULL);
    restarted.send(
      hostile(1),
      `<iq type="set" id="d" to="room1@chat.example"><query xmlns="${NS.mucOwner}"><destroy/></query></iq>`,
    );
    expect(enter(restarted, hostile(3), "room3")).toBeUndefined();
    leave(restarted, hostile(3), "room3");
    expect(enter(restarted, hostile(4), "room4")).toBeUndefined();
    expect(enter(restarted, hostile(5), "room5")).toBe(FULL);
  });

  test("are not limited for the operator's own users and administrators", () => {
    const driver = new Driver({
      roomsPerDomain: 1,
      maxRooms: 100,
      isLocal: (jid) => jid.endsWith("@example"),
      admins: ["admin@elsewhere.example"],
    });
    for (const n of [1, 2, 3]) {
      expect(enter(driver, `a${n}@example/r`, `local${n}`)).toBeUndefined();
      expect(enter(driver, "admin@elsewhere.example/r", `admin${n}`)).toBeUndefined();
    }
  });
});
