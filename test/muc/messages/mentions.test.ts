import { describe, expect, it, vi } from "vitest";
import { child, type Element, serialize } from "../../../src/xmpp/element.ts";
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

const FORWARD = { "muc#roomconfig_forwardmentions": "1" };
const HAG = "hag66@shakespeare.example";

/** Creates a room with OWNER and OTHER in it. MEMBER is an absent member with the nickname "third witch". */
function withAbsentMember(fields = {}): Driver {
  const driver = openRoom({ ...FORWARD, ...fields });
  driver.admin(OWNER, `<item jid="${HAG}" affiliation="member" nick="third witch"/>`);
  driver.admin(OWNER, '<item jid="crone2@shakespeare.example" affiliation="member"/>');
  driver.join(OTHER, "hecate");
  return driver;
}

/** Returns MEMBER's occupant-id from its presence. */
function occupantIdOf(driver: Driver): string {
  const [seen] = sentTo(driver.join(MEMBER, "third witch"), OWNER);
  driver.leave(MEMBER, "third witch");
  return (seen && child(seen, "occupant-id", NS.occupantId)?.attrs.id) ?? "";
}

const say = (driver: Driver, from: string, content: string) =>
  driver.send(
    from,
    `<message id="m" type="groupchat" xml:lang="en" to="${ROOM}"><body>hail</body>${content}</message>`,
  );
const reference = (uri: string) => `<reference xmlns="${NS.reference}" type="mention" uri="${uri}"/>`;
const mention = (attributes: string, content = "") =>
  `<mention xmlns="${NS.mentions}" ${attributes}>${content}</mention>`;
const reached = (sent: Element[]) => sentTo(sent, HAG).length;

describe("XEP-0452 3.2 mention notifications", () => {
  it("forward the message from the room to the bare JID, as the room has sent it", () => {
    const driver = withAbsentMember();
    const sent = say(driver, OTHER, reference(`xmpp:${HAG}`));
    const [told] = sentTo(sent, HAG);
    const [live] = sentTo(sent, OWNER);
    const forwarded = told?.getChild("mentions", NS.mentionNotifications)?.getChild("forwarded", NS.forward);
    const original = forwarded?.getChild("message", "jabber:client");
    expect(told?.attrs).toMatchObject({ from: ROOM, to: HAG });
    expect(told?.attrs.type).toBeUndefined();
    expect(forwarded?.getChild("delay", NS.delay)?.attrs.stamp).toBe("2026-01-01T00:00:00.000Z");
    expect(original?.attrs).toMatchObject({ ...live?.attrs, to: ROOM });
    expect(original?.getChildElements().map(serialize)).toEqual(live?.getChildElements().map(serialize));
    expect(told && serialize(told)).not.toContain(OTHER.split("/")[0]);
  });

  it.each([
    ["the user", `xmpp:${HAG}`],
    ["the reserved nickname", `xmpp:${ROOM}/third%20witch`],
  ])("find the user by a reference to %s (XEP-0372)", (_what, uri) => {
    expect(reached(say(withAbsentMember(), OTHER, reference(uri)))).toBe(1);
  });

  it("do not reach outcasts, even if an import has given them a nickname", () => {
    const driver = withAbsentMember();
    const record = { jid: HAG, affiliation: "outcast", nick: "third witch", reason: undefined } as const;
    driver.registry.get("coven")?.change({ kind: "affiliation-changed", record });
    expect(reached(say(driver, OTHER, reference(`xmpp:${HAG}`)))).toBe(0);
  });

  it("find the user by an explicit mention of the occupant-id (XEP-0513 3.1), once, and only while absent", () => {
    const driver = withAbsentMember();
    const id = occupantIdOf(driver);
    const both = mention(`occupantid="${id}"`) + reference(`xmpp:${HAG}`);
    expect(reached(say(driver, OTHER, both))).toBe(1);
    driver.join(MEMBER, "third witch");
    expect(reached(say(driver, OTHER, both))).toBe(0);
  });

  it.each(["noping", "active"])("obey the modifier %s (XEP-0513 3.5)", (modifier) => {
    const driver = withAbsentMember();
    const id = occupantIdOf(driver);
    expect(reached(say(driver, OTHER, mention(`occupantid="${id}"`, `<${modifier}/>`)))).toBe(0);
  });

  it.each([
    ["strangers", "x@shakespeare.example"],
    ["members without a nickname", "crone2@shakespeare.example"],
    ["other services", "hag66@shakespeare.example.org"],
  ])("do not go to %s", (_what, jid) => {
    const sent = say(withAbsentMember(), OTHER, reference(`xmpp:${jid}`));
    expect(sent.map((stanza) => stanza.attrs.to).toSorted()).toEqual([OWNER, OTHER].toSorted());
  });

  it("end with the affiliation, and are off by default (3.1)", () => {
    const banned = withAbsentMember();
    banned.admin(OWNER, `<item jid="${HAG}" affiliation="outcast"/>`);
    expect(reached(say(banned, OTHER, reference(`xmpp:${HAG}`)))).toBe(0);
    const off = withAbsentMember({ "muc#roomconfig_forwardmentions": "0" });
    expect(reached(say(off, OTHER, reference(`xmpp:${HAG}`)))).toBe(0);
    const mute = withAbsentMember({ "muc#roomconfig_moderatedroom": "1" });
    expect(say(mute, OTHER, reference(`xmpp:${HAG}`)).map(errorOf)).toEqual(["auth/forbidden"]);
  });

  it("are not sent for a group, nor for more users than the room allows", () => {
    const driver = withAbsentMember();
    expect(reached(say(driver, OWNER, mention(`mentions="${NS.mentions}#channel"`)))).toBe(0);
    const many = reference(`xmpp:${HAG}`) + reference("xmpp:x@y.example").repeat(10);
    expect(reached(say(driver, OTHER, many))).toBe(0);
  });
});

