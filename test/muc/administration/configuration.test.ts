import { describe, expect, it } from "vitest";
import { child, type Element } from "../../../src/xmpp/element.ts";
import { accountOf } from "../../../src/xmpp/jid.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  brief,
  Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  sentTo,
  WITH_PAGES,
  withThree,
} from "../../support/room-driver.ts";

const HAG = "hag66@shakespeare.example";
const to = (sent: readonly Element[], jid: string) => sentTo(sent, jid).map(brief);
const kinds = (driver: Driver) => driver.journal.map((entry) => entry.kind);

describe("XEP-0045 10.2 subsequent room configuration", () => {
  it("is for owners only", () => {
    const driver = withThree();
    driver.admin(OWNER, `<item affiliation="admin" jid="${HAG}"/>`);
    for (const from of [MEMBER, OTHER]) {
      expect(errorOf(driver.owner(from, "", "get")[0])).toBe("auth/forbidden");
      expect(errorOf(driver.configure(from)[0])).toBe("auth/forbidden");
      expect(errorOf(driver.owner(from, "<destroy/>")[0])).toBe("auth/forbidden");
    }
    const form = driver.owner(OWNER, "", "get")[0]?.getChild("query")?.getChild("x", NS.dataForms);
    expect(form?.attrs.type).toBe("form");
  });

  it("changes nothing if it is cancelled or a value is not acceptable", () => {
    const driver = withThree();
    const before = driver.registry.get("coven")?.config;
    expect(driver.owner(OWNER, `<x xmlns="${NS.dataForms}" type="cancel"/>`).map(brief)).toEqual([
      "iq result @ > crone1",
    ]);
    const refused = { "muc#roomconfig_moderatedroom": "1", "muc#roomconfig_whois": "nobody" };
    expect(errorOf(driver.configure(OWNER, refused)[0])).toBe("modify/not-acceptable");
    const noPassword = { "muc#roomconfig_passwordprotectedroom": "1", "muc#roomconfig_roomsecret": "" };
    expect(errorOf(driver.configure(OWNER, noPassword)[0])).toBe("modify/not-acceptable");
    expect(driver.registry.get("coven")?.config).toBe(before);
  });

  it("the first configuration sends its changes to the creator too: 104 and 170 to 174 (10.2.1)", () => {
    const driver = new Driver();
    driver.join(OWNER, "firstwitch");
    const fields = { "muc#roomconfig_whois": "anyone", "muc#roomconfig_lang": "en" };
    expect(driver.configure(OWNER, fields).map(brief)).toEqual([
      "message groupchat @ > crone1 172,104",
      "iq result @ > crone1",
    ]);
  });

  it.each([
    [{ "muc#roomconfig_roomname": "A Dark Cave" }, "104"],
    [{ "muc#roomconfig_presencebroadcast": ["participant", "moderator"] }, "104"],
    [{ "muc#roomconfig_whois": "anyone" }, "172"],
    [{ "muc#roomconfig_presencebroadcast": ["none", "visitor", "participant", "moderator"] }, "102"],
    [{ "muc#roomconfig_whois": "anyone", "muc#roomconfig_lang": "en" }, "172,104"],
  ])("%j is announced to all occupants with %s (10.2.1)", (fields, codes) => {
    const messages = withThree()
      .configure(OWNER, fields as Record<string, string | string[]>)
      .filter((stanza) => stanza.is("message"));
    expect(messages.map(brief)).toEqual(
      ["crone1", "hag66", "hecate"].map((name) => `message groupchat @ > ${name} ${codes}`),
    );
  });

  it("announces the reverse changes too: 173 and 103", () => {
    const driver = withThree({
      "muc#roomconfig_whois": "anyone",
      "muc#roomconfig_presencebroadcast": ["none", "visitor", "participant", "moderator"],
    });
    const sent = driver.configure(OWNER, {
      "muc#roomconfig_whois": "moderators",
      "muc#roomconfig_presencebroadcast": ["visitor", "participant", "moderator"],
    });
    expect(to(sent, MEMBER)[0]).toBe("message groupchat @ > hag66 103,173");
  });

  it("the first configuration announces nothing that the creator cannot notice (10.1.2)", () => {
    const roles = ["none", "participant", "moderator"];
    for (const fields of [{}, { "muc#roomconfig_presencebroadcast": roles }]) {
      const driver = new Driver();
      driver.join(OWNER, "firstwitch");
      expect(driver.configure(OWNER, fields).map(brief)).toEqual(["iq result @ > crone1"]);
    }
  });

  it("hides the real JIDs of users whom it removes (322) while it makes the room non-anonymous (14.5)", () => {
    const driver = withThree();
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}"/>`);
    const fields = { "muc#roomconfig_whois": "anyone", "muc#roomconfig_membersonly": "1" };
    expect(to(driver.configure(OWNER, fields), MEMBER)).toEqual([
      "message groupchat @ > hag66 172,104",
      "presence unavailable hecate > hag66 none/none 322",
      "presence firstwitch > hag66 owner/moderator jid",
    ]);
  });

  it("removes non-members with 322 when the room becomes members-only", () => {
    const driver = withThree();
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}"/>`);
    const sent = driver.configure(OWNER, { "muc#roomconfig_membersonly": "1" });
    expect(to(sent, OTHER).at(-1)).toBe("presence unavailable hecate > hecate none/none jid 322,110");
    expect(to(sent, MEMBER).at(-1)).toBe("presence unavailable hecate > hag66 none/none 322");
    expect([...(driver.registry.get("coven")?.occupants.keys() ?? [])]).toEqual(["firstwitch", "thirdwitch"]);
  });

  it("revokes voice of the unaffiliated when the room becomes moderated, but not of moderators and members (5.1.2)", () => {
    const driver = withThree();
    driver.admin(OWNER, '<item nick="thirdwitch" role="moderator"/>');
    const sent = driver.configure(OWNER, { "muc#roomconfig_moderatedroom": "1" });
    const presences = sent.filter((stanza) => stanza.is("presence"));
    expect(presences.map(brief)).toEqual([
      "presence hecate > crone1 none/visitor jid",
      "presence hecate > hag66 none/visitor jid",
      "presence hecate > hecate none/visitor jid 110",
    ]);
    const back = driver.configure(OWNER, { "muc#roomconfig_moderatedroom": "0" });
    expect(to(back, OTHER).at(-1)).toBe("presence hecate > hecate none/participant jid 110");
  });

  it("shows real JIDs when the room becomes non-anonymous", () => {
    const sent = withThree().configure(OWNER, { "muc#roomconfig_whois": "anyone" });
    expect(to(sent, MEMBER).slice(1)).toEqual([
      "presence firstwitch > hag66 owner/moderator jid",
      "presence hecate > hag66 none/participant jid",
    ]);
  });

  it("hides occupants whose role is no longer broadcast, and shows them again", () => {
    const driver = withThree();
    const roles = (...values: string[]) =>
      driver.configure(OWNER, { "muc#roomconfig_presencebroadcast": values });
    expect(to(roles("moderator"), MEMBER).slice(1)).toEqual([
      "presence unavailable hecate > hag66 none/none",
    ]);
    driver.leave(OTHER, "hecate");
    const entered = to(driver.join(OTHER, "hecate"), OTHER);
    expect(entered.slice(0, 2)).toEqual([
      "presence firstwitch > hecate owner/moderator",
      "presence hecate > hecate none/participant jid 110",
    ]);
    expect(driver.leave(OTHER, "hecate").map(brief)).toEqual([
      "presence unavailable hecate > hecate none/none jid 110",
    ]);
    expect(to(roles("participant", "moderator"), OWNER).slice(1)).toEqual([
      "presence thirdwitch > crone1 none/participant jid",
      "iq result @ > crone1",
    ]);
  });
});

