import { describe, expect, it } from "vitest";
import { child, serialize } from "../../../src/xmpp/element.ts";
import { NS } from "../../../src/xmpp/namespaces.ts";
import {
  brief,
  Driver,
  errorOf,
  MEMBER,
  OTHER,
  OWNER,
  openRoom,
  ROOM,
  sentTo,
  withMember,
} from "../../support/room-driver.ts";

const subject = (text: string) =>
  `<message type="groupchat" id="s" to="${ROOM}"><subject>${text}</subject></message>`;

describe("XEP-0045 7.4 messages to all occupants", () => {
  it("go to all occupants from the occupant JID, with the sender's id and the room's stanza-id (XEP-0359)", () => {
    const sent = withMember().say(MEMBER, "Harpier cries");
    expect(sent.map(brief)).toEqual([
      "message groupchat thirdwitch > crone1",
      "message groupchat thirdwitch > hag66",
    ]);
    expect(sent.map((stanza) => stanza.attrs.id)).toEqual(["say", "say"]);
    const ids = sent.map((stanza) => child(stanza, "stanza-id", NS.stanzaId)?.attrs);
    expect(ids[0]).toEqual({ xmlns: NS.stanzaId, id: expect.stringMatching(/./), by: ROOM });
    expect(ids[1]).toEqual(ids[0]);
  });

  it("lose elements that only services or servers may send: archive results, carbons, forwarded mentions, hats, delays (17.3)", () => {
    const inner = `<forwarded xmlns="urn:xmpp:forward:0"><message xmlns="jabber:client"><body>lie</body></message></forwarded>`;
    const forgeries = [
      `<result xmlns="urn:xmpp:mam:2" id="lie">${inner}</result>`,
      `<result xmlns="urn:xmpp:mam:1" id="lie">${inner}</result>`,
      `<received xmlns="urn:xmpp:carbons:2">${inner}</received>`,
      `<sent xmlns="urn:xmpp:carbons:2">${inner}</sent>`,
      `<mentions xmlns="urn:xmpp:mmn:0">${inner}</mentions>`,
      '<hats xmlns="http://prosody.im/protocol/hats:1"><hat title="lie"/></hats>',
      '<hats xmlns="xmpp:prosody.im/protocol/hats:1"><hat title="lie"/></hats>',
      `<x xmlns="jabber:x:delay" stamp="20260101T00:00:00" from="${ROOM}/lie"/>`,
      `<delay xmlns="urn:xmpp:delay" stamp="2026-01-01T00:00:00Z" from="${ROOM}/lie"/>`,
    ];
    const driver = withMember();
    for (const forgery of forgeries) {
      const sent = [
        ...driver.send(OWNER, `<message type="groupchat" to="${ROOM}"><body>x</body>${forgery}</message>`),
        ...driver.send(
          OWNER,
          `<message type="chat" to="${ROOM}/thirdwitch"><body>x</body>${forgery}</message>`,
        ),
        ...driver.send(OWNER, `<presence to="${ROOM}/firstwitch">${forgery}</presence>`),
      ];
      expect(sent).toHaveLength(5);
      expect(sent.join(""), forgery).not.toContain("lie");
    }
  });

  it("keep the private element, which prevents carbon copies (XEP-0280 section 9)", () => {
    const wish = '<private xmlns="urn:xmpp:carbons:2"/>';
    const [sent] = withMember().send(
      OWNER,
      `<message type="groupchat" to="${ROOM}"><body>x</body>${wish}</message>`,
    );
    expect(sent?.getChild("private", "urn:xmpp:carbons:2")).toBeDefined();
  });

  it("lose a forged stanza-id of the room in any form of its address, and keep those of others", () => {
    const forged = `<stanza-id xmlns="${NS.stanzaId}" id="forged2" by="Coven@CHAT.example"/><stanza-id xmlns="${NS.stanzaId}" id="forged" by="${ROOM}"/><stanza-id xmlns="${NS.stanzaId}" id="own" by="x.example"/>`;
    const [first] = withMember().send(
      MEMBER,
      `<message type="groupchat" to="${ROOM}"><body>x</body>${forged}</message>`,
    );
    const ids = first?.getChildren("stanza-id").map((el) => el.attrs.id);
    expect(ids).toHaveLength(2);
    expect(ids).toContain("own");
    expect(ids?.join()).not.toContain("forged");
  });

  it("are refused with not-acceptable from outsiders and with item-not-found if the room does not exist", () => {
    expect(errorOf(openRoom().say(MEMBER, "x")[0])).toBe("modify/not-acceptable");
    expect(
      errorOf(
        openRoom().send(
          MEMBER,
          '<message type="groupchat" to="heath@chat.example"><body>x</body></message>',
        )[0],
      ),
    ).toBe("cancel/item-not-found");
  });

  it("pass with all other extensions in order, unchanged", () => {
    const payload = [
      "<body>one</body>",
      '<body xml:lang="la">unus</body>',
      "<thread>t</thread>",
      '<origin-id xmlns="urn:xmpp:sid:0" id="o"/>', // XEP-0359
      '<replace xmlns="urn:xmpp:message-correct:0" id="before"/>', // XEP-0308
      '<reactions xmlns="urn:xmpp:reactions:0" id="x"><reaction>!</reaction></reactions>', // XEP-0444
      '<reply xmlns="urn:xmpp:reply:0" id="x" to="coven@chat.example/x"/>', // XEP-0461
      '<request xmlns="urn:xmpp:receipts"/>', // XEP-0184
      '<markable xmlns="urn:xmpp:chat-markers:0"/>', // XEP-0333
      '<active xmlns="http://jabber.org/protocol/chatstates"/>', // XEP-0085
      '<store xmlns="urn:xmpp:hints"/>', // XEP-0334
      '<p:any xmlns:p="urn:example:private" p:a="1"><p:deep/></p:any>',
    ].join("");
    const [sent] = withMember().send(
      MEMBER,
      `<message type="groupchat" id="m" xml:lang="en" to="${ROOM}">${payload}</message>`,
    );
    expect(sent?.attrs["xml:lang"]).toBe("en");
    const marks = sent?.getChildElements().slice(-2) ?? [];
    expect(marks.map((el) => el.getName())).toEqual(["occupant-id", "stanza-id"]);
    const relayed = sent?.getChildElements().slice(0, -2).map(serialize).join("");
    expect(relayed).toBe(payload);
  });

  it("get an id from the room, the same for all, if the client gave none", () => {
    const sent = withMember().send(MEMBER, `<message type="groupchat" to="${ROOM}"><body>x</body></message>`);
    expect(sent[0]?.attrs.id).toMatch(/./);
    expect(sent[1]?.attrs.id).toBe(sent[0]?.attrs.id);
  });

  it("are refused with forbidden from visitors, and not delivered", () => {
    const driver = withMember({ "muc#roomconfig_moderatedroom": "1" });
    expect(driver.say(MEMBER, "hear me").map(errorOf)).toEqual(["auth/forbidden"]);
    const thanks = `<message type="groupchat" to="${ROOM}"><subject>s</subject><body>hear me</body></message>`;
    expect(driver.send(MEMBER, thanks).map(errorOf)).toEqual(["auth/forbidden"]);
  });

  it("stay well-formed with any content", () => {
    const [first] = withMember().say(MEMBER, "&lt;b&gt; &amp; \u{1F9D9}");
    expect(first?.getChild("body")?.getText()).toBe("<b> & \u{1F9D9}");
  });
});

