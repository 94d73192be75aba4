import { describe, expect, test } from "vitest";
import type { ActionRates } from "../../../src/muc/model/action-rates.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { Driver, errorOf, MEMBER, OTHER, OWNER, ROOM, sentTo } from "../../support/room-driver.ts";

const RATES: ActionRates = {
  messagesPerMinute: 3,
  statesPerMinute: 3,
  privateMessagesPerMinute: 3,
  entriesPerMinute: 3,
  nicknamesPerMinute: 3,
  presencePerMinute: 3,
  invitationsPerMinute: 3,
  requestsPerMinute: 3,
  archiveQueriesPerMinute: 3,
  searchesPerMinute: 3,
  discoPerMinute: 3,
  domainRateFactor: 0,
};
const TOO_MUCH = "wait/policy-violation";
const TOO_MUCH_TOGETHER = "wait/resource-constraint";
const MINUTE = 60_000;

interface RoomOptions {
  admins?: string[];
  rates?: Partial<ActionRates>;
  fields?: Record<string, string>;
}

/** Returns a room with OWNER and MEMBER, who has no affiliation, an hour after their joins. */
function room({ admins = [], rates = {}, fields = {} }: RoomOptions = {}): Driver {
  const isLocal = (jid: string) => jid.endsWith("@local.example");
  const driver = new Driver({
    rates: { ...RATES, ...rates },
    admins,
    isLocal,
    limits: { invitationsPerHour: 99 },
  });
  driver.join(OWNER, "firstwitch");
  driver.configure(OWNER, { "verona#flood_action": "none", ...fields });
  driver.join(MEMBER, "thirdwitch");
  driver.now += 60 * MINUTE;
  return driver;
}

type Send = (driver: Driver, from: string, n: number) => ReturnType<Driver["send"]>;
const bare = (jid: string): string => jid.split("/")[0] ?? jid;
const present = (content: string, nick = "thirdwitch", to = ROOM) =>
  `<presence to="${to}/${nick}">${content}</presence>`;
const enters = (nick: string) => present(`<x xmlns="${NS.muc}"/>`, nick);
const toOccupant = (content: string) =>
  `<message type="chat" id="p" to="${ROOM}/firstwitch">${content}</message>`;
const toAll = (content: string) => `<message type="groupchat" id="m" to="${ROOM}">${content}</message>`;
const invite = (...users: string[]) =>
  `<message to="${ROOM}"><x xmlns="${NS.mucUser}">${users.map((user) => `<invite to="${user}@home.example"/>`).join("")}</x></message>`;
const ask = (to: string, payload = '<query xmlns="jabber:iq:version"/>') =>
  `<iq type="get" id="v" to="${to}">${payload}</iq>`;
const words = `<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${NS.mam}</value></field><field var="{${NS.fulltext}}fulltext"><value>toil</value></field></x>`;
const page = (form: string) =>
  `<iq type="set" id="a" to="${ROOM}"><query xmlns="${NS.mam}">${form}</query></iq>`;
const search = `<iq type="get" id="s" to="chat.example"><search xmlns="${NS.channelSearch}"/></iq>`;

const nickOf = (driver: Driver, from: string) =>
  driver.registry.get("coven")?.sessions.get(from)?.nick ?? "thirdwitch";

const KINDS: [kind: string, send: Send][] = [
  ["message", (driver, from) => driver.say(from, "hail")],
  ["state", (driver, from) => driver.send(from, toAll(`<composing xmlns="${NS.chatStates}"/>`))],
  ["private-message", (driver, from) => driver.send(from, toOccupant("<body>x</body>"))],
  ["entry", (driver, from) => driver.send(from, enters(nickOf(driver, from)))],
  ["nickname", (driver, from, n) => driver.send(from, present("", `hag${n}`))],
  [
    "presence",
    (driver, from, n) => driver.send(from, present(`<status>${n}</status>`, nickOf(driver, from))),
  ],
  ["invitation", (driver, from, n) => driver.send(from, invite(`user${n}`))],
  ["archive", (driver, from) => driver.send(from, page(""))],
  ["search", (driver, from) => driver.send(from, page(words))],
  ["disco", (driver, from) => driver.send(from, ask(ROOM, `<query xmlns="${NS.discoInfo}"/>`))],
];
const count = (driver: Driver, kind: string) =>
  new Map<string, number>(driver.registry.environment.refusals.all()).get(`rate-${kind}`);

