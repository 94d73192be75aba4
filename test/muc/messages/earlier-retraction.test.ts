// Retraction and moderation in earlier versions: XEP-0424 0.3 and XEP-0425 0.2, which use XEP-0422.
import { describe, expect, it } from "vitest";
import { child, type Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  type Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  ROOM,
  sentTo,
  withMember,
} from "../../support/room-driver.ts";

/** Sends a message and returns its stanza-id. */
function say(driver: Driver, from: string, content: string, id = "said"): string {
  const [sent] = driver.send(from, `<message type="groupchat" id="${id}" to="${ROOM}">${content}</message>`);
  return (sent && child(sent, "stanza-id", NS.stanzaId)?.attrs.id) ?? "";
}

const RETRACT = `<retract xmlns="${NS.retractEarlier}"/>`;
const ORIGIN = `<origin-id xmlns="${NS.stanzaId}" id="origin"/>`;
const FALLBACK = '<fallback xmlns="urn:xmpp:fallback:0"/><body>unsupported</body>';

const applyTo = (id: string, content: string) =>
  `<apply-to xmlns="${NS.fasten}" id="${id}">${content}</apply-to>`;
const groupchat = (content: string) =>
  `<message type="groupchat" id="take-back" to="${ROOM}">${content}</message>`;
const retraction = (id: string) => groupchat(applyTo(id, RETRACT) + FALLBACK);
const moderation = (id: string, action = RETRACT, type = "set") => {
  const moderate = `<moderate xmlns="${NS.moderateEarlier}">${action}<reason>no trade here</reason></moderate>`;
  return `<iq type="${type}" id="moderate" to="${ROOM}">${applyTo(id, moderate)}</iq>`;
};

/** Returns the history that an entering client gets. */
function history(driver: Driver): Element[] {
  const sent = sentTo(driver.join(OTHER, "hecate"), OTHER);
  driver.leave(OTHER, "hecate");
  return sent.filter((stanza) => stanza.is("message") && child(stanza, "delay", NS.delay));
}

/** Returns the messages in the archive. */
function archived(driver: Driver): Element[] {
  const found = driver.send(OWNER, `<iq type="set" id="mam" to="${ROOM}"><query xmlns="${NS.mam}"/></iq>`);
  return found.flatMap(
    (stanza) =>
      stanza.getChild("result", NS.mam)?.getChild("forwarded", NS.forward)?.getChild("message") ?? [],
  );
}

/** Returns the id that a message retracts, in the current and in the earlier version. */
const retracts = (message: Element | undefined) => [
  message && child(message, "retract", NS.retract)?.attrs.id,
  message && child(message, "apply-to", NS.fasten)?.attrs.id,
];

/** Returns the ids of a message's tombstones: that of the current version, and the origin-id of the earlier one. */
const tombstones = (message: Element | undefined) => [
  message && child(message, "retracted", NS.retract)?.attrs.id,
  message && child(message, "retracted", NS.retractEarlier)?.getChild("origin-id", NS.stanzaId)?.attrs.id,
];

describe("XEP-0424 0.3: a retraction with the same origin-id as the message that it retracts", () => {
  it("hides that message, not itself", () => {
    const driver = withMember();
    const id = say(driver, MEMBER, `<body>toe of frog</body>${ORIGIN}`);
    driver.send(MEMBER, groupchat(applyTo("origin", RETRACT) + FALLBACK + ORIGIN));
    const [message, action] = history(driver);
    expect(tombstones(message)[0]).toBe("take-back");
    expect(retracts(action)).toEqual([id, "origin"]);
  });
});

