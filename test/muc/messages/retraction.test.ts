import { describe, expect, it } from "vitest";
import { child, type Element, serialize } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import { VERSION_CASES } from "../../storage/version-cases.ts";
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

const TABLET = "hag66@shakespeare.example/tablet";

function withMember(fields = {}): Driver {
  const driver = openRoom(fields);
  driver.join(MEMBER, "thirdwitch");
  return driver;
}

/** Sends a message and returns its stanza-id. */
function say(driver: Driver, from: string, content: string, id = "said"): string {
  const [sent] = driver.send(from, `<message type="groupchat" id="${id}" to="${ROOM}">${content}</message>`);
  return (sent && child(sent, "stanza-id", NS.stanzaId)?.attrs.id) ?? "";
}

const retraction = (id: string, content = "") =>
  `<message type="groupchat" id="take-back" to="${ROOM}"><retract xmlns="${NS.retract}" id="${id}">${content}</retract></message>`;

const moderation = (id: string, content = `<retract xmlns="${NS.retract}"/>`, type = "set") =>
  `<iq type="${type}" id="moderate" to="${ROOM}"><moderate xmlns="${NS.moderate}" id="${id}">${content}</moderate></iq>`;

/** Returns the history that an entering client gets. */
function history(driver: Driver): Element[] {
  const sent = sentTo(driver.join(OTHER, "hecate"), OTHER);
  driver.leave(OTHER, "hecate");
  return sent.filter((stanza) => stanza.is("message") && child(stanza, "delay", NS.delay));
}

const retracted = (message: Element | undefined) => message && child(message, "retracted", NS.retract);

describe("XEP-0424 message retraction", () => {
  it("is sent to all and leaves a tombstone in the history with the message's metadata (4)", () => {
    const driver = withMember();
    const id = say(driver, MEMBER, "<body>eye of newt</body><thread>cauldron</thread>");
    driver.now += 60_000;
    const sent = driver.send(MEMBER, retraction(id));
    expect(sent.map((stanza) => child(stanza, "retract", NS.retract)?.attrs.id)).toEqual([id, id]);
    const [tombstone, action] = history(driver);
    expect(tombstone?.attrs).toMatchObject({ id: "said", from: `${ROOM}/thirdwitch`, type: "groupchat" });
    expect(retracted(tombstone)?.attrs).toEqual({
      xmlns: NS.retract,
      id: "take-back",
      stamp: "2026-01-01T00:01:00.000Z",
    });
    expect(tombstone?.getChildElements().map((el) => el.getName())).toEqual([
      "retracted",
      "retracted", // of the earlier version
      "occupant-id",
      "stanza-id",
      "delay",
    ]);
    expect(tombstone && child(tombstone, "stanza-id", NS.stanzaId)?.attrs.id).toBe(id);
    expect(tombstone && child(tombstone, "delay", NS.delay)?.attrs.stamp).toBe("2026-01-01T00:00:00.000Z");
    expect(action && child(action, "retract", NS.retract)?.attrs.id).toBe(id);
  });

  it("retracts all versions of the message (XEP-0308), and no other message with the same id", () => {
    const driver = withMember();
    const id = say(driver, MEMBER, "<body>secret</body>", "first");
    say(driver, MEMBER, `<body>secret!</body><replace xmlns="${NS.correct}" id="first"/>`, "second");
    say(driver, OWNER, `<body>hers</body><replace xmlns="${NS.correct}" id="first"/>`, "third");
    say(driver, MEMBER, "<body>another</body>", "first");
    driver.send(MEMBER, retraction(id));
    const bodies = history(driver).map((message) => message.getChild("body")?.getText());
    expect(bodies).toEqual([undefined, undefined, "hers", "another", undefined]);
  });

  it.each(VERSION_CASES)(
    "hides all versions of a message (XEP-0308 5): $name",
    ({ said, retracted: target, hidden }) => {
      const driver = withMember();
      const authors = { firstwitch: OWNER, thirdwitch: MEMBER };
      const ids = said.map(([nick, id, corrects]) => {
        const correction = corrects === undefined ? "" : `<replace xmlns="${NS.correct}" id="${corrects}"/>`;
        return say(driver, authors[nick], `<body>said</body>${correction}`, id);
      });
      driver.send(authors[said[target]?.[0] ?? "thirdwitch"], retraction(ids[target] ?? ""));
      const hiddenIn = (room: Driver): number[] =>
        history(room).flatMap((message, index) => (retracted(message) ? [index] : []));
      expect(hiddenIn(driver)).toEqual(hidden);
      expect(hiddenIn(driver.restarted())).toEqual(hidden);
    },
  );

  it("hides the corrections of a message that is no longer in the history", () => {
    const driver = withMember({ "muc#maxhistoryfetch": "3" });
    const id = say(driver, MEMBER, "<body>secret</body>", "1");
    say(driver, OWNER, "<body>hail</body>");
    say(driver, MEMBER, `<body>secret!</body><replace xmlns="${NS.correct}" id="1"/>`, "2");
    say(driver, OWNER, "<body>welcome</body>");
    driver.send(MEMBER, retraction(id));
    const bodies = history(driver).map((message) => message.getChild("body")?.getText());
    expect(bodies).toEqual([undefined, "welcome", undefined]);
  });

  it("hides the message that a correction without a body corrects", () => {
    const driver = withMember();
    say(driver, MEMBER, "<body>secret</body>", "1");
    const id = say(driver, MEMBER, `<file xmlns="urn:example"/><replace xmlns="${NS.correct}" id="1"/>`, "2");
    driver.send(MEMBER, retraction(id));
    expect(history(driver).map((message) => retracted(message) !== undefined)).toEqual([true, false]);
  });

  it("is for the author only, by occupant-id, also with another client and nickname (5)", () => {
    const driver = withMember();
    const id = say(driver, MEMBER, "<body>toe of frog</body>");
    driver.leave(MEMBER, "thirdwitch");
    driver.join(OTHER, "thirdwitch");
    expect(errorOf(driver.send(OTHER, retraction(id))[0])).toBe("auth/forbidden");
    expect(errorOf(driver.send(OWNER, retraction(id))[0])).toBe("auth/forbidden");
    driver.join(TABLET, "hag");
    driver.send(TABLET, retraction(id));
    driver.leave(OTHER, "thirdwitch");
    expect(history(driver).map((message) => retracted(message) !== undefined)).toEqual([true, false]);
  });

  it("of an unknown message is passed on, because clients may know it", () => {
    const sent = withMember().send(MEMBER, retraction("long-ago"));
    expect(sent.map((stanza) => child(stanza, "retract", NS.retract)?.attrs.id)).toEqual([
      "long-ago",
      "long-ago",
    ]);
  });
});

