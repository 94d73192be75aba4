// Exceptions in the rules of one room: other rooms are not affected, and no exception escapes.
import { describe, expect, it } from "vitest";
import type { Room } from "../../../src/muc/room/room.ts";
import { PingSchedule } from "../../../src/muc/service/ping-schedule.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  brief,
  type Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
} from "../../support/room-driver.ts";

const HEATH = "heath@chat.example";
const ADMIN = "duncan@shakespeare.example/throne";
const PERSISTENT = { "muc#roomconfig_persistentroom": "1" };

/** Returns two persistent rooms with OWNER and MEMBER ("coven" is to be broken), and a list of the reported faults. */
function twoRooms() {
  const faults: string[] = [];
  const faulted = (error: unknown) => void faults.push(String(error));
  const driver = openRoom(PERSISTENT, { faulted, admins: ["duncan@shakespeare.example"] });
  driver.join(OWNER, "firstwitch", "", HEATH);
  driver.send(OWNER, configure(HEATH));
  for (const room of [ROOM, HEATH]) driver.join(MEMBER, "thirdwitch", "", room);
  driver.journal.length = 0;
  const room = roomOf(driver);
  if (!room) throw new Error("there is a room");
  return { driver, faults, room };
}

const roomOf = (driver: Driver): Room | undefined => driver.registry.get("coven");

const configure = (to: string): string =>
  `<iq type="set" id="c" to="${to}"><query xmlns="${NS.mucOwner}"><x xmlns="jabber:x:data" type="submit">
    <field var="FORM_TYPE"><value>${NS.mucRoomConfig}</value></field>
    <field var="muc#roomconfig_persistentroom"><value>1</value></field></x></query></iq>`;

/** Makes a property of a room throw on each use. */
function breakPart(room: Room, part: keyof Room): void {
  const fail = () => {
    throw new Error(`${part} is broken`);
  };
  const isMethod = typeof room[part] === "function";
  Object.defineProperty(room, part, isMethod ? { value: fail } : { get: fail });
}

/** Loads the lost rooms again, as they were stored. */
function readAgain(driver: Driver): void {
  const stored = driver.restarted();
  for (const node of driver.registry.lost) {
    const room = stored.registry.get(node);
    if (room) driver.registry.restore(room.record());
  }
}

describe("an exception in the rules that prevents the clean-up too", () => {
  it.each<(keyof Room)[]>([["takeEffects"], ["subject", "removeOccupant"], ["subject", "closeIfAbandoned"]])(
    "(%s %s) gives the sender internal-server-error; the room is loaded again as it was stored",
    (...parts) => {
      const { driver, faults, room } = twoRooms();
      for (const part of parts) if (part !== undefined) breakPart(room, part);
      const sent = driver.join(OTHER, "hecate");
      expect(sent.map(brief)).toEqual(["presence error hecate > hecate internal-server-error"]);
      expect(roomOf(driver)).toBeUndefined();
      expect([...driver.registry.lost]).toEqual(["coven"]);
      // No change is journaled, and code that still has a reference to the room finds it closed.
      expect([driver.journal, room.closed]).toEqual([[], true]);
      expect(faults).toHaveLength(2);
      readAgain(driver);
      expect(driver.join(OTHER, "secondwitch").map(brief)).toContain(
        "presence firstwitch > hecate owner/moderator",
      );
      expect(driver.say(MEMBER, "hi")).toHaveLength(3);
    },
  );

  it("in the creation of a room leaves no room behind, and counts none", () => {
    const faults: unknown[] = [];
    const driver = openRoom({}, { faulted: (error) => faults.push(error), maxRooms: 2 });
    const { create } = driver.registry;
    driver.registry.create = (...args) => {
      const room = create.apply(driver.registry, args);
      if (room.kind === "ok") breakPart(room.value, "takeEffects");
      return room;
    };
    for (const nick of ["one", "two", "three"])
      expect(errorOf(driver.join(OWNER, nick, "", HEATH).at(-1))).toBe("wait/internal-server-error");
    expect([driver.registry.count, [...driver.registry.lost]]).toEqual([1, []]);
    driver.registry.create = create;
    expect(driver.join(OWNER, "firstwitch", "", HEATH).map(brief)).toEqual([
      expect.stringMatching(/^presence firstwitch > crone1 owner\/moderator jid .*201/),
      expect.stringContaining("message"),
    ]);
  });
});

describe("an exception in the rules of one room, outside of a stanza to it", () => {
  it("does not prevent pings to clients of other rooms (18.1.2)", () => {
    const { driver, faults, room } = twoRooms();
    breakPart(room, "sessions");
    driver.now += 3_600_000;
    const schedule = new PingSchedule(driver.registry, { pingAfter: 1, pingTimeout: 1 });
    const pings = [schedule.step(), schedule.step()].flatMap((effects) => driver.written(effects));
    expect(pings.map(({ attrs }) => [attrs.from, attrs.to])).toEqual([
      [HEATH, OWNER],
      [HEATH, MEMBER],
    ]);
    expect(faults).toEqual(["Error: sessions is broken"]);
  });

  it.each<["passTime" | "suspend" | "shutDown", keyof Room]>([
    ["passTime", "dropCaches"],
    ["passTime", "slots"],
    ["suspend", "slots"],
    ["shutDown", "occupants"],
  ])("does not prevent %s in other rooms (%s)", (name, part) => {
    const { driver, faults, room } = twoRooms();
    const ping = `<iq type="get" id="v" to="${HEATH}/firstwitch"><query xmlns="jabber:iq:version"/></iq>`;
    driver.send(MEMBER, ping);
    breakPart(room, part);
    driver.now += 200_000;
    const sent = driver.written(driver.registry[name]());
    expect(sent.map(({ attrs }) => attrs.from?.split("/")[0])).toContain(HEATH);
    expect(faults[0]).toBe(`Error: ${part} is broken`);
  });

  it("does not prevent an announcement in other rooms (XEP-0133 4.23)", () => {
    const { driver, faults, room } = twoRooms();
    breakPart(room, "observers");
    const form = `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>http://jabber.org/protocol/admin</value></field>
      <field var="announcement"><value>We close</value></field></x>`;
    const node = "http://jabber.org/protocol/admin#announce";
    const sent = driver.send(
      ADMIN,
      `<iq type="set" id="a" to="chat.example"><command xmlns="${NS.commands}" node="${node}">${form}</command></iq>`,
    );
    expect(sent.map(({ attrs }) => attrs.to)).toEqual([OWNER, MEMBER, ADMIN]);
    expect(String(sent.at(-1))).toContain("Rooms notified: 1");
    expect(faults).toEqual(["Error: observers is broken"]);
  });

  it("in a command of a service administrator gives that administrator internal-server-error", () => {
    const { driver, room } = twoRooms();
    breakPart(room, "takeEffects");
    const fields = { "verona#room": "coven", "verona#jid": "a@b.example", "verona#affiliation": "member" };
    const written = Object.entries({ FORM_TYPE: "verona#admin", ...fields })
      .map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`)
      .join("");
    const [answer] = driver.send(
      ADMIN,
      `<iq type="set" id="a" to="chat.example"><command xmlns="${NS.commands}" node="verona#set-affiliation">
        <x xmlns="jabber:x:data" type="submit">${written}</x></command></iq>`,
    );
    expect(errorOf(answer)).toBe("wait/internal-server-error");
    expect([...driver.registry.lost]).toEqual(["coven"]);
  });
});
