// The cost of showing absent members: a room may have thousands of them, and many users enter.
import { describe, expect, it, vi } from "vitest";
import type { StanzaTemplate } from "../../../src/muc/model/effects.ts";
import { memberIdsOf } from "../../../src/muc/room/member-ids.ts";
import type { Room } from "../../../src/muc/room/room.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { brief, type Driver, OWNER, openRoom, ROOM, sentTo } from "../../support/room-driver.ts";

const hashed = vi.hoisted(() => ({ count: 0 }));
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  const createHmac: typeof crypto.createHmac = (...args) => {
    hashed.count += 1;
    return crypto.createHmac(...args);
  };
  return { ...crypto, createHmac };
});

const MEMBERS = 1_000;
const ROLES = ["none", "visitor", "participant", "moderator"];

/** Returns a room with absent members ("nick0" and so on), after a restart. */
function bigRoom(): { driver: Driver; room: Room } {
  const driver = openRoom({
    "muc#roomconfig_presencebroadcast": ROLES,
    "muc#roomconfig_persistentroom": "1",
    "muc#roomconfig_forwardmentions": "1",
  });
  const room = driver.registry.get("coven") ?? expect.fail();
  for (let n = 0; n < MEMBERS; n += 1)
    room.change({
      kind: "affiliation-changed",
      record: { jid: `user${n}@a.example`, affiliation: "member", reason: undefined, nick: `nick${n}` },
    });
  driver.say(OWNER, "hail"); // takes the effects of the changes
  const restarted = driver.restarted();
  hashed.count = 0;
  return { driver: restarted, room: restarted.registry.get("coven") ?? expect.fail() };
}

const enter = (driver: Driver, nick: string) =>
  sentTo(driver.join(`${nick}@shakespeare.example/x`, nick), `${nick}@shakespeare.example/x`);

/** Lets a user enter, and returns the nicknames of the absent members that it is shown. */
function shownTo(driver: Driver, nick: string): (string | undefined)[] {
  const absent = enter(driver, nick).filter((stanza) => stanza.attrs.type === "unavailable");
  return absent.map((stanza) => stanza.attrs.from?.split("/")[1]);
}

/** Lets a user enter, and returns the presences of absent members in the room's output. */
function presencesFor(driver: Driver, nick: string): StanzaTemplate[] {
  const join = `<presence to="${ROOM}/${nick}"><x xmlns="${NS.muc}"/></presence>`;
  const { roomOutputs } = driver.routed(`${nick}@shakespeare.example/x`, join);
  const outputs = roomOutputs.flatMap((each) => each.outputs);
  return outputs
    .flatMap((output) => (output.kind === "deferred" ? output.render() : [output]))
    .flatMap((output) =>
      output.kind === "batch" ? output.stanzas : output.kind === "broadcast" ? [output] : [],
    )
    .filter(({ head }) => head.includes('type="unavailable"'));
}

describe("the cost of 1000 absent members", () => {
  it("is one occupant id each (XEP-0421), computed once for all joins and mentions", () => {
    const { driver, room } = bigRoom();
    expect(shownTo(driver, "puck")).toHaveLength(MEMBERS);
    expect(hashed.count).toBeGreaterThanOrEqual(MEMBERS);
    expect(hashed.count).toBeLessThan(MEMBERS + 10);
    room.dropCaches();
    hashed.count = 0;
    const id = memberIdsOf(room).idOf("user7@a.example");
    for (let n = 0; n < 10; n += 1) {
      expect(shownTo(driver, `visitor${n}`)).toHaveLength(MEMBERS);
      const mention = `<mention xmlns="${NS.mentions}" occupantid="${id}"/>`;
      const message = `<message type="groupchat" to="${ROOM}"><body>you</body>${mention}</message>`;
      const sent = driver.send("visitor0@shakespeare.example/x", message);
      expect(sentTo(sent, "user7@a.example")).toHaveLength(1);
    }
    expect(hashed.count).toBeLessThan(30);
  });

  it("is one presence each, built once for all joins, even when one of the members enters and leaves", () => {
    const { driver } = bigRoom();
    const built = new Set<StanzaTemplate>();
    for (let n = 0; n < 10; n += 1) {
      for (const presence of presencesFor(driver, `visitor${n}`)) built.add(presence);
      driver.join("user7@a.example/x", "nick7");
      for (const presence of presencesFor(driver, `guest${n}`)) built.add(presence);
      driver.leave("user7@a.example/x", "nick7");
    }
    expect(built.size).toBe(MEMBERS);
  });

  it("is no look-up of each member when one more user enters", () => {
    const { driver, room } = bigRoom();
    shownTo(driver, "puck");
    const lookUp = vi.spyOn(room, "occupantsOf");
    expect(shownTo(driver, "oberon")).toHaveLength(MEMBERS);
    expect(lookUp.mock.calls.length).toBeLessThan(20);
  });
});

describe("muc#roomconfig_presencebroadcast: new occupants see the current state of absent members after", () => {
  const member = (content: string, affiliation = "member") =>
    `<item affiliation="${affiliation}" jid="user7@a.example" ${content}/>`;

  it.each<[string, (driver: Driver) => void, string[], string[]]>([
    ["one has entered", (driver) => driver.join("user7@a.example/x", "nick7"), ["nick7"], []],
    [
      "one has entered and left",
      (driver) => {
        driver.join("user7@a.example/x", "other");
        shownTo(driver, "oberon");
        driver.leave("user7@a.example/x", "other");
      },
      [],
      [],
    ],
    ["a new nickname", (driver) => driver.admin(OWNER, member('nick="new"')), ["nick7"], ["new"]],
    ["no nickname", (driver) => driver.admin(OWNER, member('nick=""')), ["nick7"], []],
    ["a ban", (driver) => driver.admin(OWNER, member("", "outcast")), ["nick7"], []],
    ["no affiliation", (driver) => driver.admin(OWNER, member("", "none")), ["nick7"], []],
    [
      "a new member",
      (driver) => driver.admin(OWNER, '<item affiliation="member" jid="b@a.example" nick="new"/>'),
      [],
      ["new"],
    ],
    [
      "a ban with a nickname, which only an import brings",
      (driver) => {
        const record = {
          jid: "user7@a.example",
          affiliation: "outcast",
          nick: "nick7",
          reason: undefined,
        } as const;
        driver.registry.get("coven")?.change({ kind: "affiliation-changed", record });
      },
      ["nick7"],
      [],
    ],
    ["caches were dropped", (driver) => driver.registry.get("coven")?.dropCaches(), [], []],
  ])("%s", (_what, change, gone, added) => {
    const { driver } = bigRoom();
    const before = shownTo(driver, "puck");
    expect(before).toHaveLength(MEMBERS);
    change(driver);
    const after = [...before.filter((nick) => !gone.includes(nick ?? "")), ...added];
    expect(shownTo(driver, "titania").toSorted()).toEqual(after.toSorted());
  });

  it("a new affiliation, with the real JID for those who may see it", () => {
    const { driver } = bigRoom();
    const shown = (nick: string) =>
      enter(driver, nick)
        .map(brief)
        .filter((text) => text.includes(" nick7 "));
    expect(shown("puck")).toEqual(["presence unavailable nick7 > puck member/none nick=nick7"]);
    driver.admin(OWNER, member("", "admin"));
    driver.configure(OWNER, { "muc#roomconfig_presencebroadcast": ROLES, "muc#roomconfig_whois": "anyone" });
    expect(shown("oberon")).toEqual(["presence unavailable nick7 > oberon admin/none jid nick=nick7"]);
  });
});
