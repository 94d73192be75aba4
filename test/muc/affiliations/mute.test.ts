// Mutes: accounts without voice until a time.
import { describe, expect, it } from "vitest";
import { muteAccount, unmuteAccount } from "../../../src/muc/affiliations/mute.ts";
import { MAX_MUTES, mutesOf } from "../../../src/muc/permissions/mutes.ts";
import { refuseMeasure } from "../../../src/muc/permissions/privileges.ts";
import type { Room } from "../../../src/muc/room/room.ts";
import type { Element } from "../../../src/xmpp/element.ts";
import {
  brief,
  type Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  ROOM,
  sentTo,
  withMember,
  withThree,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const CRONE = "crone1@shakespeare.example";
const MINUTE = 60_000;

function roomOf(driver: Driver): Room {
  const room = driver.registry.get("coven");
  if (!room) throw new Error("there is no room");
  return room;
}

/** Runs a rule on the room; returns what it sends. */
const act = (driver: Driver, action: (room: Room) => void): Element[] =>
  driver.written(driver.registry.runIn(roomOf(driver), action));

const mute = (driver: Driver, jid = HAG, minutes = 10): Element[] =>
  act(
    driver,
    (room) => void muteAccount(room, { jid, until: driver.now + minutes * MINUTE, reason: "Too loud" }),
  );

const pass = (driver: Driver, milliseconds: number): Element[] => {
  driver.now += milliseconds;
  return driver.written(driver.registry.passTime());
};

const roleOf = (driver: Driver, jid = MEMBER): string | undefined => roomOf(driver).sessions.get(jid)?.role;

describe("a mute", () => {
  it("revokes voice as in XEP-0045 8.4, with its reason, and tells the user until when", () => {
    const driver = withMember();
    const sent = mute(driver);
    expect(sent.map(brief)).toEqual([
      "presence thirdwitch > crone1 none/visitor jid",
      "presence thirdwitch > hag66 none/visitor jid 110",
    ]);
    expect(sent[0]?.getChild("x")?.getChild("item")?.getChild("reason")?.getText()).toBe("Too loud");
    const [refusal] = driver.say(MEMBER, "But");
    expect(errorOf(refusal)).toBe("auth/forbidden");
    expect(refusal?.getChild("error")?.getChild("text")?.getText()).toContain(
      "until 2026-01-01T00:10:00.000Z",
    );
  });

  it("ends by itself at its time: voice comes back as in 8.3", () => {
    const driver = withMember();
    mute(driver);
    expect(pass(driver, 10 * MINUTE - 1)).toEqual([]);
    expect(pass(driver, 1).map(brief)).toEqual([
      "presence thirdwitch > crone1 none/participant jid",
      "presence thirdwitch > hag66 none/participant jid 110",
    ]);
    expect(roomOf(driver).notes.has("mutes")).toBe(false);
  });

  it("outlasts visits, nicknames and a restart", () => {
    const driver = withMember({ "muc#roomconfig_persistentroom": "1" });
    mute(driver);
    driver.leave(MEMBER, "thirdwitch");
    driver.join(MEMBER, "hag");
    expect(roleOf(driver)).toBe("visitor");
    const restarted = driver.restarted();
    expect(roleOf(restarted)).toBe("visitor");
    pass(restarted, 10 * MINUTE);
    expect(roleOf(restarted)).toBe("participant");
  });

  it("of an absent account applies when it enters, and not after its time", () => {
    const driver = withMember({ "muc#roomconfig_persistentroom": "1" });
    driver.leave(MEMBER, "thirdwitch");
    expect(mute(driver)).toEqual([]);
    driver.now += 10 * MINUTE;
    driver.join(MEMBER, "thirdwitch");
    expect(roleOf(driver)).toBe("participant");
  });

  it("gives back what the user would have: no voice where a moderator or the room took it", () => {
    const driver = withMember();
    mute(driver);
    driver.admin(OWNER, '<item nick="thirdwitch" role="visitor"/>');
    pass(driver, 10 * MINUTE);
    expect(roleOf(driver)).toBe("visitor");
    const moderated = withMember({ "muc#roomconfig_moderatedroom": "1" });
    moderated.admin(OWNER, '<item nick="thirdwitch" role="participant"/>');
    mute(moderated);
    expect(roleOf(moderated)).toBe("visitor");
    pass(moderated, 10 * MINUTE);
    expect(roleOf(moderated)).toBe("participant");
  });

  it("stays when the room opens and when the user becomes a member", () => {
    const driver = withMember({ "muc#roomconfig_moderatedroom": "1" });
    mute(driver);
    driver.configure(OWNER, { "muc#roomconfig_moderatedroom": "0" });
    expect(roleOf(driver)).toBe("visitor");
    driver.admin(OWNER, `<item jid="${HAG}" affiliation="member"/>`);
    expect(roleOf(driver)).toBe("visitor");
    pass(driver, 10 * MINUTE);
    expect(roleOf(driver)).toBe("participant");
  });

  it("ends when a moderator grants voice, and for who becomes an admin or is banned", () => {
    for (const item of [
      '<item nick="thirdwitch" role="participant"/>',
      `<item jid="${HAG}" affiliation="admin"/>`,
      `<item jid="${HAG}" affiliation="outcast"/>`,
    ]) {
      const driver = withMember();
      mute(driver);
      driver.admin(OWNER, item);
      expect(mutesOf(roomOf(driver))).toEqual([]);
    }
  });

  it("is never that of an admin or owner", () => {
    const driver = withMember();
    expect(mute(driver, CRONE)).toEqual([]);
    expect(mutesOf(roomOf(driver))).toEqual([]);
    expect(roleOf(driver, OWNER)).toBe("moderator");
  });

  it("leaves private messages to moderators only, and no invitations", () => {
    const driver = withThree();
    const write = (to: string) =>
      driver.send(MEMBER, `<message type="chat" to="${ROOM}/${to}"><body>Why?</body></message>`).map(brief);
    mute(driver);
    expect(write("hecate")).toEqual(["message error hecate > hag66 forbidden"]);
    expect(write("firstwitch")).toEqual(["message chat thirdwitch > crone1"]);
    const invite = `<message to="${ROOM}"><x xmlns="http://jabber.org/protocol/muc#user"><invite to="a@b.example"/></x></message>`;
    expect(driver.send(MEMBER, invite).map(errorOf)).toEqual(["auth/forbidden"]);
    act(driver, (room) => void unmuteAccount(room, HAG));
    expect(write("hecate")).toEqual(["message chat thirdwitch > hecate"]);
  });

  it("of the oldest ends early when a room has too many", () => {
    const driver = withMember();
    mute(driver);
    for (let i = 1; i < MAX_MUTES; i++) mute(driver, `user${i}@b.example`);
    expect(roleOf(driver)).toBe("visitor");
    expect(sentTo(mute(driver, "last@b.example"), OWNER).map(brief)).toEqual([
      "presence thirdwitch > crone1 none/participant jid",
    ]);
    expect(mutesOf(roomOf(driver))).toHaveLength(MAX_MUTES);
  });
});

describe("who may mute", () => {
  it.each<[who: string, jid: string, refusal: string | undefined]>([
    ["owner", HAG, undefined],
    ["owner", "absent@b.example", undefined],
    ["moderator", "absent@b.example", undefined],
    ["moderator", CRONE, "not-allowed"],
    ["moderator", HAG, undefined],
    ["participant", "absent@b.example", "forbidden"],
  ])("%s, %s: %s, as for voice (8.4)", (who, jid, refusal) => {
    const driver = withThree();
    if (who === "moderator") driver.admin(OWNER, '<item nick="hecate" role="moderator"/>');
    const actor = who === "owner" ? CRONE : (OTHER.split("/")[0] ?? "");
    expect(refuseMeasure(roomOf(driver), actor, jid)?.condition).toBe(refusal);
  });
});
