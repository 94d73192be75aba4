// Quiet clients are asked whether they are there.
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

function startRounds(driver: Driver, settings = SETTINGS) {
  const rounds = new PingSchedule(driver.registry, settings);
  return (minutes: number): Element[] => {
    driver.now += minutes * MINUTE;
    return driver.written(rounds.step());
  };
}

const answer = (driver: Driver, from: string, question: Element | undefined, condition: string) =>
  driver.send(
    from,
    `<iq type="error" id="${question?.attrs.id}" to="${question?.attrs.from}"><error type="cancel"><${condition} xmlns="${NS.stanzas}"/></error></iq>`,
  );

/** A room where only MEMBER is quiet, and what it has been asked. */
function withQuestion() {
  const driver = withThree();
  const after = startRounds(driver);
  after(59);
  driver.say(OWNER, "one");
  driver.say(OTHER, "two");
  const asked = after(1);
  return { driver, after, asked, question: asked[0] };
}

const REMOVED = [
  "presence unavailable thirdwitch > hag66 none/none jid 333,110",
  "presence unavailable thirdwitch > crone1 none/none jid 333",
  "presence unavailable thirdwitch > hecate none/none 333",
];

describe("XEP-0045 18.1.2 and XEP-0199: a client that has been quiet", () => {
  it("is pinged by the room; others, and one that has been asked already, are not", () => {
    const { asked, after } = withQuestion();
    expect(asked.map(brief)).toEqual(["iq get @ > hag66"]);
    expect(asked[0]?.attrs).toMatchObject({ from: ROOM, to: MEMBER });
    expect(asked[0]?.getChild("ping", NS.ping)).toBeDefined();
    expect(after(1)).toEqual([]);
  });

  it("stays where it answers, and is asked again after as long a time", () => {
    const { driver, after, question } = withQuestion();
    expect(driver.send(MEMBER, `<iq type="result" id="${question?.attrs.id}" to="${ROOM}"/>`)).toEqual([]);
    const again = after(59);
    expect(again.map(brief)).toEqual(["iq get @ > crone1", "iq get @ > hecate"]);
    expect(after(1).map(brief)).toEqual(["iq get @ > hag66"]);
  });

  it("stays where it says anything else meanwhile, to whichever room", () => {
    const { driver, after } = withQuestion();
    driver.join(MEMBER, "gardener", "", GARDEN);
    expect(after(16).filter((stanza) => stanza.getName() === "presence")).toEqual([]);
  });

  it("is removed where it does not answer in time (333), and the others are told", () => {
    const { after } = withQuestion();
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
  ])("is removed where the answer is %s", (condition) => {
    const { driver, question } = withQuestion();
    expect(answer(driver, MEMBER, question, condition).map(brief)).toEqual(REMOVED);
  });

  it("stays where it knows no ping: then it is asked for disco#info, and is gone where that is refused too", () => {
    const { driver, after, question } = withQuestion();
    const [next, ...more] = answer(driver, MEMBER, question, "service-unavailable");
    expect(next?.getChild("query", NS.discoInfo)).toBeDefined();
    expect(more).toEqual([]);
    driver.send(
      MEMBER,
      `<iq type="result" id="${next?.attrs.id}" to="${ROOM}"><query xmlns="${NS.discoInfo}"/></iq>`,
    );
    expect(after(20)).toEqual([]);

    const other = withQuestion();
    const [info] = answer(other.driver, MEMBER, other.question, "service-unavailable");
    expect(answer(other.driver, MEMBER, info, "service-unavailable").map(brief)).toEqual(REMOVED);
  });

  it("stays where it refuses with feature-not-implemented, which clients alone say: to the ping or disco#info", () => {
    const { driver, after, question } = withQuestion();
    expect(answer(driver, MEMBER, question, "feature-not-implemented")).toEqual([]);
    expect(after(20)).toEqual([]);

    const other = withQuestion();
    const [info] = answer(other.driver, MEMBER, other.question, "service-unavailable");
    expect(answer(other.driver, MEMBER, info, "feature-not-implemented")).toEqual([]);
    expect(other.after(20)).toEqual([]);
  });

  it.each(["not-allowed", "forbidden", "not-acceptable", "resource-constraint", "undefined-condition"])(
    "has not answered with %s, which its server may say: it is removed where nothing else is heard of it in time",
    (condition) => {
      const { driver, after, question } = withQuestion();
      expect(answer(driver, MEMBER, question, condition)).toEqual([]);
      expect(after(15).map(brief)).toEqual(REMOVED);

      const other = withQuestion();
      answer(other.driver, MEMBER, other.question, condition);
      other.driver.say(MEMBER, "still here");
      expect(other.after(15)).toEqual([]);
    },
  );

  it("is not removed for answers to what it was not asked, or of others", () => {
    const { driver, question } = withQuestion();
    expect(answer(driver, OTHER, question, "gone")).toEqual([]);
    expect(
      driver.send(
        MEMBER,
        `<iq type="error" id="guess" to="${ROOM}"><error type="cancel"><gone xmlns="${NS.stanzas}"/></error></iq>`,
      ),
    ).toEqual([]);
  });

  it("is asked once, whatever rooms it is in, and removed from all", () => {
    const driver = openRoom({ "muc#roomconfig_persistentroom": "1" });
    driver.join(OWNER, "gardener", "", GARDEN);
    const after = startRounds(driver);
    expect([...after(60), ...after(0)].map(brief)).toEqual(["iq get @ > crone1"]);
    expect([...after(15), ...after(0)].map(brief).toSorted()).toEqual([
      "presence unavailable firstwitch > crone1 owner/none jid 333,110",
      "presence unavailable gardener > crone1 owner/none jid 333,110",
    ]);
    expect(driver.registry.get("garden")).toBeUndefined();
  });

  it("is not asked where the operator wants that (0)", () => {
    const driver = withMember();
    const after = startRounds(driver, { ...SETTINGS, pingAfter: 0 });
    expect(after(10_000)).toEqual([]);
  });

  it("is asked soon after the link was lost, when its answers and its end may have been lost too", () => {
    const { driver, after } = withQuestion();
    driver.registry.liveness.askAllAgain();
    expect(after(1).map(brief)).toEqual(["iq get @ > crone1", "iq get @ > hag66", "iq get @ > hecate"]);
  });
});