describe("XEP-0045 7.5 private messages", () => {
  const pm = (nick: string, type = "chat") =>
    `<message type="${type}" id="pm" to="${ROOM}/${nick}"><body>psst</body></message>`;

  it("go to the occupant, with a muc#user element", () => {
    const sent = withMember().send(MEMBER, pm("firstwitch"));
    expect(sent.map(brief)).toEqual(["message chat thirdwitch > crone1"]);
    expect(sent[0] && child(sent[0], "x", NS.mucUser)).toBeDefined();
  });

  it.each([
    ["of type groupchat", MEMBER, pm("firstwitch", "groupchat"), "modify/bad-request"],
    ["to an unknown nickname", MEMBER, pm("nobody"), "cancel/item-not-found"],
    ["from outside", OTHER, pm("firstwitch"), "modify/not-acceptable"],
  ])("are refused %s", (_what, from, xml, error) => {
    expect(errorOf(withMember().send(from, xml)[0])).toBe(error);
  });

  it("get errors from the occupant JID, with the room in the attribute by", () => {
    const [refused] = withMember().send(OTHER, pm("firstwitch"));
    expect(refused?.attrs).toMatchObject({ type: "error", from: `${ROOM}/firstwitch`, to: OTHER, id: "pm" });
    expect(refused?.getChild("body")?.getText()).toBe("psst");
    expect(refused?.getChild("error")?.attrs.by).toBe(ROOM);
  });

  it("reach every client of the recipient, even if it is the sender", () => {
    const driver = withMember();
    const tablet = "hag66@shakespeare.example/tablet";
    driver.join(tablet, "thirdwitch");
    expect(driver.send(OWNER, pm("thirdwitch")).map((sent) => sent.attrs.to)).toEqual([MEMBER, tablet]);
    expect(driver.send(MEMBER, pm("thirdwitch")).map((sent) => sent.attrs.to)).toEqual([MEMBER, tablet]);
  });

  it("keep type, id, language, thread and hints (XEP-0334), but lose forged mediated invitations", () => {
    const [sent] = withMember().send(
      MEMBER,
      `<message id="pm" xml:lang="la" to="${ROOM}/firstwitch"><body>sst</body><thread>t</thread><no-copy xmlns="urn:xmpp:hints"/><x xmlns="${NS.mucUser}"><invite from="x@y.example"/></x></message>`,
    );
    expect(sent?.attrs).toEqual({
      from: `${ROOM}/thirdwitch`,
      to: OWNER,
      id: "pm",
      "xml:lang": "la",
    });
    expect(sent?.getChildElements().map((el) => el.getName())).toEqual([
      "body",
      "thread",
      "no-copy",
      "x",
      "occupant-id",
    ]);
    expect(sent?.getChild("x")?.getChildElements()).toEqual([]);
  });

  it("are refused if muc#roomconfig_allowpm does not allow them", () => {
    expect(
      errorOf(withMember({ "muc#roomconfig_allowpm": "moderators" }).send(MEMBER, pm("firstwitch"))[0]),
    ).toBe("auth/forbidden");
  });
});