describe("the actions of a stranger in a room (section 14.6, RFC 6120 8.3.3.12)", () => {
  test.each(KINDS)("have a rate, and only the sender hears of a refusal: %s", (kind, send) => {
    const driver = room();
    for (const n of [1, 2, 3]) expect(send(driver, MEMBER, n).map(errorOf)).not.toContain(TOO_MUCH);
    const refused = send(driver, MEMBER, 4);
    expect(refused.map(errorOf)).toContain(TOO_MUCH);
    expect(sentTo(refused, MEMBER)).toHaveLength(refused.length);
    expect(count(driver, kind)).toBe(1);
    driver.now += MINUTE / 3 - 1;
    expect(send(driver, MEMBER, 5).map(errorOf)).toContain(TOO_MUCH);
    driver.now += 1;
    expect(send(driver, MEMBER, 6).map(errorOf)).not.toContain(TOO_MUCH);
    expect(send(driver, MEMBER, 7).map(errorOf)).toContain(TOO_MUCH);
  });

  test.each(KINDS)("have no rate if the operator sets it to 0: %s", (_, send) => {
    const rates = Object.fromEntries(Object.keys(RATES).map((key) => [key, 0]));
    const driver = room({ rates });
    for (let n = 0; n < 50; n += 1) expect(send(driver, MEMBER, n).map(errorOf)).not.toContain(TOO_MUCH);
  });

  test.each(KINDS)("are counted for the account, not for the client: %s", (_, send) => {
    const driver = room();
    const phone = `${bare(MEMBER)}/phone`;
    driver.join(phone, "thirdwitch");
    driver.now += MINUTE;
    for (const n of [1, 2, 3]) send(driver, MEMBER, n);
    expect(send(driver, phone, 5).map(errorOf)).toContain(TOO_MUCH);
  });

  test("are requests to the room or to its occupants, of which five times as many come at once (section 17.4)", () => {
    const driver = room();
    const send = (n: number) => driver.send(MEMBER, ask(n % 2 ? ROOM : `${ROOM}/firstwitch`));
    for (let n = 1; n <= 15; n += 1) {
      const to = n % 2 ? send(n) : driver.send(MEMBER, ask(ROOM));
      expect(to.map(errorOf)).not.toContain(TOO_MUCH);
    }
    expect(driver.send(MEMBER, ask(ROOM)).map(errorOf)).toEqual([TOO_MUCH]);
    expect(driver.send(MEMBER, search).map(errorOf)).not.toContain(TOO_MUCH);
  });

  test("are searches for rooms too (XEP-0433)", () => {
    const driver = room();
    for (const _ of [1, 2, 3]) expect(driver.send(MEMBER, search).map(errorOf)).not.toContain(TOO_MUCH);
    expect(driver.send(MEMBER, search).map(errorOf)).toEqual([TOO_MUCH]);
  });

  test("are as many as the users whom a message invites", () => {
    const driver = room();
    expect(driver.send(MEMBER, invite("a", "b")).map(errorOf)).not.toContain(TOO_MUCH);
    expect(driver.send(MEMBER, invite("c", "d")).map(errorOf)).toEqual([TOO_MUCH]);
    driver.now += 60 * MINUTE;
    expect(driver.send(MEMBER, invite("a", "b", "c", "d")).map(errorOf)).not.toContain(TOO_MUCH);
  });

  test("are refused with the seconds to wait", () => {
    const driver = room();
    for (const _ of [1, 2, 3]) driver.say(MEMBER, "hail");
    driver.now += 500;
    const [refusal] = driver.say(MEMBER, "hail");
    expect(refusal?.getChild("error")?.getChild("text")?.getText()).toBe(
      "Too many messages. Try again in 20 seconds",
    );
  });

  test("leave the room shown to a client whose presence is refused", () => {
    const driver = room();
    for (const n of [1, 2, 3]) driver.send(MEMBER, present("", `hag${n}`));
    const [error, own] = driver.send(MEMBER, present("", "hag4"));
    expect([error?.attrs.type, own?.attrs.from]).toEqual(["error", `${ROOM}/hag3`]);
    expect(own?.toString()).toContain('code="110"');
  });

  test("never include leaving, results and errors", () => {
    const driver = room();
    const answer = `<iq type="result" id="v" to="${ROOM}/firstwitch"/>`;
    for (let n = 0; n < 50; n += 1) expect(driver.send(MEMBER, answer).map(errorOf)).not.toContain(TOO_MUCH);
    for (const n of [1, 2, 3, 4]) driver.send(MEMBER, present(`<status>${n}</status>`));
    driver.leave(MEMBER, "thirdwitch");
    expect(driver.registry.get("coven")?.sessions.has(MEMBER)).toBe(false);
  });
});

