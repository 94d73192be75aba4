import { describe, expect, it } from "vitest";
import { nextRecipients } from "../../../src/muc/model/output-text.ts";
import { audienceOf } from "../../../src/muc/permissions/room-audience.ts";
import { assignHat, putHat } from "../../../src/muc/presence/hats.ts";
import { rosterOf } from "../../../src/muc/presence/roster.ts";
import { outgoingOf, writeOutgoing } from "../../support/effects.ts";
import { type Driver, MEMBER, OWNER, ROOM, sentTo, withMember } from "../../support/room-driver.ts";

const LAPTOP = "hag66@shakespeare.example/laptop";
const NEWCOMER = "puck@shakespeare.example/forest";
const admin = (item: string) =>
  `<iq type="set" id="a" to="${ROOM}"><query xmlns="http://jabber.org/protocol/muc#admin">${item}</query></iq>`;
/** Returns an owner's form that turns one option on. */
const configured = (name: string) => {
  const form = `<field var="muc#roomconfig_${name}"><value>1</value></field>`;
  const type = '<field var="FORM_TYPE"><value>http://jabber.org/protocol/muc#roomconfig</value></field>';
  const x = `<x xmlns="jabber:x:data" type="submit">${type}${form}</x>`;
  return `<iq type="set" id="c" to="${ROOM}"><query xmlns="http://jabber.org/protocol/muc#owner">${x}</query></iq>`;
};
const status = (text: string) => `<presence to="${ROOM}/thirdwitch"><status>${text}</status></presence>`;

/** Returns a room that is large enough for presence to be cached. */
function bigRoom(): Driver {
  const driver = withMember();
  for (let n = 0; n < 60; n += 1) driver.join(`extra${n}@shakespeare.example/x`, `extra${n}`);
  return driver;
}

/** Lets a user enter, and returns the presence of MEMBER that it gets, as text; empty if it gets none. */
function shown(driver: Driver, nick: string): string {
  const newcomer = `${nick}@shakespeare.example/forest`;
  const sent = sentTo(driver.join(newcomer, nick), newcomer).map(String);
  return sent.find((text) => /(third|old)witch/.test(text)) ?? "";
}