describe("XEP-0045 7.2.15 the subject", () => {
  it("comes once, at the end, also if a retraction has changed it", () => {
    const driver = withMember();
    const id = say(driver, OWNER, "<body>hail</body>");
    say(driver, OWNER, `<subject>spells</subject><retract xmlns="${NS.retract}" id="${id}"/>`);
    expect(history(driver).map((stanza) => stanza.getChild("subject")?.getText())).toEqual([
      undefined,
      "spells",
    ]);
  });
});

describe("XEP-0425 moderated message retraction", () => {
  it("is announced by the room with moderator and reason before the result (3.1)", () => {
    const driver = withMember();
    const id = say(driver, MEMBER, "<body>free potions</body>");
    const reason = `<retract xmlns="${NS.retract}"/><reason>no trade here</reason>`;
    const sent = driver.send(OWNER, moderation(id, reason));
    expect(sent.map((stanza) => [stanza.getName(), stanza.attrs.type, stanza.attrs.to])).toEqual([
      ["message", "groupchat", OWNER],
      ["message", "groupchat", MEMBER],
      ["iq", "result", OWNER],
    ]);
    const retract = sent[0] && child(sent[0], "retract", NS.retract);
    const moderated = retract && child(retract, "moderated", NS.moderate);
    const ownerId = child(driver.say(OWNER, "x")[0] as Element, "occupant-id", NS.occupantId)?.attrs.id;
    expect(sent[0]?.attrs.from).toBe(ROOM);
    expect(sent[0] && child(sent[0], "occupant-id", NS.occupantId)).toBeUndefined();
    expect(sent[0]?.attrs.id).toMatch(/./);
    expect(retract?.attrs.id).toBe(id);
    expect(retract && child(retract, "reason", NS.retract)?.getText()).toBe("no trade here");
    expect(moderated?.attrs.by).toBe(`${ROOM}/firstwitch`);
    expect(moderated && child(moderated, "occupant-id", NS.occupantId)?.attrs.id).toBe(ownerId);
    expect(sent[0] && child(sent[0], "stanza-id", NS.stanzaId)?.attrs.by).toBe(ROOM);
    expect(sentTo(sent, MEMBER).map(serialize).join()).not.toContain("crone1");
  });

  it("leaves a tombstone with the moderation but without a real JID (4), and the retraction in the history", () => {
    const driver = withMember();
    const id = say(driver, MEMBER, "<body>free potions</body>");
    const [live] = driver.send(OWNER, moderation(id));
    const [tombstone, action] = history(driver);
    const by = retracted(tombstone)?.getChild("moderated", NS.moderate)?.attrs.by;
    expect(by).toBe(`${ROOM}/firstwitch`);
    expect(retracted(tombstone)?.attrs.id).toBe(live?.attrs.id);
    expect(tombstone?.getChild("body")).toBeUndefined();
    expect(action?.attrs).toMatchObject({ id: live?.attrs.id, from: ROOM });
    expect(tombstone && serialize(tombstone)).not.toContain("crone1");
  });

  it("does not apply to chat states, which the room does not remember (XEP-0085)", () => {
    const driver = withMember();
    const id = say(driver, MEMBER, `<composing xmlns="${NS.chatStates}"/>`);
    expect(id).not.toBe("");
    expect(driver.send(OWNER, moderation(id)).map(errorOf)).toEqual(["cancel/item-not-found"]);
  });

  it("is of no change of the subject, which would stay as it is", () => {
    const driver = withMember();
    const id = say(driver, OWNER, "<subject>spells</subject>");
    expect(id).not.toBe("");
    expect(driver.send(OWNER, moderation(id)).map(errorOf)).toEqual(["cancel/item-not-found"]);
  });

  it("works without a history, and for messages of occupants who have left", () => {
    const driver = withMember({ "muc#maxhistoryfetch": "0" });
    const id = say(driver, MEMBER, "<body>free potions</body>");
    driver.leave(MEMBER, "thirdwitch");
    expect(driver.send(OWNER, moderation(id)).map((stanza) => stanza.attrs.type)).toEqual([
      "groupchat",
      "result",
    ]);
    expect(history(driver)).toEqual([]);
  });

  it("of a retracted message gets a result and is not announced again", () => {
    const driver = withMember();
    const id = say(driver, MEMBER, "<body>free potions</body>");
    driver.send(MEMBER, retraction(id));
    expect(driver.send(OWNER, moderation(id)).map((stanza) => stanza.attrs.type)).toEqual(["result"]);
    expect(retracted(history(driver)[0])?.attrs.id).toBe("take-back");
  });

  it("is kept when the author retracts the message as well", () => {
    const driver = withMember();
    const id = say(driver, MEMBER, "<body>free potions</body>");
    const [live] = driver.send(OWNER, moderation(id));
    driver.send(MEMBER, retraction(id));
    expect(retracted(history(driver)[0])?.attrs.id).toBe(live?.attrs.id);
  });

  it.each([
    ["from a participant who is the author", MEMBER, (id: string) => moderation(id), "auth/forbidden"],
    ["from outside", OTHER, (id: string) => moderation(id), "auth/forbidden"],
    ["of an unknown message", OWNER, () => moderation("unknown"), "cancel/item-not-found"],
    ["without a message id", OWNER, () => moderation(""), "modify/bad-request"],
    ["without an action", OWNER, (id: string) => moderation(id, ""), "modify/bad-request"],
    ["of type get", OWNER, (id: string) => moderation(id, undefined, "get"), "modify/bad-request"],
  ])("is refused %s (3.2)", (_what, from, request, error) => {
    const driver = withMember();
    const id = say(driver, MEMBER, "<body>free potions</body>");
    expect(driver.send(from, request(id)).map(errorOf)).toEqual([error]);
    expect(history(driver)[0]?.getChild("body")?.getText()).toBe("free potions");
  });

  it("cannot be forged: the room removes elements of a moderated retraction or a tombstone (5)", () => {
    const driver = withMember();
    const id = say(driver, OWNER, "<body>hers</body>");
    const moderated = `<moderated xmlns="${NS.moderate}" by="${ROOM}/firstwitch"/>`;
    const forgeries = [
      `<retract xmlns="${NS.retract}" id="${id}">${moderated}</retract>`,
      `<apply-to xmlns="urn:xmpp:fasten:0" id="${id}"><moderated xmlns="urn:xmpp:message-moderate:0"/></apply-to>`,
      `<retracted xmlns="${NS.retract}" id="${id}"/>`,
      `<retracted xmlns="${NS.retractEarlier}"><origin-id xmlns="${NS.stanzaId}" id="said"/></retracted>`,
      `<apply-to xmlns="${NS.fasten}" id="${id}"><moderated xmlns="${NS.moderateEarlier}"><retract xmlns="${NS.retractEarlier}"/></moderated></apply-to>`,
      moderated,
    ];
    const [sent] = driver.send(
      MEMBER,
      `<message type="groupchat" to="${ROOM}"><body>x</body>${forgeries.join("")}</message>`,
    );
    expect(sent?.getChildElements().map((el) => el.getName())).toEqual(["body", "occupant-id", "stanza-id"]);
    expect(history(driver)[0]?.getChild("body")?.getText()).toBe("hers");
  });

  it("is a feature of the room in service discovery", () => {
    const [info] = openRoom().send(
      OWNER,
      `<iq type="get" id="i" to="${ROOM}"><query xmlns="${NS.discoInfo}"/></iq>`,
    );
    const features = info?.getChild("query")?.getChildren("feature") ?? [];
    expect(features.map((feature) => feature.attrs.var)).toEqual(
      expect.arrayContaining([
        ...[NS.moderate, NS.retract, `${NS.retract}#tombstone`],
        ...[NS.moderateEarlier, NS.retractEarlier, `${NS.retractEarlier}#tombstone`],
      ]),
    );
  });
});
