import { describe, expect, test } from "vitest";
import { child, type Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  type Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  sentTo,
} from "../../support/room-driver.ts";

const QUESTION = "What did the witches meet upon?";
const GATE = {
  "muc#roomconfig_persistentroom": "1",
  "verona#gate": "1",
  "verona#gate_question": QUESTION,
  "verona#gate_answers": "the heath | Heath",
};
const bare = (jid: string): string => jid.split("/")[0] ?? jid;

/** Returns a room of OWNER with a gate, at which MEMBER and OTHER are. */
function room(fields: Record<string, string> = {}): Driver {
  const driver = openRoom({ ...GATE, ...fields });
  driver.join(MEMBER, "thirdwitch");
  driver.join(OTHER, "hecate");
  return driver;
}
const roleOf = (driver: Driver, from: string) => driver.registry.get("coven")?.sessions.get(from)?.role;
const questionIn = (sent: Element[], to: string) =>
  sentTo(sent, to).find((stanza) => child(stanza, "captcha", NS.captcha) !== undefined);
const form = (fields: Record<string, string>) =>
  `<x xmlns="jabber:x:data" type="submit">${Object.entries(fields)
    .map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`)
    .join("")}</x>`;
const captcha = (challenge: string, qa: string) =>
  `<captcha xmlns="${NS.captcha}">${form({ FORM_TYPE: NS.captcha, challenge, qa })}</captcha>`;
const iq = (driver: Driver, from: string, content: string, type = "set") =>
  driver.send(from, `<iq type="${type}" id="i" to="${ROOM}">${content}</iq>`).map(errorOf)[0];
const message = (driver: Driver, from: string, content: string, type = "chat") =>
  driver.send(from, `<message type="${type}" id="m" to="${ROOM}">${content}</message>`);
const command = (answer: string) =>
  `<command xmlns="${NS.commands}" node="verona#answer">${form({ FORM_TYPE: NS.captcha, qa: answer })}</command>`;
/** Enters once more and returns the id of the challenge. */
const challengeOf = (driver: Driver, from = MEMBER, nick = "thirdwitch") =>
  questionIn(driver.join(from, nick), from)?.attrs.id ?? "";

const WAYS: [way: string, answer: (driver: Driver, text: string) => string | undefined][] = [
  [
    "a form by request (XEP-0158 3.1.3)",
    (driver, text) => iq(driver, MEMBER, captcha(challengeOf(driver), text)),
  ],
  [
    "a form by message",
    (driver, text) => message(driver, MEMBER, captcha(challengeOf(driver), text)).map(errorOf)[0],
  ],
  [
    "a message to the room",
    (driver, text) => message(driver, MEMBER, `<body>${text}</body>`).map(errorOf)[0],
  ],
  [
    "a private message to the nickname of the room",
    (driver, text) =>
      driver
        .send(MEMBER, `<message type="chat" id="m" to="${ROOM}/(room)"><body>${text}</body></message>`)
        .map(errorOf)[0],
  ],
  ["a message to all", (driver, text) => driver.say(MEMBER, text).map(errorOf)[0]],
  ["the command of the room", (driver, text) => iq(driver, MEMBER, command(text))],
];

describe("the gate of a room", () => {
  test("leaves users without affiliation no voice, and asks them alone (XEP-0158 3.1.2)", () => {
    const driver = openRoom(GATE);
    const sent = driver.join(MEMBER, "thirdwitch");
    expect(roleOf(driver, MEMBER)).toBe("visitor");
    const question = questionIn(sent, MEMBER);
    expect(sent.filter((stanza) => child(stanza, "captcha", NS.captcha))).toEqual([question]);
    expect(question?.attrs).toMatchObject({ type: "groupchat", from: `${ROOM}/(room)` });
    expect(question && child(question, "body")?.getText()).toContain(QUESTION);
    expect(String(question)).toContain(`<field var="sid" type="hidden"><value>join</value></field>`);
    expect(String(question)).toContain(
      `<field var="from" type="hidden"><value>${ROOM}/thirdwitch</value></field>`,
    );
    expect(String(question)).toContain(
      `<field var="challenge" type="hidden"><value>${question?.attrs.id}</value></field>`,
    );
    expect(String(question)).toContain(`<value>${NS.captcha}</value>`);
    expect(sent.at(-1)).toBe(question);
    expect(driver.journal.some(({ kind }) => kind === "message-archived")).toBe(false);
  });

  test.each(["member", "admin", "owner"])("asks no %s", (affiliation) => {
    const driver = openRoom(GATE);
    driver.admin(OWNER, `<item affiliation="${affiliation}" jid="${bare(MEMBER)}"/>`);
    expect(questionIn(driver.join(MEMBER, "thirdwitch"), MEMBER)).toBeUndefined();
    expect(roleOf(driver, MEMBER)).not.toBe("visitor");
  });

  test.each([
    ["without a question", { "verona#gate_question": "" }],
    ["that is off", { "verona#gate": "0" }],
  ])("%s asks nobody", (_, fields) => {
    const driver = openRoom({ ...GATE, ...fields });
    expect(questionIn(driver.join(MEMBER, "thirdwitch"), MEMBER)).toBeUndefined();
    expect(roleOf(driver, MEMBER)).toBe("participant");
  });

  test.each(WAYS)("lets through who answers by %s, for good and after a restart", (_, answer) => {
    const driver = room();
    expect(answer(driver, "THE  heath.")).toBeUndefined();
    expect(roleOf(driver, MEMBER)).toBe("participant");
    expect(roleOf(driver, OTHER)).toBe("visitor");
    const again = driver.restarted();
    again.leave(MEMBER, "thirdwitch");
    expect(questionIn(again.join(MEMBER, "thirdwitch"), MEMBER)).toBeUndefined();
    expect(roleOf(again, MEMBER)).toBe("participant");
    expect(again.registry.get("coven")?.notes.get("gate")).not.toContain("hag66");
  });

  test.each(WAYS)("tells who answers wrong by %s, five times in a row", (way, answer) => {
    const driver = room();
    const wrong = /request|command/.test(way) ? "cancel/not-acceptable" : "auth/forbidden";
    for (let n = 0; n < 5; n += 1) expect(answer(driver, "the castle")).toBe(wrong);
    expect(answer(driver, "the heath")).toBe("wait/policy-violation");
    expect(roleOf(driver, MEMBER)).toBe("visitor");
    driver.now += 60_000;
    expect(answer(driver, "the heath")).toBeUndefined();
  });

  test("shows an answer to nobody, right or wrong", () => {
    const driver = room();
    for (const text of ["the castle", "the heath"])
      expect(
        driver
          .say(MEMBER, text)
          .filter((stanza) => stanza.toString().includes(text) && stanza.attrs.to !== MEMBER),
      ).toEqual([]);
    expect(driver.journal.some(({ kind }) => kind === "message-archived")).toBe(false);
    expect(sentTo(driver.say(MEMBER, "hail"), OWNER)).toHaveLength(1);
  });

  test("takes the challenge of nobody else, and no challenge twice (XEP-0158 3.1.4)", () => {
    const driver = room();
    const own = challengeOf(driver);
    expect(own).not.toBe("");
    expect(iq(driver, MEMBER, captcha(challengeOf(driver, OTHER, "hecate"), "heath"))).toBe(
      "cancel/service-unavailable",
    );
    expect(iq(driver, MEMBER, captcha(own, "heath"), "get")).toBe("cancel/service-unavailable");
    expect(iq(driver, MEMBER, captcha(own, "heath"))).toBeUndefined();
    expect(iq(driver, MEMBER, captcha(own, "heath"))).toBe("cancel/service-unavailable");
    expect(iq(driver, "stranger@far.example/x", command("heath"))).toBe("cancel/forbidden");
  });

  test("with terms wants the word accept", () => {
    const driver = room({ "verona#gate_answers": "" });
    expect(driver.say(MEMBER, "never").map(errorOf)).toEqual(["auth/forbidden"]);
    driver.say(MEMBER, "Accept!");
    expect(roleOf(driver, MEMBER)).toBe("participant");
  });

  test("gives no more than the room: visitors in a moderated one, who may ask for voice then (7.13)", () => {
    const driver = room({ "muc#roomconfig_moderatedroom": "1" });
    const ask = () =>
      message(driver, MEMBER, form({ FORM_TYPE: NS.mucRequest, "muc#role": "participant" }), "normal").map(
        errorOf,
      )[0];
    expect(ask()).toBe("cancel/not-allowed");
    driver.say(MEMBER, "the heath");
    expect(roleOf(driver, MEMBER)).toBe("visitor");
    expect(ask()).toBeUndefined();
  });

  test("does not ask whom a moderator gave voice", () => {
    const driver = room();
    driver.admin(OWNER, '<item nick="thirdwitch" role="participant"/>');
    driver.leave(MEMBER, "thirdwitch");
    expect(questionIn(driver.join(MEMBER, "thirdwitch"), MEMBER)).toBeUndefined();
    expect(roleOf(driver, MEMBER)).toBe("participant");
  });

  test("keeps who is muted without voice, also after a right answer", () => {
    const driver = room({ "verona#gate": "0" });
    driver.admin(OWNER, '<item nick="thirdwitch" role="visitor"/>');
    driver.configure(OWNER, { "verona#gate": "1" });
    driver.say(MEMBER, "the heath");
    expect(roleOf(driver, MEMBER)).toBe("visitor");
  });

  test("leaves private messages to moderators only, and no invitations", () => {
    const driver = room();
    const privately = (to: string) =>
      driver
        .send(MEMBER, `<message type="chat" id="p" to="${ROOM}/${to}"><body>x</body></message>`)
        .map(errorOf)[0];
    expect(privately("hecate")).toBe("auth/forbidden");
    expect(privately("firstwitch")).toBeUndefined();
    const invite = `<x xmlns="${NS.mucUser}"><invite to="a@home.example"/></x>`;
    expect(message(driver, MEMBER, invite, "normal").map(errorOf)[0]).toBe("auth/forbidden");
    driver.say(MEMBER, "the heath");
    expect(privately("hecate")).toBeUndefined();
  });

  test("asks those inside when it is closed, and lets them through when it is opened", () => {
    const driver = room({ "verona#gate": "0" });
    const closed = driver.configure(OWNER, { "verona#gate": "1" });
    expect(questionIn(closed, MEMBER)).toBeDefined();
    expect([MEMBER, OTHER, OWNER].map((from) => roleOf(driver, from))).toEqual([
      "visitor",
      "visitor",
      "moderator",
    ]);
    driver.configure(OWNER, { "verona#gate": "0" });
    expect(roleOf(driver, MEMBER)).toBe("participant");
  });

  test("takes no message of a moderator without affiliation for an answer", () => {
    const driver = room({ "verona#gate": "0" });
    driver.admin(OWNER, '<item nick="thirdwitch" role="moderator"/>');
    driver.configure(OWNER, { "verona#gate": "1" });
    const heard = driver.say(MEMBER, "no answer").filter(({ attrs }) => attrs.type === "groupchat");
    expect(heard.map(({ attrs }) => attrs.to)).toContain(OWNER);
  });

  test("asks newcomers in a lock-down that wants it", () => {
    const driver = room({ "verona#gate": "0" });
    driver.leave(OTHER, "hecate");
    driver.now += 3_600_000;
    const lockDown = form({ FORM_TYPE: "verona#moderation", effect: "gate", minutes: "10" });
    iq(driver, OWNER, `<command xmlns="${NS.commands}" node="verona#lock-down">${lockDown}</command>`);
    expect(questionIn(driver.join(OTHER, "hecate"), OTHER)).toBeDefined();
    expect([MEMBER, OTHER].map((from) => roleOf(driver, from))).toEqual(["participant", "visitor"]);
    driver.say(OTHER, "the heath");
    expect(roleOf(driver, OTHER)).toBe("participant");
  });

  test("remembers the latest 5000 who passed", () => {
    const driver = room();
    const coven = driver.registry.get("coven");
    const hashes = Array.from({ length: 5_000 }, (_, n) => `${n}`.padStart(10, "0"));
    coven?.note("gate", JSON.stringify(hashes));
    driver.say(MEMBER, "the heath");
    const kept: string[] = JSON.parse(coven?.notes.get("gate") ?? "[]");
    expect([kept.length, kept[0]]).toEqual([5_000, "0000000001"]);
  });

  test("speaks under a nickname that nobody can use", () => {
    const driver = room();
    expect(driver.join("rogue@far.example/x", "(room)").map(errorOf)).toContain("cancel/conflict");
    const to = `<message type="chat" id="m" to="${ROOM}/(room)"><body>hail</body></message>`;
    expect(driver.send(OWNER, to).map(errorOf)).toEqual(["cancel/service-unavailable"]);
  });
});