describe("the actions of users whom the room knows", () => {
  const actions = (driver: Driver, from: string, send: Send, times: number) => {
    for (let n = 0; n < times; n += 1) if (send(driver, from, n).map(errorOf).includes(TOO_MUCH)) return n;
    return times;
  };
  const say: Send = (driver, from) => driver.say(from, "hail");

  test("have a rate ten times as wide for a member", () => {
    const driver = room();
    driver.admin(OWNER, `<item affiliation="member" jid="${bare(MEMBER)}"/>`);
    expect(actions(driver, MEMBER, say, 40)).toBe(30);
  });

  test("have a rate thirty times as wide for a moderator", () => {
    const driver = room();
    driver.admin(OWNER, '<item role="moderator" nick="thirdwitch"/>');
    expect(actions(driver, MEMBER, say, 100)).toBe(90);
  });

  test.each(["admin", "owner"])(
    "are never refused to an %s, who speaks, enters and invites",
    (affiliation) => {
      const driver = room();
      driver.admin(OWNER, `<item affiliation="${affiliation}" jid="${bare(MEMBER)}"/>`);
      const speaking = KINDS.filter(([kind]) => !["archive", "search", "disco"].includes(kind));
      for (const [, send] of speaking) expect(actions(driver, MEMBER, send, 95)).toBe(95);
    },
  );

  test("are requests too, which have a rate for owners", () => {
    const driver = room();
    const disco: Send = (d, from) => d.send(from, ask(ROOM, `<query xmlns="${NS.discoInfo}"/>`));
    expect(actions(driver, OWNER, disco, 100)).toBe(90);
  });

  test("have no rate at all for service administrators", () => {
    const driver = room({ admins: [bare(OTHER)] });
    driver.join(OTHER, "hecate");
    for (const [, send] of KINDS) expect(actions(driver, OTHER, send, 95)).toBe(95);
  });
});

describe("the actions of many", () => {
  const stranger = (n: number, domain = "far.example") => `user${n}@${domain}/phone`;
  const join = (driver: Driver, from: string, nick: string, to = ROOM) =>
    driver.send(from, present(`<x xmlns="${NS.muc}"/>`, nick, to)).map(errorOf)[0];

  test("have a rate for one account over all rooms, twenty times as wide", () => {
    const driver = room();
    const asked = (n: number) =>
      driver.send(MEMBER, ask(`room${Math.floor(n / 3)}@chat.example`, `<query xmlns="${NS.discoInfo}"/>`));
    for (let n = 0; n < 60; n += 1) expect(asked(n).map(errorOf)).not.toContain(TOO_MUCH);
    expect(asked(60).map(errorOf)).toEqual([TOO_MUCH]);
  });

  test("have a rate for the newcomers of a room together: twenty times as wide for entries", () => {
    const driver = room();
    for (let n = 0; n < 60; n += 1) expect(join(driver, stranger(n), `u${n}`)).toBeUndefined();
    expect(join(driver, stranger(60), "u60")).toBe(TOO_MUCH_TOGETHER);
    driver.now += MINUTE / 60;
    expect(join(driver, stranger(60), "u60")).toBeUndefined();
  });

  test("have a rate for the newcomers of a room that is locked down: that of one user for entries", () => {
    const driver = room();
    const form = ["FORM_TYPE:verona#moderation", "effect:visitors", "minutes:10"].map((field) => {
      const [name, value] = field.split(":");
      return `<field var="${name}"><value>${value}</value></field>`;
    });
    const command = `<command xmlns="${NS.commands}" node="verona#lock-down"><x xmlns="jabber:x:data" type="submit">${form.join("")}</x></command>`;
    driver.send(OWNER, `<iq type="set" id="c" to="${ROOM}">${command}</iq>`);
    for (let n = 0; n < 3; n += 1) expect(join(driver, stranger(n), `u${n}`)).toBeUndefined();
    expect(join(driver, stranger(3), "u3")).toBe(TOO_MUCH_TOGETHER);
    driver.leave(MEMBER, "thirdwitch");
    expect(join(driver, MEMBER, "thirdwitch")).toBeUndefined();
  });

  test("have a rate for the newcomers of a room together: five times as wide for what they say", () => {
    const driver = room();
    for (let n = 0; n < 16; n += 1) join(driver, stranger(n), `u${n}`);
    const say = (n: number) => driver.say(stranger(n), "hail").map(errorOf);
    for (let n = 0; n < 15; n += 1) expect(say(n)).not.toContain(TOO_MUCH_TOGETHER);
    expect(say(15)).toEqual([TOO_MUCH_TOGETHER]);
    expect(driver.say(MEMBER, "hail").map(errorOf)).not.toContain(TOO_MUCH_TOGETHER);
  });

  test("have no rate together when strangers who were inside for ten minutes come back at once", () => {
    const driver = room();
    const all = Array.from({ length: 70 }, (_, n) => stranger(n));
    for (const [n, from] of all.entries()) {
      driver.now += MINUTE / 15;
      join(driver, from, `u${n}`);
    }
    driver.now += 10 * MINUTE;
    for (const [n, from] of all.entries()) driver.leave(from, `u${n}`);
    for (const [n, from] of all.entries()) expect(join(driver, from, `u${n}`)).toBeUndefined();
    for (const [n, from] of all.entries()) driver.leave(from, `u${n}`);
    driver.now += 24 * 60 * MINUTE;
    expect(all.map((from, n) => join(driver, from, `u${n}`))).toContain(TOO_MUCH_TOGETHER);
  });

  test("have a rate for all strangers of a room together, fifty times as wide", () => {
    const driver = room();
    const all = Array.from({ length: 51 }, (_, n) => stranger(n));
    for (const [n, from] of all.entries()) {
      driver.now += MINUTE / 15;
      join(driver, from, `u${n}`);
    }
    driver.now += 10 * MINUTE;
    for (const from of all.slice(0, 50))
      for (const _ of [1, 2, 3])
        expect(driver.say(from, "hail").map(errorOf)).not.toContain(TOO_MUCH_TOGETHER);
    expect(driver.say(stranger(50), "hail").map(errorOf)).toEqual([TOO_MUCH_TOGETHER]);
    expect(driver.say(OWNER, "hail").map(errorOf)).not.toContain(TOO_MUCH_TOGETHER);
  });

  test("have a rate for the newcomers of a remote domain over all rooms, but not for those of the operator's", () => {
    const driver = room({ rates: { domainRateFactor: 2 } });
    const asked = (n: number, domain: string) =>
      driver
        .send(stranger(n, domain), ask(`room${n}@chat.example`, `<query xmlns="${NS.discoInfo}"/>`))
        .map(errorOf);
    for (let n = 0; n < 6; n += 1) expect(asked(n, "far.example")).not.toContain(TOO_MUCH_TOGETHER);
    expect(asked(6, "far.example")).toEqual([TOO_MUCH_TOGETHER]);
    for (let n = 0; n < 9; n += 1) expect(asked(n, "local.example")).not.toContain(TOO_MUCH_TOGETHER);
  });
});

