// Pings to quiet clients.
import { describe, expect, it } from "vitest";
import { PingSchedule } from "../../../src/muc/service/ping-schedule.ts";
import type { Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  brief,
  type Driver,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  withMember,
  withThree,
} from "../../support/room-driver.ts";

const MINUTE = 60_000;
const SETTINGS = { pingAfter: 60 * MINUTE, pingTimeout: 15 * MINUTE };
const GARDEN = "garden@chat.example";

/** Returns a function that lets minutes pass, and returns the stanzas of the schedule's next step. */
function startPings(driver: Driver, settings = SETTINGS) {
  const schedule = new PingSchedule(driver.registry, settings);
  return (minutes: number): Element[] => {
    driver.now += minutes * MINUTE;
    return driver.written(schedule.step());
  };
}

/** Answers a request of the room with an error. */
const answer = (driver: Driver, from: string, request: Element | undefined, condition: string) =>
  driver.send(
    from,
    `<iq type="error" id="${request?.attrs.id}" to="${request?.attrs.from}"><error type="cancel"><${condition} xmlns="${NS.stanzas}"/></error></iq>`,
  );

/** Returns a room where only MEMBER is quiet and has been pinged. */
function withPing() {
  const driver = withThree();
  const after = startPings(driver);
  after(59);
  driver.say(OWNER, "one");
  driver.say(OTHER, "two");
  const pings = after(1);
  return { driver, after, pings, ping: pings[0] };
}

const REMOVED = [
  "presence unavailable thirdwitch > hag66 none/none jid 333,110",
  "presence unavailable thirdwitch > crone1 none/none jid 333",
  "presence unavailable thirdwitch > hecate none/none 333",
];

describe("XEP-0045 18.1.2 and XEP-0199: a client that has been quiet", () => {
  it("is pinged once by the room; other clients are not", () => {
    const { pings, after } = withPing();
    expect(pings.map(brief)).toEqual(["iq get @ > hag66"]);
    expect(pings[0]?.attrs).toMatchObject({ from: ROOM, to: MEMBER });
    expect(pings[0]?.getChild("ping", NS.ping)).toBeDefined();
    expect(after(1)).toEqual([]);
  });

  it("stays if it answers, and is pinged again after the same time", () => {
    const { driver, after, ping } = withPing();
    expect(driver.send(MEMBER, `<iq type="result" id="${ping?.attrs.id}" to="${ROOM}"/>`)).toEqual([]);
    const again = after(59);
    expect(again.map(brief)).toEqual(["iq get @ > crone1", "iq get @ > hecate"]);
    expect(after(1).map(brief)).toEqual(["iq get @ > hag66"]);
  });

  it("stays if it sends any other stanza meanwhile, to any room", () => {
    const { driver, after } = withPing();
    driver.join(MEMBER, "gardener", "", GARDEN);
    expect(after(16).filter((stanza) => stanza.getName() === "presence")).toEqual([]);
  });

  it("is pinged by another room if the one that has pinged it moves to another process, as the answer goes there", () => {
    const driver = withMember();
    driver.join(MEMBER, "gardener", "", GARDEN);
    const after = startPings(driver);
    const toMember = (stanzas: Element[]) =>
      stanzas.flatMap(({ attrs }) => (attrs.to === MEMBER ? [[attrs.type, attrs.from]] : []));
    expect(toMember(after(60))).toEqual([["get", GARDEN]]);
    driver.registry.release((node) => node === "garden");
    expect(toMember([...after(16), ...after(0)])).toEqual([["get", ROOM]]);
  });

  it("is removed if it does not answer in time (333)", () => {
    const { after } = withPing();
    expect(after(14)).toEqual([]);
    expect(after(1).map(brief)).toEqual(REMOVED);
  });

  it.each([
    "remote-server-not-found",
    "item-not-found",
    "recipient-unavailable",
    "gone",
    "internal-server-error",
    "jid-malformed",
  ])("is removed if the answer is %s", (condition) => {
    const { driver, ping } = withPing();
    expect(answer(driver, MEMBER, ping, condition).map(brief)).toEqual(REMOVED);
  });

  it("gets a disco#info request if it answers service-unavailable, and is removed if it answers so again", () => {
    const { driver, after, ping } = withPing();
    const [next, ...more] = answer(driver, MEMBER, ping, "service-unavailable");
    expect(next?.getChild("query", NS.discoInfo)).toBeDefined();
    expect(more).toEqual([]);
    driver.send(
      MEMBER,
      `<iq type="result" id="${next?.attrs.id}" to="${ROOM}"><query xmlns="${NS.discoInfo}"/></iq>`,
    );
    expect(after(20)).toEqual([]);

    const other = withPing();
    const [info] = answer(other.driver, MEMBER, other.ping, "service-unavailable");
    expect(answer(other.driver, MEMBER, info, "service-unavailable").map(brief)).toEqual(REMOVED);
  });

  it("stays if it answers the ping or disco#info with feature-not-implemented, which only clients send", () => {
    const { driver, after, ping } = withPing();
    expect(answer(driver, MEMBER, ping, "feature-not-implemented")).toEqual([]);
    expect(after(20)).toEqual([]);

    const other = withPing();
    const [info] = answer(other.driver, MEMBER, other.ping, "service-unavailable");
    expect(answer(other.driver, MEMBER, info, "feature-not-implemented")).toEqual([]);
    expect(other.after(20)).toEqual([]);
  });

  it.each(["not-allowed", "forbidden", "not-acceptable", "resource-constraint", "undefined-condition"])(
    "is removed after %s, which servers may send too, if it sends nothing else in time",
    (condition) => {
      const { driver, after, ping } = withPing();
      expect(answer(driver, MEMBER, ping, condition)).toEqual([]);
      expect(after(15).map(brief)).toEqual(REMOVED);

      const other = withPing();
      answer(other.driver, MEMBER, other.ping, condition);
      other.driver.say(MEMBER, "still here");
      expect(other.after(15)).toEqual([]);
    },
  );

  it("is not removed for an answer with an unknown id, or from another client", () => {
    const { driver, ping } = withPing();
    expect(answer(driver, OTHER, ping, "gone")).toEqual([]);
    expect(
      driver.send(
        MEMBER,
        `<iq type="error" id="guess" to="${ROOM}"><error type="cancel"><gone xmlns="${NS.stanzas}"/></error></iq>`,
      ),
    ).toEqual([]);
  });

  it("is pinged once if it is in several rooms, and removed from all of them", () => {
    const driver = openRoom({ "muc#roomconfig_persistentroom": "1" });
    driver.join(OWNER, "gardener", "", GARDEN);
    const after = startPings(driver);
    expect([...after(60), ...after(0)].map(brief)).toEqual(["iq get @ > crone1"]);
    expect([...after(15), ...after(0)].map(brief).toSorted()).toEqual([
      "presence unavailable firstwitch > crone1 owner/none jid 333,110",
      "presence unavailable gardener > crone1 owner/none jid 333,110",
    ]);
    expect(driver.registry.get("garden")).toBeUndefined();
  });

  it("is not pinged if the operator has disabled pings (0)", () => {
    const driver = withMember();
    const after = startPings(driver, { ...SETTINGS, pingAfter: 0 });
    expect(after(10_000)).toEqual([]);
  });

  it("is pinged soon after the connection was lost, as its answer or departure may have been lost", () => {
    const { driver, after } = withPing();
    driver.registry.liveness.askAllAgain();
    expect(after(1).map(brief)).toEqual(["iq get @ > crone1", "iq get @ > hag66", "iq get @ > hecate"]);
  });
});