describe("XEP-0045 7.2.2 new occupants of a large room get the current presence of all others after", () => {
  it.each<[string, (driver: Driver) => void, RegExp]>([
    ["a new presence", (driver) => driver.send(MEMBER, status("brewing")), /<status>brewing</],
    ["a new nickname", (driver) => driver.send(MEMBER, `<presence to="${ROOM}/oldwitch"/>`), /\/oldwitch"/],
    ["a new role", (driver) => driver.admin(OWNER, '<item nick="thirdwitch" role="visitor"/>'), /"visitor"/],
    [
      "a new affiliation",
      (driver) => driver.admin(OWNER, '<item jid="hag66@shakespeare.example" affiliation="member"/>'),
      /affiliation="member"/,
    ],
    [
      "a hat (XEP-0317)",
      (driver) => {
        const room = driver.registry.get("coven") ?? expect.fail();
        putHat(room, { uri: "urn:x:host", title: "Host" });
        assignHat(room, "hag66@shakespeare.example", "urn:x:host", true);
      },
      /<hat title="Host"/,
    ],
    [
      "another client of the same user",
      (driver) =>
        driver.join(LAPTOP, "thirdwitch", `</x><status>on the laptop</status><x xmlns="urn:x:else">`),
      /on the laptop/,
    ],
    ["its departure", (driver) => driver.leave(MEMBER, "thirdwitch"), /^$/],
    [
      "a change that hides participants",
      (driver) => driver.configure(OWNER, { "muc#roomconfig_presencebroadcast": ["moderator"] }),
      /^$/,
    ],
    [
      "a change that shows real JIDs",
      (driver) => driver.configure(OWNER, { "muc#roomconfig_whois": "anyone" }),
      /hag66@/,
    ],
  ])("%s", (_what, change, after) => {
    const driver = bigRoom();
    const before = shown(driver, "puck");
    expect(before).toContain("/thirdwitch");
    expect(before).not.toMatch(after);
    change(driver);
    expect(shown(driver, "oberon")).toMatch(after);
  });

  it("several joins, in the order of joining", () => {
    const driver = bigRoom();
    for (const nick of ["puck", "oberon"]) driver.join(`${nick}@shakespeare.example/forest`, nick);
    driver.send(
      `oberon@shakespeare.example/forest`,
      `<presence to="${ROOM}/oberon"><show>dnd</show></presence>`,
    );
    driver.leave("extra3@shakespeare.example/x", "extra3");
    for (const nick of ["titania", "bottom", "quince"]) {
      const newcomer = `${nick}@shakespeare.example/forest`;
      const room = driver.registry.get("coven") ?? expect.fail();
      const expected = [...room.occupants.keys(), nick];
      const sent = sentTo(driver.join(newcomer, nick), newcomer).filter((stanza) => stanza.is("presence"));
      expect(sent.map((stanza) => stanza.attrs.from?.split("/")[1])).toEqual(expected);
    }
  });

  it("a change of the broadcast roles: only occupants with such a role", () => {
    const driver = bigRoom();
    driver.configure(OWNER, { "muc#roomconfig_presencebroadcast": ["moderator"] });
    for (const nick of ["puck", "oberon", "titania"]) {
      const newcomer = `${nick}@shakespeare.example/forest`;
      const sent = sentTo(driver.join(newcomer, nick), newcomer).filter((stanza) => stanza.is("presence"));
      expect(sent.map((stanza) => stanza.attrs.from?.split("/")[1])).toEqual(["firstwitch", nick]);
    }
  });

  it("the departure of the client with the latest presence: that of the remaining client", () => {
    const driver = bigRoom();
    driver.join(LAPTOP, "thirdwitch", `</x><status>on the laptop</status><x xmlns="urn:x:else">`);
    expect(shown(driver, "puck")).toContain("on the laptop");
    driver.leave(LAPTOP, "thirdwitch");
    expect(shown(driver, "oberon")).not.toContain("on the laptop");
  });

  it("their join, as it was then, even if it is written after later changes", () => {
    const driver = bigRoom();
    const joined = driver.routed(
      NEWCOMER,
      `<presence to="${ROOM}/puck"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
    );
    for (const nick of ["oberon", "titania"]) driver.join(`${nick}@shakespeare.example/forest`, nick);
    driver.send(MEMBER, status("brewing"));
    driver.send(MEMBER, `<presence to="${ROOM}/oldwitch"/>`);
    const text = outgoingOf(joined).map(writeOutgoing).join("");
    expect(text).not.toContain("oberon");
    expect(text).toContain("/thirdwitch");
    expect(text).not.toMatch(/oldwitch|brewing/);
  });
});

describe("presence in a large room", () => {
  it("shows the state at the time of a change, even if it is written after later changes", () => {
    const driver = bigRoom();
    const changed = driver.routed(OWNER, admin('<item nick="thirdwitch" role="visitor"/>'));
    driver.admin(OWNER, '<item nick="thirdwitch" role="moderator"/>');
    driver.send(MEMBER, status("brewing"));
    driver.send(MEMBER, `<presence to="${ROOM}/oldwitch"/>`);
    const text = outgoingOf(changed).map(writeOutgoing).join("");
    expect(text.match(/<presence /g)).toHaveLength(62);
    expect(text.match(/\/thirdwitch"/g)).toHaveLength(62);
    expect(text).not.toMatch(/role="moderator"|oldwitch|brewing/);
  });

  it("shows the state at the time of a change of all occupants (XEP-0045 10.2), to the occupants of that time", () => {
    const driver = bigRoom();
    const moderated = driver.routed(OWNER, configured("moderatedroom"));
    driver.admin(OWNER, '<item nick="thirdwitch" role="moderator"/>');
    const removed = driver.routed(OWNER, configured("membersonly"));
    driver.configure(OWNER, { "muc#roomconfig_membersonly": "0", "muc#roomconfig_moderatedroom": "0" });
    driver.join(MEMBER, "oldwitch");
    const changes = outgoingOf(moderated).map(writeOutgoing).join("");
    expect(changes.match(/<presence /g)).toHaveLength(61 * 62);
    expect(changes.match(/role="visitor"/g)).toHaveLength(61 * 62);
    expect(changes).not.toMatch(/role="moderator"|oldwitch/);
    const removals = outgoingOf(removed).map(writeOutgoing).join("");
    expect(removals.match(/<presence /g)).toHaveLength((61 * 62) / 2 + 61);
    expect(removals.match(/role="none"/g)).toHaveLength((61 * 62) / 2 + 61);
    expect(removals).not.toContain("oldwitch");
  });

  it("is sent to new moderators once per occupant, with real JIDs, after all changes of one list (XEP-0045 7.2.4)", () => {
    const driver = bigRoom();
    const list = '<item nick="extra1" role="moderator"/><item nick="extra2" role="moderator"/>';
    const sent = driver.admin(OWNER, `${list}<item nick="extra3" role="none"/>`);
    for (const nick of ["extra1", "extra2"]) {
      const toOne = sentTo(sent, `${nick}@shakespeare.example/x`).map(String);
      const removal = toOne.findIndex((text) => /\/extra3".*type="unavailable"/.test(text));
      const shownAfter = toOne.slice(removal + 1);
      expect(shownAfter).toHaveLength(60);
      expect(shownAfter.filter((text) => /jid="[^"]+"/.test(text))).toHaveLength(60);
      expect(shownAfter.join("")).not.toMatch(new RegExp(`/extra3"|/${nick}"`));
      expect(shownAfter.filter((text) => text.includes('role="moderator"'))).toHaveLength(2);
    }
  });

  it("is built once for all who see the same variant, until the room is quiet", () => {
    const driver = bigRoom();
    const room = driver.registry.get("coven") ?? expect.fail();
    const occupant = room.occupants.get("thirdwitch") ?? expect.fail();
    const cached = rosterOf(room).show(occupant, false);
    expect(rosterOf(room).show(occupant, false)).toBe(cached);
    expect(rosterOf(room).show(occupant, true).tail).not.toBe(cached.tail);
    expect(nextRecipients(audienceOf(room).everybody()).found).toHaveLength(62);
    driver.registry.passTime();
    expect(rosterOf(room).show(occupant, false)).toBe(cached);
    driver.now += 11_000;
    driver.registry.passTime();
    expect(rosterOf(room).show(occupant, false)).not.toBe(cached);
  });
});
