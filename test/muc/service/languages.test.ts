// The room preserves the language of users' texts (XML 1.0 section 2.12, RFC 6120 section 8.1.5).
import { describe, expect, it } from "vitest";
import type { Element } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  type Driver,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  sentTo,
  withMember,
} from "../../support/room-driver.ts";

const STATUSES =
  '<status>weg</status><status xml:lang="en">away</status><status xml:lang="la">absens</status>';
const TABLET = "hag66@shakespeare.example/tablet";

const presence = (content: string, attributes = "", nick = "thirdwitch") =>
  `<presence xml:lang="de" ${attributes} to="${ROOM}/${nick}">${content}</presence>`;

/** Returns the language of a presence, and its statuses with their languages. */
const languages = (stanza: Element | undefined) => [
  stanza?.attrs["xml:lang"],
  ...(stanza?.getChildren("status") ?? []).map((el) => [el.attrs["xml:lang"], el.getText()]),
];
const ALL = ["de", [undefined, "weg"], ["en", "away"], ["la", "absens"]];

/** Returns the presences of MEMBER among stanzas. */
const ofMember = (sent: readonly Element[]) =>
  sent.filter(({ name, attrs }) => name === "presence" && attrs.from === `${ROOM}/thirdwitch`);

describe("presence keeps its language and all its statuses", () => {
  it("on entering and on changes, for all recipients (XEP-0045 7.2.2, 7.7)", () => {
    const driver = openRoom();
    const entered = driver.send(MEMBER, presence(`${STATUSES}<x xmlns="${NS.muc}"/>`));
    expect(ofMember(entered).map(languages)).toEqual([ALL, ALL]);
    const changed = driver.send(MEMBER, presence(STATUSES));
    expect(ofMember(changed).map(languages)).toEqual([ALL, ALL]);
    expect(driver.send(MEMBER, presence(STATUSES).replace("de", "nl"))[0]?.attrs["xml:lang"]).toBe("nl");
  });

  const shown = (driver: Driver) => ofMember(sentTo(driver.join(OTHER, "hecate"), OTHER)).map(languages);

  it("for new occupants, and after a restart", () => {
    const driver = withMember({ "muc#roomconfig_persistentroom": "1" });
    driver.send(MEMBER, presence(STATUSES));
    expect(shown(driver)).toEqual([ALL]);
    expect(shown(driver.restarted())).toEqual([ALL]);
  });

  it("in a large room, where presence is cached", () => {
    const driver = withMember();
    for (let n = 0; n < 60; n += 1) driver.join(`user${n}@shakespeare.example/pda`, `nick${n}`);
    driver.send(MEMBER, presence(STATUSES));
    expect(shown(driver)).toEqual([ALL]);
    driver.send(MEMBER, presence(STATUSES).replace("de", "nl"));
    driver.leave(OTHER, "hecate");
    expect(shown(driver)[0]?.[0]).toBe("nl");
  });

  it("after a change of role, and after another client of the user has left", () => {
    const driver = withMember();
    driver.send(MEMBER, presence(STATUSES));
    const role = driver.admin(OWNER, '<item nick="thirdwitch" role="visitor"/>');
    expect(ofMember(role).map(languages)).toEqual([ALL, ALL]);
    driver.join(TABLET, "thirdwitch");
    const left = driver.send(TABLET, `<presence type="unavailable" to="${ROOM}/thirdwitch"/>`);
    expect(ofMember(left).map(({ attrs }) => [attrs.to, attrs["xml:lang"]])).toEqual([
      [TABLET, undefined],
      [OWNER, "de"],
      [MEMBER, "de"],
    ]);
  });

  it("under a new nickname (7.6)", () => {
    const sent = withMember().send(MEMBER, presence(STATUSES, "", "oldhag"));
    expect(sent.map((stanza) => languages(stanza)[0])).toEqual([undefined, undefined, "de", "de"]);
    expect(languages(sent[3])).toEqual(ALL);
  });

  it("on leaving (7.14), with the same extensions of clients as other presence (17.3)", () => {
    const idle = '<idle xmlns="urn:xmpp:idle:1" since="2026-01-01T00:00:00Z"/>';
    const forged = `<x xmlns="${NS.mucUser}"><item affiliation="owner" role="moderator"/></x>`;
    const sent = withMember().send(
      MEMBER,
      presence(`<show>away</show><priority>1</priority>${STATUSES}${idle}${forged}`, 'type="unavailable"'),
    );
    expect(sent.map(languages)).toEqual([ALL, ALL]);
    for (const stanza of sent) {
      const names = stanza.getChildElements().map((el) => el.getName());
      expect(names).toEqual(["status", "status", "status", "idle", "occupant-id", "x"]);
      expect(stanza.getChild("x")?.getChild("item")?.attrs.affiliation).toBe("none");
    }
  });

  it("in the archive, if it has presence", () => {
    const archive = { maxDays: 0, maxMessagesPerRoom: 0, privateMessages: false, presence: true };
    const driver = openRoom({}, { environment: { archive } });
    driver.send(MEMBER, presence(`${STATUSES}<x xmlns="${NS.muc}"/>`));
    driver.send(MEMBER, presence(STATUSES, 'type="unavailable"'));
    const archived = driver.journal.flatMap((entry) =>
      entry.kind === "message-archived" && entry.message.nick === "thirdwitch" ? entry.message : [],
    );
    expect(archived.map(({ kind, language }) => [kind, language])).toEqual([
      ["arrival", "de"],
      ["departure", "de"],
    ]);
    expect(archived[1]?.payload).toBe(STATUSES);
  });

  it("unless the language is too long", () => {
    const sent = withMember().send(MEMBER, presence("").replace("de", "x".repeat(2000)));
    expect(sent.map((stanza) => stanza.attrs["xml:lang"])).toEqual([undefined, undefined]);
  });
});