describe("the stored data of a room", () => {
  it("has the creation of the room, each change and its end", () => {
    const driver = openRoom({ "muc#roomconfig_persistentroom": "1" });
    expect(driver.journal).toMatchObject([
      {
        kind: "room-stored",
        room: { node: "coven", locked: true, affiliations: [{ affiliation: "owner" }] },
      },
      { kind: "act-recorded", act: { kind: "room-created", by: accountOf(OWNER) } },
      { kind: "note-changed", name: "occupant-id" },
      { kind: "session-stored", session: { jid: OWNER, nick: "firstwitch", role: "moderator" } },
      { kind: "act-recorded", act: { kind: "room-configured", by: accountOf(OWNER) } },
      { kind: "config-changed", locked: false, config: { persistent: true } },
    ]);
    driver.admin(OWNER, `<item affiliation="member" jid="${HAG}"/>`);
    driver.send(
      OWNER,
      '<message type="groupchat" to="coven@chat.example"><subject>Spells</subject></message>',
    );
    driver.leave(OWNER, "firstwitch");
    driver.configure(OWNER, { "muc#roomconfig_persistentroom": "0" });
    expect(kinds(driver).slice(6)).toEqual([
      "affiliation-changed",
      "act-recorded",
      "note-changed", // the version of the lists (XEP-0463)
      "subject-changed",
      "message-archived",
      "session-removed",
      "note-changed", // the day of its last use
      "act-recorded",
      "config-changed",
      "room-removed",
    ]);
  });

  it("exists for a temporary room while it has occupants", () => {
    const driver = withThree();
    for (const [jid, nick] of [
      [OWNER, "firstwitch"],
      [MEMBER, "thirdwitch"],
      [OTHER, "hecate"],
    ] as const) {
      expect(kinds(driver)).not.toContain("room-removed");
      driver.leave(jid, nick);
    }
    expect(kinds(driver).at(-1)).toBe("room-removed");
  });

  it("has each client's latest presence, nickname and role", () => {
    const driver = withThree({ "muc#roomconfig_moderatedroom": "1" });
    const stored = (act: () => unknown) => {
      driver.journal.length = 0;
      act();
      return driver.journal.flatMap((entry) => (entry.kind === "session-stored" ? entry.session : []));
    };
    const at = `to="coven@chat.example/thirdwitch"`;
    const session = { jid: MEMBER, nick: "thirdwitch", role: "visitor", payload: "<show>away</show>" };
    expect(stored(() => driver.send(MEMBER, `<presence ${at}><show>away</show></presence>`))).toEqual([
      session,
    ]);
    expect(stored(() => driver.admin(OWNER, '<item nick="thirdwitch" role="participant"/>'))).toEqual([
      { ...session, role: "participant" },
    ]);
    expect(stored(() => driver.send(MEMBER, '<presence to="coven@chat.example/hag"/>'))).toEqual([
      { jid: MEMBER, nick: "hag", role: "participant", payload: "" },
    ]);
  });

  it("restores the room after a restart; occupants notice no interruption", () => {
    const driver = withThree({ "muc#roomconfig_persistentroom": "1", "muc#roomconfig_moderatedroom": "1" });
    driver.admin(OWNER, '<item nick="hecate" role="participant"/>');
    driver.say(OTHER, "Black spirits");
    const record = driver.registry.get("coven")?.record();
    const restarted = new Driver({ records: record ? [record] : [] });
    expect(restarted.say(OTHER, "and white").map(brief)).toEqual([
      "message groupchat hecate > crone1",
      "message groupchat hecate > hag66",
      "message groupchat hecate > hecate",
    ]);
    expect(errorOf(restarted.say(MEMBER, "red spirits")[0])).toBe("auth/forbidden");
    expect(restarted.leave(OTHER, "hecate").map(brief)).toEqual([
      "presence unavailable hecate > hecate none/none jid 110",
      "presence unavailable hecate > crone1 none/none jid",
      "presence unavailable hecate > hag66 none/none",
    ]);
  });

  it("has the archive: messages, subject changes and other payloads according to hints (XEP-0334 4), but no private messages (XEP-0313 5.2)", () => {
    const driver = withThree();
    driver.journal.length = 0;
    const say = (content: string) =>
      driver.send(MEMBER, `<message type="groupchat" id="m" to="coven@chat.example">${content}</message>`);
    driver.say(MEMBER, "Thrice");
    say('<reactions xmlns="urn:xmpp:reactions:0" id="x"/>');
    driver.send(
      OWNER,
      '<message type="groupchat" to="coven@chat.example"><subject>Spells</subject></message>',
    );
    say('<composing xmlns="http://jabber.org/protocol/chatstates"/>');
    say('<body>psst</body><no-store xmlns="urn:xmpp:hints"/>');
    say('<body>psst</body><no-permanent-store xmlns="urn:xmpp:hints"/>');
    say('<composing xmlns="http://jabber.org/protocol/chatstates"/><store xmlns="urn:xmpp:hints"/>');
    driver.send(MEMBER, '<message type="chat" to="coven@chat.example/hecate"><body>psst</body></message>');
    const archived = driver.journal.flatMap((entry) =>
      entry.kind === "message-archived" ? entry.message : [],
    );
    expect(archived.map(({ kind, nick, jid, text }) => [kind, nick, jid, text])).toEqual([
      ["discussion", "thirdwitch", MEMBER, "Thrice"],
      ["other", "thirdwitch", MEMBER, undefined],
      ["subject", "firstwitch", OWNER, undefined],
      ["discussion", "thirdwitch", MEMBER, undefined],
    ]);
  });

  it("has an archive or none; occupants are told of a change (104), and of the end of the public log (171)", () => {
    const driver = openRoom({}, WITH_PAGES);
    const codes = (fields: Record<string, string>) =>
      driver
        .configure(OWNER, fields)
        .flatMap((sent) => sent.getChild("x", NS.mucUser)?.getChildren("status") ?? [])
        .map(({ attrs }) => attrs.code);
    expect(codes({ "muc#roomconfig_enablearchiving": "0" })).toEqual(["104"]);
    expect(codes({ "muc#roomconfig_enablearchiving": "1" })).toEqual(["104"]);
    expect(codes({ "muc#roomconfig_enablearchiving": "1" })).toEqual([]);
    expect(codes({ "muc#roomconfig_enablelogging": "1" })).toEqual(["170"]);
    expect(codes({ "muc#roomconfig_enablearchiving": "0" })).toEqual(["171", "104"]);
  });

  it("has no archive if the room has disabled it (muc#roomconfig_enablearchiving)", () => {
    const driver = openRoom({ "muc#roomconfig_enablearchiving": "0" });
    driver.say(OWNER, "Thrice");
    expect(kinds(driver)).not.toContain("message-archived");
    expect(
      driver.join(MEMBER, "thirdwitch").some((stanza) => stanza.getChild("body")?.getText() === "Thrice"),
    ).toBe(true);
  });
});