describe("a stranger who goes on after refusals", () => {
  const refusedTimes = (driver: Driver, times: number, from = MEMBER) => {
    for (let n = 0; n < 3 + times; n += 1) driver.say(from, "hail");
  };
  /** Returns the measures that the room has recorded. */
  const measures = ({ journal }: Driver) =>
    journal.flatMap((entry) =>
      entry.kind === "act-recorded" && entry.act.rule === "flood"
        ? [`${entry.act.kind} ${entry.act.target}`]
        : [],
    );
  const roleOf = (driver: Driver) => driver.registry.get("coven")?.sessions.get(MEMBER)?.role;

  test("loses their voice for ten minutes after the eleventh within a minute", () => {
    const driver = room({ fields: { "verona#flood_action": "mute" } });
    refusedTimes(driver, 10);
    expect(roleOf(driver)).toBe("participant");
    expect(measures(driver)).toEqual([]);
    driver.say(MEMBER, "hail");
    expect(roleOf(driver)).toBe("visitor");
    expect(measures(driver)).toEqual([`muted ${bare(MEMBER)}`]);
    driver.now += 10 * MINUTE;
    driver.written(driver.registry.passTime());
    expect(roleOf(driver)).toBe("participant");
  });

  test("is removed with 307 and a reason, if the owner wants it", () => {
    const driver = room({ fields: { "verona#flood_action": "kick" } });
    refusedTimes(driver, 10);
    const [gone] = sentTo(driver.say(MEMBER, "hail"), MEMBER).filter(
      ({ attrs }) => attrs.type === "unavailable",
    );
    expect(gone?.toString()).toContain('code="307"');
    expect(gone?.toString()).toContain("<reason>Too many messages or changes within a short time</reason>");
    expect(measures(driver)).toEqual([`kicked ${bare(MEMBER)}`]);
    expect(roleOf(driver)).toBeUndefined();
  });

  test("is only refused, if the owner wants it", () => {
    const driver = room({ fields: { "verona#flood_action": "none" } });
    refusedTimes(driver, 50);
    expect(roleOf(driver)).toBe("participant");
  });

  test("is no member, and nobody who only asks or whom the others' flood has refused", () => {
    const driver = room({ fields: { "verona#flood_action": "mute" } });
    for (let n = 0; n < 50; n += 1) driver.send(MEMBER, ask(ROOM, `<query xmlns="${NS.discoInfo}"/>`));
    expect(roleOf(driver)).toBe("participant");
    driver.admin(OWNER, `<item affiliation="member" jid="${bare(MEMBER)}"/>`);
    refusedTimes(driver, 60);
    expect(roleOf(driver)).toBe("participant");
  });
});