const FORM = "jabber:x:data";
const permissions = (fields: Record<string, string>) => {
  const written = Object.entries({ FORM_TYPE: NS.mentions, ...fields }).map(
    ([name, value]) => `<field var="${name}"><value>${value}</value></field>`,
  );
  return `<iq type="set" id="p" to="${ROOM}"><query xmlns="${NS.mentions}"><x xmlns="${FORM}" type="submit">${written.join("")}</x></query></iq>`;
};
const valuesOf = (form: Element | undefined) =>
  Object.fromEntries(
    (form?.getChildren("field") ?? []).map((el) => [el.attrs.var, el.getChild("value")?.getText()]),
  );

describe("XEP-0513 3.6 permissions to mention", () => {
  const channel = mention(`mentions="${NS.mentions}#channel"`);
  const mentionsIn = (sent: Element[]) => sent[0]?.getChildren("mention").length;

  it("are a form, also in the room information, and survive a restart", () => {
    const driver = openRoom({ "muc#roomconfig_persistentroom": "1" });
    driver.send(OWNER, permissions({ "mentions#count": "3", "mentions#channel": "none" }));
    const expected = {
      "mentions#count": "3",
      "mentions#individual": "participants",
      "mentions#channel": "none",
      "mentions#associations": "participants",
    };
    expect(driver.journal).toContainEqual(
      expect.objectContaining({ kind: "note-changed", name: "mentions" }),
    );
    const record = driver.registry.get("coven")?.record();
    const restarted = openRoom({}, { records: record ? [record] : [] });
    for (const each of [driver, restarted]) {
      const ask = (xmlns: string) =>
        each.send(OTHER, `<iq type="get" id="p" to="${ROOM}"><query xmlns="${xmlns}"/></iq>`)[0];
      const form = ask(NS.mentions)?.getChild("query")?.getChild("x", FORM);
      expect(form?.attrs.type).toBe("form");
      expect(valuesOf(form)).toEqual({ FORM_TYPE: NS.mentions, ...expected });
      expect(valuesOf(ask(NS.discoInfo)?.getChild("query")?.getChild("x", FORM))).toMatchObject(expected);
    }
  });

  it("are announced to all when they change, with the changed fields", () => {
    const driver = withAbsentMember();
    const sent = driver.send(OWNER, permissions({ "mentions#count": "10", "mentions#individual": "none" }));
    expect(sent.map((stanza) => stanza.attrs.type)).toEqual(["groupchat", "groupchat", "result"]);
    expect(sent[0]?.attrs.from).toBe(ROOM);
    expect(valuesOf(sent[0]?.getChild("x", FORM))).toEqual({
      FORM_TYPE: NS.mentions,
      "mentions#individual": "none",
    });
  });

  it.each([
    ["by users other than owners", OTHER, permissions({ "mentions#count": "3" }), "auth/forbidden"],
    ["with an unknown value", OWNER, permissions({ "mentions#channel": "witches" }), "modify/not-acceptable"],
    ["with an invalid count", OWNER, permissions({ "mentions#count": "-1" }), "modify/not-acceptable"],
    [
      "without a form",
      OWNER,
      `<iq type="set" id="p" to="${ROOM}"><query xmlns="${NS.mentions}"/></iq>`,
      "modify/bad-request",
    ],
  ])("are not changed %s", (_what, from, xml, error) => {
    expect(withAbsentMember().send(from, xml).map(errorOf)).toEqual([error]);
  });

  it("let moderators mention the whole room, and others if the owner allows it; the message passes in any case (7)", () => {
    const driver = withAbsentMember();
    expect(mentionsIn(say(driver, OWNER, channel))).toBe(1);
    expect(mentionsIn(say(driver, OTHER, channel))).toBe(0);
    driver.send(OWNER, permissions({ "mentions#channel": "participants" }));
    expect(mentionsIn(say(driver, OTHER, channel))).toBe(1);
    driver.send(OWNER, permissions({ "mentions#channel": "none" }));
    expect(mentionsIn(say(driver, OWNER, channel))).toBe(0);
  });

  it("apply to individuals and roles separately, and to absent users", () => {
    const driver = withAbsentMember();
    const individual = mention(`occupantid="${occupantIdOf(driver)}"`);
    const role = mention(`mentions="${NS.mentions}#moderators"`);
    driver.send(OWNER, permissions({ "mentions#individual": "moderators" }));
    expect(mentionsIn(say(driver, OTHER, individual + role))).toBe(1);
    expect(reached(say(driver, OTHER, individual + reference(`xmpp:${HAG}`)))).toBe(0);
    expect(reached(say(driver, OWNER, individual))).toBe(1);
    driver.send(OWNER, permissions({ "mentions#associations": "none" }));
    expect(mentionsIn(say(driver, OWNER, individual + role))).toBe(1);
  });

  it("remove all mentions if there are more than allowed", () => {
    const driver = withAbsentMember();
    driver.send(OWNER, permissions({ "mentions#count": "1" }));
    const id = occupantIdOf(driver);
    const one = mention(`occupantid="${id}"`);
    expect(mentionsIn(say(driver, OTHER, one))).toBe(1);
    const sent = say(driver, OTHER, one + one);
    expect(mentionsIn(sent)).toBe(0);
    expect(reached(sent)).toBe(0);
  });

  it("ignore groups that the room does not know", () => {
    const hats = mention(`mentions="${NS.mentions}#hats" uri="http://example.org/hats#x"`);
    expect(mentionsIn(say(withAbsentMember(), OTHER, hats))).toBe(1);
  });
});