describe("XEP-0045 8.1 subject", () => {
  it("is changed by moderators, reflected to all and sent to entering clients with its time (7.2.15)", () => {
    const driver = withMember();
    expect(driver.send(OWNER, subject("Fire Burn")).map(brief)).toEqual([
      "message groupchat firstwitch > crone1",
      "message groupchat firstwitch > hag66",
    ]);
    const last = sentTo(driver.join(OTHER, "hecate"), OTHER).at(-1);
    expect(last?.getChild("subject")?.getText()).toBe("Fire Burn");
    expect(last && child(last, "delay", NS.delay)?.attrs).toMatchObject({
      from: ROOM,
      stamp: "2026-01-01T00:00:00.000Z",
    });
  });

  it("changes by participants are refused with forbidden unless the room allows them", () => {
    const [reply] = withMember().send(MEMBER, subject("mine"));
    expect(errorOf(reply)).toBe("auth/forbidden");
    expect(reply?.getChild("subject")?.getText()).toBe("mine");
    expect(withMember({ "muc#roomconfig_changesubject": "1" }).send(MEMBER, subject("mine"))).toHaveLength(2);
  });

  it.each(["body", "thread"])("with a %s is a message, not a subject change", (name) => {
    const driver = withMember();
    const message = `<message type="groupchat" to="${ROOM}"><subject>no</subject><${name}>hi</${name}></message>`;
    expect(driver.send(OWNER, message)).toHaveLength(2);
    expect(driver.registry.get("coven")?.subject).toBeUndefined();
    expect(driver.send(MEMBER, message)).toHaveLength(2);
  });

  it("is sent as it was set, in all languages, with its ids and the sender's occupant-id, also after a restart", () => {
    const driver = withMember({ "muc#roomconfig_persistentroom": "1" });
    const subjects = `<subject>Fire</subject><subject xml:lang="la">Ignis</subject>`;
    const [live] = driver.send(
      OWNER,
      `<message type="groupchat" id="s" xml:lang="en" to="${ROOM}">${subjects}<reason/></message>`,
    );
    driver.leave(OWNER, "firstwitch");
    const record = driver.registry.get("coven")?.record();
    const restarted = new Driver({ records: record ? [record] : [] });
    for (const each of [driver, restarted]) {
      const subjectMessage = sentTo(each.join(OTHER, "hecate"), OTHER).at(-1);
      expect(subjectMessage?.attrs).toMatchObject({ id: "s", "xml:lang": "en", from: `${ROOM}/firstwitch` });
      expect(subjectMessage?.getChildren("subject").map((el) => el.getText())).toEqual(["Fire", "Ignis"]);
      for (const mark of ["occupant-id", "stanza-id"]) {
        expect(subjectMessage?.getChild(mark)?.attrs.id).toBe(live?.getChild(mark)?.attrs.id);
      }
      expect(subjectMessage?.getChildElements().map((el) => el.getName())).not.toContain("reason");
    }
  });

  it("is removed by an empty one, which is sent with its time (7.2.15)", () => {
    const driver = withMember();
    driver.send(OWNER, subject("Fire Burn"));
    driver.send(OWNER, subject(""));
    const subjectMessage = sentTo(driver.join(OTHER, "hecate"), OTHER).at(-1);
    expect(subjectMessage?.getChild("subject")?.getText()).toBe("");
    expect(subjectMessage?.getChild("delay")).toBeDefined();
  });
});