describe("stanzas that the room rewrites keep the language", () => {
  const invite = (to: string) =>
    `<message xml:lang="de" id="i" to="${ROOM}"><x xmlns="${NS.mucUser}"><invite to="${to}"><reason xml:lang="la">veni</reason></invite></x></message>`;

  it("of an invitation and its reason (XEP-0045 7.8.2), except for the room's own text", () => {
    const [sent] = openRoom().send(OWNER, invite("hecate@shakespeare.example"));
    expect(sent?.attrs["xml:lang"]).toBe("de");
    const reason = sent?.getChild("x", NS.mucUser)?.getChild("invite")?.getChild("reason");
    expect([reason?.attrs["xml:lang"], reason?.getText()]).toEqual(["la", "veni"]);
    expect(sent?.getChild("body")?.attrs["xml:lang"]).toBe("en");
  });

  it("of a decline and its reason", () => {
    const driver = openRoom();
    driver.send(OWNER, invite("hecate@shakespeare.example"));
    const [sent] = driver.send(
      OTHER,
      `<message xml:lang="de" to="${ROOM}"><x xmlns="${NS.mucUser}"><decline to="${ROOM}/firstwitch"><reason xml:lang="la">nolo</reason></decline></x></message>`,
    );
    expect(sent?.attrs["xml:lang"]).toBe("de");
    const reason = sent?.getChild("x", NS.mucUser)?.getChild("decline")?.getChild("reason");
    expect([reason?.attrs["xml:lang"], reason?.getText()]).toEqual(["la", "nolo"]);
  });

  it("of a message or presence in an error (RFC 6120 8.3.1)", () => {
    const driver = withMember();
    const message = driver.send(
      OTHER,
      `<message xml:lang="de" type="groupchat" to="${ROOM}"><body>x</body></message>`,
    );
    expect(message.map(({ attrs }) => [attrs.type, attrs["xml:lang"]])).toEqual([["error", "de"]]);
    const join = driver.send(OTHER, presence(`<x xmlns="${NS.muc}"/>`));
    expect(join.map(({ attrs }) => [attrs.type, attrs["xml:lang"]])).toEqual([["error", "de"]]);
  });
});
