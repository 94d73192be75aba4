import { describe, expect, it } from "vitest";
import type { DestroyedRoom } from "../../../src/muc/model/journal.ts";
import { child } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  Driver,
  type DriverOptions,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
} from "../../support/room-driver.ts";

const DAY = 24 * 60 * 60 * 1000;
const VENUE = '<destroy jid="heath@chat.example"><reason>Macbeth doth come.</reason></destroy>';

function destroyed(fields = {}, options: DriverOptions = {}, request = VENUE): Driver {
  const driver = openRoom(fields, options);
  driver.admin(OWNER, '<item affiliation="member" jid="hag66@shakespeare.example"/>');
  driver.owner(OWNER, request);
  return driver;
}

/** Returns the answer to an attempt to enter: the error, the venue and the reason. */
function told(driver: Driver, from: string): (string | undefined)[] {
  const [reply] = driver.join(from, "thirdwitch");
  const error = reply && child(reply, "error");
  const texts = ["gone", "text"].map((name) => error && child(error, name, NS.stanzas)?.getText());
  return [errorOf(reply), ...texts];
}

describe("XEP-0045 10.9 entering a room that was destroyed with an alternate venue", () => {
  it("is refused with gone, the address of the venue and the reason (RFC 6120 section 8.3.3.5)", () => {
    const driver = destroyed();
    const answer = ["cancel/gone", "xmpp:heath@chat.example?join", "Macbeth doth come."];
    expect(told(driver, MEMBER)).toEqual(answer);
    expect(told(driver, OWNER)).toEqual(answer);
    expect(driver.registry.get("coven")).toBeUndefined();
  });

  it("survives a restart, also for a temporary room", () => {
    const entries = destroyed().journal;
    const rooms = entries.flatMap((entry): DestroyedRoom[] =>
      entry.kind === "room-destroyed" ? [entry.destroyed] : [],
    );
    expect(told(new Driver({ destroyed: rooms }), MEMBER)[1]).toBe("xmpp:heath@chat.example?join");
  });

  it("ends after 31 days, or when a service administrator creates the room again", () => {
    const driver = destroyed({}, { admins: ["hecate@shakespeare.example"] });
    driver.now += 31 * DAY - 1;
    expect(told(driver, MEMBER)[0]).toBe("cancel/gone");
    driver.now += 1;
    expect(told(driver, MEMBER)[0]).toBeUndefined();
    const other = destroyed({}, { admins: ["hecate@shakespeare.example"] });
    expect(told(other, OTHER)[0]).toBeUndefined();
    expect(other.journal).toContainEqual({ kind: "destroyed-room-forgotten", node: "coven" });
    other.owner(OTHER, "<destroy/>");
    expect(told(other, MEMBER)[0]).toBeUndefined();
  });

  it("lasts the same time when the clock is set", () => {
    for (const jump of [-3650 * DAY, 3650 * DAY]) {
      const driver = destroyed();
      driver.setClock(jump);
      driver.now += 31 * DAY - 1;
      expect(told(driver, MEMBER)[0]).toBe("cancel/gone");
      driver.now += 1;
      expect(told(driver, MEMBER)[0]).toBeUndefined();
    }
  });

  it("lasts no longer after a restart if the clock was ahead when the room was destroyed", () => {
    const driver = openRoom();
    driver.setClock(3650 * DAY);
    driver.owner(OWNER, VENUE);
    driver.setClock(-3650 * DAY);
    const restarted = driver.restarted();
    expect(told(restarted, MEMBER)[0]).toBe("cancel/gone");
    restarted.now += 31 * DAY;
    expect(told(restarted, MEMBER)[0]).toBeUndefined();
  });

  it("is kept for the latest rooms only, and for fewer if they had very many members", () => {
    const members = Array.from({ length: 3_000 }, (_, n) => `${"m".repeat(900)}${n}@shakespeare.example`);
    const until = Date.UTC(2026, 0, 31);
    const destroyed = [1, 2, 3].map((n) => ({
      node: `cave${n}`,
      venue: "heath@chat.example",
      reason: undefined,
      members,
      until,
    }));
    const driver = new Driver({ destroyed });
    driver.join(OWNER, "firstwitch");
    driver.configure(OWNER);
    driver.owner(OWNER, VENUE);
    const forgotten = driver.journal.flatMap((entry) =>
      entry.kind === "destroyed-room-forgotten" ? entry.node : [],
    );
    expect(forgotten).toEqual(["cave1"]);
    expect(told(driver, MEMBER)[0]).toBe("cancel/gone");
  });

  it("reveals the venue of a members-only room only to users who could enter", () => {
    const driver = destroyed({ "muc#roomconfig_membersonly": "1" });
    expect(told(driver, MEMBER)[1]).toBe("xmpp:heath@chat.example?join");
    expect(told(driver, OTHER)).toEqual(["cancel/gone", "", "This room was destroyed"]);
  });

  it("escapes characters that are special in a URI (RFC 5122)", () => {
    const driver = destroyed({}, {}, '<destroy jid="50%?#x@chat.example"/>');
    expect(told(driver, MEMBER)[1]).toBe("xmpp:50%25%3F%23x@chat.example?join");
  });

  it.each(["<destroy/>", '<destroy jid="chat.example"/>', '<destroy jid="@"/>', `<destroy jid="${ROOM}"/>`])(
    "leaves the name free after %s, which has no other room as venue",
    (request) => expect(told(destroyed({}, {}, request), MEMBER)[0]).toBeUndefined(),
  );

  it("is kept for as many rooms as the service may have, the latest ones", () => {
    const driver = destroyed({}, { maxRooms: 1 });
    driver.join(OWNER, "firstwitch", "", "cave@chat.example");
    driver.send(
      OWNER,
      `<iq type="set" id="d" to="cave@chat.example"><query xmlns="${NS.mucOwner}">${VENUE}</query></iq>`,
    );
    expect(driver.journal.at(-1)).toEqual({ kind: "destroyed-room-forgotten", node: "coven" });
    expect(told(driver, MEMBER)[0]).toBeUndefined();
  });

  it("answers messages with not-acceptable, so that clients enter again and get gone (section 7.4)", () => {
    const message = `<message to="${ROOM}" type="groupchat"><body>Where is everybody?</body></message>`;
    const [moved] = destroyed().send(MEMBER, message);
    expect(errorOf(moved)).toBe("modify/not-acceptable");
    const [ended] = destroyed({}, {}, "<destroy/>").send(MEMBER, message);
    expect(errorOf(ended)).toBe("cancel/item-not-found");
  });
});