describe("XEP-0045 18.1.2: a message that bounces with service-unavailable", () => {
  const bounce = `<message type="error" id="say" to="${ROOM}/firstwitch"><error type="cancel"><service-unavailable xmlns="${NS.stanzas}"/></error></message>`;

  it("makes the room ping the client once, as its user may only have blocked the sender", () => {
    const driver = withThree();
    const [ping, ...more] = driver.send(MEMBER, bounce);
    expect(ping?.attrs).toMatchObject({ from: ROOM, to: MEMBER, type: "get" });
    expect(more).toEqual([]);
    expect(driver.send(MEMBER, bounce)).toEqual([]);
    const [info] = answer(driver, MEMBER, ping, "service-unavailable");
    expect(answer(driver, MEMBER, info, "service-unavailable").map(brief)).toEqual(REMOVED);
  });
});

describe("the pings of a large service", () => {
  it("are at most 100 in a step", () => {
    const driver = openRoom({}, { limits: { occupantsPerRoom: 500, historyLength: 0 } });
    for (let n = 1; n < 250; n += 1) driver.join(`user${n}@shakespeare.example/pda`, `nick${n}`);
    const after = startPings(driver);
    expect([after(60), after(0), after(0), after(0)].map((pings) => pings.length)).toEqual([100, 100, 50, 0]);
  });

  it("include rooms that were unloaded and loaded again during a round", () => {
    const driver = openRoom({ "muc#roomconfig_persistentroom": "1" });
    driver.leave(OWNER, "firstwitch");
    driver.join(OTHER, "gardener", "", GARDEN);
    const after = startPings(driver);
    expect(after(0)).toEqual([]);
    const stored = driver.registry.get("coven")?.record();
    driver.registry.unload(driver.now + 1, () => false);
    if (stored) driver.registry.restore(stored);
    driver.join(MEMBER, "thirdwitch");
    expect(after(60).map(brief)).toEqual(["iq get @ > hag66"]);
  });

  it("cover a sixtieth of the rooms in a step", () => {
    const driver = openRoom({}, { maxRooms: 200 });
    for (let n = 1; n < 120; n += 1)
      driver.join(`user${n}@shakespeare.example/pda`, "nick", "", `room${n}@chat.example`);
    const after = startPings(driver);
    const counts = [after(60), ...Array.from({ length: 59 }, () => after(0))].map((pings) => pings.length);
    expect(counts).toEqual(Array.from({ length: 60 }, () => 2));
  });
});