describe("XEP-0045 7.2.13 discussion history", () => {
  it("comes before the subject with delay from the room, within the requested limits", () => {
    const driver = withMember();
    for (const body of ["one", "two", "three"]) driver.say(MEMBER, body);
    const bodies = (history: string) =>
      sentTo(driver.join(OTHER, "hecate", history), OTHER)
        .filter((stanza) => stanza.is("message"))
        .map((stanza) => stanza.getChild("body")?.getText() ?? "subject");
    expect(bodies("")).toEqual(["one", "two", "three", "subject"]);
    expect(bodies('<history maxstanzas="1"/>')).toEqual(["three", "subject"]);
    expect(bodies('<history maxchars="0"/>')).toEqual(["subject"]);
    expect(bodies('<history since="2026-01-02T00:00:00Z"/>')).toEqual(["subject"]);
    driver.now += 60_000;
    driver.say(MEMBER, "four");
    expect(bodies('<history seconds="59"/>')).toEqual(["four", "subject"]);
    expect(bodies('<history seconds="60"/>')).toEqual(["one", "two", "three", "four", "subject"]);
    // The strictest of several limits applies.
    expect(bodies('<history seconds="60" since="2026-01-01T00:01:00Z"/>')).toEqual(["four", "subject"]);
    expect(bodies('<history seconds="59" since="2026-01-01T00:00:00Z"/>')).toEqual(["four", "subject"]);
  });

  it.each([
    ["1", ["two"]],
    ["0", []],
  ])("is limited by muc#maxhistoryfetch: %s", (length, expected) => {
    const driver = withMember({ "muc#maxhistoryfetch": length });
    for (const body of ["one", "two"]) driver.say(MEMBER, body);
    const bodies = sentTo(driver.join(OTHER, "hecate"), OTHER).flatMap(
      (stanza) => stanza.getChild("body") ?? [],
    );
    expect(bodies.map((body) => body.getText())).toEqual(expected);
  });
});

describe("XEP-0045 7.6 and 7.7 nickname and availability", () => {
  const presence = (nick: string, content = "") => `<presence to="${ROOM}/${nick}">${content}</presence>`;

  it("a nickname change sends 303 under the old nickname, then presence under the new one", () => {
    const sent = withMember().send(MEMBER, presence("oldhag"));
    expect(sent.map(brief)).toEqual([
      "presence unavailable thirdwitch > hag66 none/participant jid nick=oldhag 303,110",
      "presence unavailable thirdwitch > crone1 none/participant jid nick=oldhag 303",
      "presence oldhag > crone1 none/participant jid",
      "presence oldhag > hag66 none/participant jid 110",
    ]);
  });

  it("a change to another occupant's nickname is refused with conflict", () => {
    const driver = withMember();
    expect(errorOf(driver.send(MEMBER, presence("firstwitch"))[0])).toBe("cancel/conflict");
    expect(driver.registry.get("coven")?.sessions.get(MEMBER)?.nick).toBe("thirdwitch");
  });

  it("a change of availability is broadcast", () => {
    const sent = withMember().send(MEMBER, presence("thirdwitch", "<show>xa</show>"));
    expect(sentTo(sent, OWNER)[0]?.getChild("show")?.getText()).toBe("xa");
  });
});