describe("XEP-0045 18.1.2: a message that comes back with service-unavailable", () => {
  const bounce = `<message type="error" id="say" to="${ROOM}/firstwitch"><error type="cancel"><service-unavailable xmlns="${NS.stanzas}"/></error></message>`;

  it("has the room ask the client, once: its user may have blocked the speaker only", () => {
    const driver = withThree();
    const [question, ...more] = driver.send(MEMBER, bounce);
    expect(question?.attrs).toMatchObject({ from: ROOM, to: MEMBER, type: "get" });
    expect(more).toEqual([]);
    expect(driver.send(MEMBER, bounce)).toEqual([]);
    const [info] = answer(driver, MEMBER, question, "service-unavailable");
    expect(answer(driver, MEMBER, info, "service-unavailable").map(brief)).toEqual(REMOVED);
  });
});

describe("the questions to a big service", () => {
  it("are spread: at most 100 in a step", () => {
    const driver = openRoom({}, { limits: { occupantsPerRoom: 500, historyLength: 0 } });
    for (let n = 1; n < 250; n += 1) driver.join(`user${n}@shakespeare.example/pda`, `nick${n}`);
    const after = startRounds(driver);
    expect([after(60), after(0), after(0), after(0)].map((asked) => asked.length)).toEqual([100, 100, 50, 0]);
  });

  it("are for the rooms as they are by then: one that was let go of and came back is asked like the others", () => {
    const driver = openRoom({ "muc#roomconfig_persistentroom": "1" });
    driver.leave(OWNER, "firstwitch");
    driver.join(OTHER, "gardener", "", GARDEN);
    const after = startRounds(driver);
    expect(after(0)).toEqual([]);
    const stored = driver.registry.get("coven")?.record();
    driver.registry.unload(driver.now + 1, () => false);
    if (stored) driver.registry.restore(stored);
    driver.join(MEMBER, "thirdwitch");
    expect(after(60).map(brief)).toEqual(["iq get @ > hag66"]);
  });

  it("go through a sixtieth of the rooms in a step", () => {
    const driver = openRoom({}, { maxRooms: 200 });
    for (let n = 1; n < 120; n += 1)
      driver.join(`user${n}@shakespeare.example/pda`, "nick", "", `room${n}@chat.example`);
    const after = startRounds(driver);
    const asked = [after(60), ...Array.from({ length: 59 }, () => after(0))].map((each) => each.length);
    expect(asked).toEqual(Array.from({ length: 60 }, () => 2));
  });
});