describe("XEP-0424 0.3: a retraction that is fastened to the author's own id", () => {
  it.each([
    ["its origin-id", "origin", `<body>eye of newt</body>${ORIGIN}`, "origin"],
    ["the id of its stanza, if it has no origin-id", "said", "<body>eye of newt</body>", "said"],
  ])("by %s: is sent in both versions and leaves both tombstones", (_what, id, content, own) => {
    const driver = withMember();
    const stanzaId = say(driver, MEMBER, content);
    const sent = driver.send(MEMBER, retraction(id));
    expect(sent.map(retracts)).toEqual([
      [stanzaId, own],
      [stanzaId, own],
    ]);
    expect(sent[0]?.getChild("body")?.getText()).toBe("unsupported");
    for (const [tombstone, action] of [history(driver), archived(driver)]) {
      expect(tombstones(tombstone)).toEqual(["take-back", own]);
      expect(tombstone?.getChild("body")).toBeUndefined();
      expect(retracts(action)).toEqual([stanzaId, own]);
    }
  });

  it("or by the room's stanza-id: leaves both tombstones", () => {
    const driver = withMember();
    const stanzaId = say(driver, MEMBER, `<body>eye of newt</body>${ORIGIN}`);
    const [sent] = driver.send(MEMBER, retraction(stanzaId));
    expect(retracts(sent)).toEqual([stanzaId, stanzaId]);
    expect(tombstones(history(driver)[0])).toEqual(["take-back", "origin"]);
  });

  it("retracts the author's latest message with that id, and nobody else's", () => {
    const driver = withMember();
    say(driver, MEMBER, "<body>first</body>");
    say(driver, MEMBER, "<body>second</body>");
    say(driver, OWNER, "<body>hers</body>");
    driver.send(MEMBER, retraction("said"));
    const bodies = history(driver).map((message) => message.getChild("body")?.getText());
    expect(bodies).toEqual(["first", undefined, "hers", "unsupported"]);
  });

  it("of another occupant's message by stanza-id is forbidden", () => {
    const driver = withMember();
    const stanzaId = say(driver, OWNER, "<body>hers</body>");
    expect(errorOf(driver.send(MEMBER, retraction(stanzaId))[0])).toBe("auth/forbidden");
    expect(history(driver)[0]?.getChild("body")?.getText()).toBe("hers");
  });

  it("of an unknown message is passed on, because clients may know it", () => {
    expect(retracts(withMember().send(MEMBER, retraction("long-ago"))[0])).toEqual(["long-ago", "long-ago"]);
  });

  it("retracts a message by its stanza-id that is only in the archive", () => {
    const driver = withMember();
    const stanzaId = say(driver, MEMBER, "<body>eye of newt</body>");
    for (let i = 0; i < 500; i += 1) driver.say(OWNER, "Double, double");
    driver.send(MEMBER, retraction(stanzaId));
    expect(tombstones(archived(driver)[0])).toEqual(["take-back", "said"]);
  });

  it("works after a restart", () => {
    const driver = withMember({ "muc#roomconfig_persistentroom": "1" });
    say(driver, MEMBER, "<body>eye of newt</body>");
    const restarted = driver.restarted();
    restarted.send(MEMBER, retraction("said"));
    expect(tombstones(history(restarted)[0])).toEqual(["take-back", "said"]);
  });

  it("works between two occupants, and on private messages that the archive keeps", () => {
    const archive = { maxDays: 0, maxMessagesPerRoom: 0, privateMessages: true, presence: false };
    const driver = withMember({}, { environment: { archive } });
    const whisper = (content: string) =>
      driver.send(MEMBER, `<message type="chat" id="pm" to="${ROOM}/firstwitch">${content}</message>`);
    const [sent] = whisper(applyTo("origin", RETRACT));
    expect(retracts(sent)).toEqual(["origin", "origin"]);
    expect(driver.journal.filter(({ kind }) => kind === "private-retracted")).toHaveLength(1);
  });
});

describe("XEP-0424: a retraction of the current version", () => {
  it("is sent to clients of the earlier version with the author's own id", () => {
    const driver = withMember();
    const stanzaId = say(driver, MEMBER, `<body>eye of newt</body>${ORIGIN}`);
    const [sent] = driver.send(MEMBER, groupchat(`<retract xmlns="${NS.retract}" id="${stanzaId}"/>`));
    expect(retracts(sent)).toEqual([stanzaId, "origin"]);
    expect(tombstones(history(driver)[0])).toEqual(["take-back", "origin"]);
  });

  it("that comes in both versions passes unchanged", () => {
    const driver = withMember();
    const stanzaId = say(driver, MEMBER, `<body>eye of newt</body>${ORIGIN}`);
    const both = `<retract xmlns="${NS.retract}" id="${stanzaId}"/>${applyTo("origin", RETRACT)}`;
    const [sent] = driver.send(MEMBER, groupchat(both));
    expect(sent?.getChildElements().map((el) => el.getName())).toEqual([
      "retract",
      "apply-to",
      "occupant-id",
      "stanza-id",
    ]);
    expect(tombstones(history(driver)[0])).toEqual(["take-back", "origin"]);
  });
});