describe("XEP-0045 10.9 destroying a room", () => {
  it("removes all occupants; each gets its own presence with the alternate venue, its password and the reason", () => {
    const driver = withThree({ "muc#roomconfig_persistentroom": "1" });
    const sent = driver.owner(
      OWNER,
      '<destroy jid="heath@chat.example"><reason>Macbeth doth come.</reason><password>caul</password></destroy>',
    );
    expect(sent.map(brief)).toEqual([
      "presence unavailable firstwitch > crone1 none/none jid 110",
      "presence unavailable thirdwitch > hag66 none/none jid 110",
      "presence unavailable hecate > hecate none/none jid 110",
      "iq result @ > crone1",
    ]);
    const x = sent[1] && child(sent[1], "x", NS.mucUser);
    const destroy = x?.getChild("destroy");
    expect(destroy?.attrs.jid).toBe("heath@chat.example");
    expect(destroy?.getChild("reason")?.getText()).toBe("Macbeth doth come.");
    expect(destroy?.getChild("password")?.getText()).toBe("caul");
    expect(kinds(driver).slice(-2)).toEqual(["room-removed", "room-destroyed"]);
    expect(kinds(driver).filter((kind) => kind === "room-removed")).toHaveLength(1);
    expect(driver.registry.get("coven")).toBeUndefined();
  });
});

describe("XEP-0045 11.2 the end of the service", () => {
  it("removes all occupants of all rooms with 332 if there is no store", () => {
    const driver = withThree();
    expect(driver.written(driver.registry.shutDown()).map(brief)).toEqual([
      "presence unavailable firstwitch > crone1 owner/none jid 332,110",
      "presence unavailable thirdwitch > hag66 none/none jid 332,110",
      "presence unavailable hecate > hecate none/none jid 332,110",
    ]);
  });
});