describe("XEP-0045 7.8.2 mediated invitations", () => {
  const invite = `<message id="i" to="${ROOM}"><x xmlns="${NS.mucUser}"><invite to="hecate@shakespeare.example"><reason>come</reason></invite></x></message>`;

  it("are sent by the room with the inviter's occupant JID, the reason and the password", () => {
    const driver = openRoom({
      "muc#roomconfig_passwordprotectedroom": "1",
      "muc#roomconfig_roomsecret": "caul",
    });
    const [sent, ...more] = driver.send(OWNER, invite);
    const x = sent?.getChild("x");
    expect(sent?.attrs).toMatchObject({ from: ROOM, to: "hecate@shakespeare.example", id: "i" });
    expect(x?.getChild("invite")?.attrs.from).toBe(`${ROOM}/firstwitch`);
    expect(x?.getChild("invite")?.getChild("reason")?.getText()).toBe("come");
    expect(x?.getChild("password")?.getText()).toBe("caul");
    expect(more).toEqual([]);
  });

  it("have a body and a jabber:x:conference element for clients without support", () => {
    const [sent] = openRoom().send(OWNER, invite);
    expect(sent?.getChild("body")?.getText()).toBe(`firstwitch invites you to the room ${ROOM} (come)`);
    expect(sent?.getChild("x", "jabber:x:conference")?.attrs.jid).toBe(ROOM);
    expect(sent?.getChild("x", "jabber:x:conference")?.getText()).toBe("come");
  });

  it("to a members-only room make the invitee a member, and may be restricted to admins", () => {
    const driver = openRoom({ "muc#roomconfig_membersonly": "1" });
    driver.send(OWNER, invite);
    expect(driver.registry.get("coven")?.affiliationOf("hecate@shakespeare.example")).toBe("member");
    driver.admin(OWNER, '<item affiliation="member" jid="hag66@shakespeare.example"/>');
    driver.join(MEMBER, "thirdwitch");
    expect(errorOf(driver.send(MEMBER, invite)[0])).toBe("auth/forbidden");
  });

  it("can be declined through the room", () => {
    const driver = openRoom();
    driver.send(OWNER, invite);
    const decline = `<message to="${ROOM}"><x xmlns="${NS.mucUser}"><decline to="${ROOM}/firstwitch"><reason>no</reason></decline></x></message>`;
    const [sent] = driver.send(OTHER, decline);
    const x = sent?.getChild("x");
    expect(sent?.attrs).toMatchObject({ from: ROOM, to: OWNER });
    expect(x?.getChild("decline")?.attrs.from).toBe("hecate@shakespeare.example");
    expect(x?.getChild("decline")?.getChild("reason")?.getText()).toBe("no");
  });
});

describe("XEP-0410 self-ping", () => {
  const ping = (nick: string) => `<iq type="get" id="p" to="${ROOM}/${nick}"><ping xmlns="${NS.ping}"/></iq>`;

  it("gets a result for joined clients and not-acceptable for others", () => {
    const driver = withMember();
    expect(driver.send(MEMBER, ping("thirdwitch")).map(brief)).toEqual(["iq result thirdwitch > hag66"]);
    expect(errorOf(driver.send(OTHER, ping("hecate"))[0])).toBe("cancel/not-acceptable");
    expect(
      errorOf(
        driver.send(
          MEMBER,
          `<iq type="get" id="p" to="gone@chat.example/x"><ping xmlns="${NS.ping}"/></iq>`,
        )[0],
      ),
    ).toBe("cancel/not-acceptable");
  });
});