describe("XEP-0425 0.2: a request to moderate that is fastened to the room's stanza-id", () => {
  it("gets a result, is announced in both versions, and leaves both tombstones", () => {
    const driver = withMember();
    const stanzaId = say(driver, MEMBER, "<body>free potions</body>");
    const sent = driver.send(OWNER, moderation(stanzaId));
    expect(sent.map(({ name, attrs }) => [name, attrs.type, attrs.to])).toEqual([
      ["message", "groupchat", OWNER],
      ["message", "groupchat", MEMBER],
      ["iq", "result", OWNER],
    ]);
    expect(retracts(sent[1])).toEqual([stanzaId, stanzaId]);
    const current = sent[1]?.getChild("retract", NS.retract);
    const earlier = sent[1]?.getChild("apply-to", NS.fasten)?.getChild("moderated", NS.moderateEarlier);
    expect(current?.getChild("moderated", NS.moderate)?.attrs.by).toBe(`${ROOM}/firstwitch`);
    expect(earlier?.attrs.by).toBe(`${ROOM}/firstwitch`);
    expect(earlier?.getChild("retract", NS.retractEarlier)).toBeDefined();
    expect([current, earlier].map((el) => el?.getChild("reason")?.getText())).toEqual([
      "no trade here",
      "no trade here",
    ]);
    for (const [tombstone, action] of [history(driver), archived(driver)]) {
      expect(tombstone?.getChild("body")).toBeUndefined();
      expect(tombstone?.getChild("retracted", NS.retract)?.attrs.id).toBe(sent[0]?.attrs.id);
      const moderated = tombstone?.getChild("moderated", NS.moderateEarlier);
      expect(moderated?.attrs.by).toBe(`${ROOM}/firstwitch`);
      expect(moderated?.getChild("retracted", NS.retractEarlier)?.attrs.stamp).toBe(
        "2026-01-01T00:00:00.000Z",
      );
      expect(retracts(action)).toEqual([stanzaId, stanzaId]);
    }
    expect(driver.send(OWNER, moderation(stanzaId))).toHaveLength(1);
  });

  it("is announced like a request of the current version", () => {
    const tell = (request: (id: string) => string) => {
      const driver = withMember();
      return String(driver.send(OWNER, request(say(driver, MEMBER, "<body>free potions</body>")))[0]);
    };
    const current = (id: string) =>
      `<iq type="set" id="m" to="${ROOM}"><moderate xmlns="${NS.moderate}" id="${id}"><retract xmlns="${NS.retract}"/><reason>no trade here</reason></moderate></iq>`;
    expect(tell((id) => moderation(id))).toBe(tell(current));
  });

  it.each([
    ["from a participant who is the author", MEMBER, (id: string) => moderation(id), "auth/forbidden"],
    ["from outside", OTHER, (id: string) => moderation(id), "auth/forbidden"],
    ["of an unknown message", OWNER, () => moderation("unknown"), "cancel/item-not-found"],
    ["without a message id", OWNER, () => moderation(""), "modify/bad-request"],
    ["by the author's own id", OWNER, () => moderation("said"), "cancel/item-not-found"],
    ["without an action", OWNER, (id: string) => moderation(id, ""), "modify/bad-request"],
    ["of type get", OWNER, (id: string) => moderation(id, undefined, "get"), "modify/bad-request"],
    [
      "with other content than a moderation",
      OWNER,
      (id: string) => `<iq type="set" id="m" to="${ROOM}">${applyTo(id, RETRACT)}</iq>`,
      "cancel/service-unavailable",
    ],
  ])("is refused %s", (_what, from, request, error) => {
    const driver = withMember();
    const stanzaId = say(driver, MEMBER, "<body>free potions</body>");
    expect(driver.send(from, request(stanzaId)).map(errorOf)).toEqual([error]);
    expect(history(driver)[0]?.getChild("body")?.getText()).toBe("free potions");
  });
});

it("at most ten retractions in one message are applied", () => {
  const driver = withMember();
  for (let n = 0; n < 12; n += 1) say(driver, MEMBER, "<body>x</body>", `m${n}`);
  const all = Array.from({ length: 12 }, (_, n) => applyTo(`m${n}`, RETRACT)).join("");
  driver.send(MEMBER, groupchat(all));
  expect(history(driver).filter((message) => message.getChild("retracted", NS.retract))).toHaveLength(10);
});

it("ids longer than 1 KB are ignored: neither repeated nor remembered", () => {
  const driver = withMember();
  const long = "&apos;".repeat(1_025);
  const stanzaId = say(driver, MEMBER, `<body>x</body><origin-id xmlns="${NS.stanzaId}" id="${long}"/>`);
  const [sent] = driver.send(MEMBER, retraction(long));
  expect(sent?.getChild("retract", NS.retract)).toBeUndefined();
  const [told] = driver.send(MEMBER, groupchat(`<retract xmlns="${NS.retract}" id="${stanzaId}"/>`));
  expect(retracts(told)).toEqual([stanzaId, "said"]);
});