describe("a mention in a room with many members", () => {
  /** Counts the keyed hashes: each reads the room's secret. */
  function countHashes(driver: Driver, act: () => void): number {
    const room = driver.registry.get("coven");
    if (!room) throw new Error("no room");
    const read = vi.spyOn(room.notes, "get");
    act();
    const count = read.mock.calls.filter(([name]) => name === "occupant-id").length;
    read.mockRestore();
    return count;
  }
  const member = (n: number) => `<item jid="m${n}@shakespeare.example" affiliation="member" nick="m ${n}"/>`;
  const members = Array.from({ length: 200 }, (_, n) => member(n)).join("");

  it("computes the members' occupant-ids once, not for each mention", () => {
    const driver = withAbsentMember();
    driver.admin(OWNER, members);
    const id = occupantIdOf(driver);
    const speak = () => say(driver, OTHER, mention(`occupantid="${id}"`));
    countHashes(driver, () => speak());
    expect(countHashes(driver, () => expect(reached(speak())).toBe(1))).toBe(0);
    expect(countHashes(driver, () => say(driver, OTHER, mention('occupantid="nobody"')))).toBe(0);
    // A new member with a nickname costs one more hash.
    expect(countHashes(driver, () => driver.admin(OWNER, member(200)))).toBeLessThanOrEqual(1);
    // The occupant-id reaches a member only while a nickname is reserved.
    driver.admin(OWNER, `<item jid="${HAG}" affiliation="member" nick=""/>`);
    expect(reached(speak())).toBe(0);
    driver.admin(OWNER, `<item jid="${HAG}" affiliation="member" nick="old hag"/>`);
    expect(reached(speak())).toBe(1);
  });

  it("computes none at an entry that shows absent members (XEP-0045 muc#roomconfig_presencebroadcast)", () => {
    const roles = ["moderator", "participant", "visitor", "none"];
    const driver = withAbsentMember({ "muc#roomconfig_presencebroadcast": roles });
    driver.admin(OWNER, members);
    const enter = (n: number) => driver.join(`guest${n}@shakespeare.example/x`, `guest ${n}`);
    enter(1);
    let shown = 0;
    expect(
      countHashes(driver, () => {
        shown = enter(2).filter(({ attrs }) => attrs.type === "unavailable").length;
      }),
    ).toBe(1);
    expect(shown).toBeGreaterThan(200);
  });
});