describe("XEP-0045 10.9 the name of a persistent room that was destroyed", () => {
  const PERSISTENT = { "muc#roomconfig_persistentroom": "1" };
  const ADMINS = { admins: ["hecate@shakespeare.example"] };
  const ended = (options: DriverOptions = {}, fields = {}) =>
    destroyed({ ...PERSISTENT, ...fields }, options, "<destroy><reason>Hell is murky</reason></destroy>");
  const movedIn = (driver: Driver): DestroyedRoom[] =>
    driver.journal.flatMap((entry): DestroyedRoom[] =>
      entry.kind === "room-destroyed" ? [entry.destroyed] : [],
    );

  it("is reserved: everybody gets gone without an address (RFC 6120 section 8.3.3.5), former owners too", () => {
    const driver = ended();
    for (const from of [MEMBER, OTHER, OWNER])
      expect(told(driver, from)).toEqual(["cancel/gone", "", "Hell is murky"]);
    expect(driver.registry.get("coven")).toBeUndefined();
  });

  it("stays reserved over a restart, and is free after 31 days", () => {
    const driver = ended().restarted();
    driver.now += 31 * DAY - 1;
    expect(told(driver, MEMBER)[0]).toBe("cancel/gone");
    driver.now += 1;
    expect(told(driver, MEMBER)[0]).toBeUndefined();
  });

  it("is reserved for the time that the operator sets, or free at once (0)", () => {
    const shorter = ended({ environment: { tombstoneDays: 2 } });
    shorter.now += 2 * DAY - 1;
    expect(told(shorter, MEMBER)[0]).toBe("cancel/gone");
    shorter.now += 1;
    expect(told(shorter, MEMBER)[0]).toBeUndefined();
    const none = ended({ environment: { tombstoneDays: 0 } });
    expect(movedIn(none)).toEqual([]);
    expect(told(none, MEMBER)[0]).toBeUndefined();
    const venue = destroyed(PERSISTENT, { environment: { tombstoneDays: 0 } });
    expect(told(venue, MEMBER)[0]).toBeUndefined();
  });

  it("can be freed earlier only by service administrators", () => {
    const driver = ended(ADMINS);
    expect(told(driver, OTHER)[0]).toBeUndefined();
    expect(driver.journal).toContainEqual({ kind: "destroyed-room-forgotten", node: "coven" });
  });

  it("reveals the reason of a members-only room only to its members", () => {
    const driver = ended({}, { "muc#roomconfig_membersonly": "1" });
    expect(told(driver, MEMBER)[2]).toBe("Hell is murky");
    expect(told(driver, OTHER)).toEqual(["cancel/gone", "", "This room was destroyed"]);
  });

  it("is reserved without persistence too if the room was members-only: no stranger becomes its owner", () => {
    const driver = destroyed({ "muc#roomconfig_membersonly": "1" }, {}, "<destroy/>");
    for (const from of [OTHER, MEMBER]) expect(told(driver, from)[0]).toBe("cancel/gone");
    expect(driver.registry.get("coven")).toBeUndefined();
    expect(told(driver.restarted(), OTHER)[0]).toBe("cancel/gone");
  });

  it("is reserved if an administrator of the service has destroyed the room by a command", () => {
    const driver = openRoom(PERSISTENT, ADMINS);
    const field = (name: string, value: string) => `<field var="${name}"><value>${value}</value></field>`;
    const fields = field("FORM_TYPE", "verona#admin") + field("verona#room", ROOM);
    const form = `<x xmlns="jabber:x:data" type="submit">${fields}</x>`;
    const command = `<command xmlns="${NS.commands}" node="verona#destroy-room">${form}</command>`;
    driver.send(OTHER, `<iq type="set" id="c" to="chat.example">${command}</iq>`);
    expect(driver.registry.get("coven")).toBeUndefined();
    expect(told(driver, MEMBER)[0]).toBe("cancel/gone");
  });

  it("is free at once if the room was temporary or never configured (10.1.3)", () => {
    expect(told(destroyed({}, {}, "<destroy/>"), MEMBER)[0]).toBeUndefined();
    const driver = new Driver({ defaults: { persistent: true } });
    driver.join(OWNER, "firstwitch");
    driver.owner(OWNER, '<x xmlns="jabber:x:data" type="cancel"/>');
    expect(told(driver, MEMBER)[0]).toBeUndefined();
  });

  it.each([
    ["disco#info", `<iq type="get" id="q" to="${ROOM}"><query xmlns="${NS.discoInfo}"/></iq>`, "cancel/gone"],
    [
      "disco#items",
      `<iq type="get" id="q" to="${ROOM}"><query xmlns="${NS.discoItems}"/></iq>`,
      "cancel/gone",
    ],
    ["an archive query", `<iq type="set" id="q" to="${ROOM}"><query xmlns="${NS.mam}"/></iq>`, "cancel/gone"],
    ["a message to the room", `<message to="${ROOM}"><body>hi</body></message>`, "cancel/gone"],
    ["a private message", `<message to="${ROOM}/hag" type="chat"><body>hi</body></message>`, "cancel/gone"],
    // Section 7.4 and XEP-0410: these errors make a client enter again, and then it gets gone.
    [
      "a groupchat message",
      `<message to="${ROOM}" type="groupchat"><body>hi</body></message>`,
      "modify/not-acceptable",
    ],
    [
      "a self-ping",
      `<iq type="get" id="q" to="${ROOM}/hag"><ping xmlns="${NS.ping}"/></iq>`,
      "cancel/not-acceptable",
    ],
  ])("refuses %s (%s)", (_what, stanza, refusal) => {
    expect(ended().send(MEMBER, stanza).map(errorOf)).toEqual([refusal]);
    const admin = ended(ADMINS).send(OTHER, stanza).map(errorOf);
    expect(admin).not.toContain("cancel/gone");
  });

  it("sends no answer to errors and departures (RFC 6120 section 8.3.1)", () => {
    const driver = ended();
    for (const stanza of [
      `<message to="${ROOM}" type="error"/>`,
      `<presence to="${ROOM}/hag" type="error"/>`,
      `<presence to="${ROOM}/hag" type="unavailable"/>`,
      `<iq to="${ROOM}" type="result" id="q"/>`,
    ])
      expect(driver.send(MEMBER, stanza)).toEqual([]);
  });
});
