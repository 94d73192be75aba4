import { beforeEach, describe, expect, it } from "vitest";
import {
  COMMON_KINDS,
  EVENT_KINDS,
  type EventKind,
  type RoomEvent,
  roomEvent,
} from "../../src/events/room-event.ts";
import { heldNote } from "../../src/muc/room/held-messages.ts";
import { OperationHarness, ROOM } from "../operations/harness.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const MEMBER = "hag66@shakespeare.example/pda";
const MUC = "http://jabber.org/protocol/muc";

let service: OperationHarness;
let heard: RoomEvent[];
let revealed: RoomEvent[];
beforeEach(() => {
  service = new OperationHarness();
  heard = [];
  revealed = [];
  const kinds = new Set(EVENT_KINDS);
  service.events.subscribe({ rooms: undefined, kinds, reveal: false }, (event) => heard.push(event));
  service.events.subscribe({ rooms: undefined, kinds, reveal: true }, (event) => revealed.push(event));
});

const say = (from: string, body: string, more = "") =>
  service.send(from, `<message type="groupchat" id="m1" to="${ROOM}"><body>${body}</body>${more}</message>`);

const command = (from: string, payload: string) =>
  service.send(from, `<iq type="set" id="c" to="${ROOM}">${payload}</iq>`);

const admin = (from: string, item: string) => command(from, `<query xmlns="${MUC}#admin">${item}</query>`);

const configure = (from: string, fields: Record<string, string>) => {
  const form = Object.entries(fields).map(
    ([name, value]) => `<field var="${name}"><value>${value}</value></field>`,
  );
  return command(
    from,
    `<query xmlns="${MUC}#owner"><x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>${MUC}#roomconfig</value></field>${form.join("")}</x></query>`,
  );
};

const moderate = (node: string, fields: Record<string, string>) => {
  const all = Object.entries({ FORM_TYPE: "verona#moderation", ...fields });
  const form = all.map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`).join("");
  return command(
    OWNER,
    `<command xmlns="http://jabber.org/protocol/commands" node="verona#${node}"><x xmlns="jabber:x:data" type="submit">${form}</x></command>`,
  );
};

const ofKind = (kind: EventKind, all = heard) => all.filter((event) => event.kind === kind);

describe("the source of events", () => {
  it("tells of entries, messages, subjects and departures in their order", async () => {
    await service.enter(OWNER, "firstwitch");
    await service.enter(MEMBER, "thirdwitch");
    await say(MEMBER, "Harpier cries &lt;retract ");
    await service.send(
      OWNER,
      `<message type="groupchat" to="${ROOM}"><subject>Fire Burn</subject></message>`,
    );
    await service.send(MEMBER, `<presence type="unavailable" to="${ROOM}/thirdwitch"/>`);
    expect(heard.map(({ kind }) => kind)).toEqual([
      "entry",
      "room-created",
      "act",
      "configuration",
      "entry",
      "message",
      "subject",
      "leave",
    ]);
    expect(heard[5]).toMatchObject({
      room: ROOM,
      from: { nickname: "thirdwitch", occupantId: expect.any(String) },
      text: "Harpier cries <retract ",
      messageId: "m1",
      stanzaId: expect.any(String),
    });
    expect(heard[7]).toMatchObject({ occupant: { nickname: "thirdwitch" }, cause: "left" });
    const ids = heard.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
    for (const event of [...heard, ...revealed]) expect(roomEvent.parse(event)).toEqual(event);
  });

  it("hides real addresses in a room that hides them, and shows them to those with the grant", async () => {
    await service.enter(OWNER, "firstwitch");
    await service.enter(MEMBER, "thirdwitch");
    await say(MEMBER, "Harpier cries");
    await service.send(MEMBER, `<message type="groupchat" to="${ROOM}"><subject>Fire</subject></message>`);
    await service.send(MEMBER, `<presence to="${ROOM}/oldhag"/>`);
    await admin(
      OWNER,
      '<item affiliation="member" jid="hag66@shakespeare.example"><reason>a friend</reason></item>',
    );
    await admin(OWNER, '<item affiliation="outcast" jid="hag66@shakespeare.example"/>');
    const text = JSON.stringify(heard);
    expect(text).not.toContain("shakespeare.example");
    expect(ofKind("affiliation")[0]).toMatchObject({
      user: { occupantId: expect.any(String) },
      affiliation: "member",
      reason: "a friend",
    });
    expect(ofKind("message", revealed)).toMatchObject([{ from: { jid: "hag66@shakespeare.example" } }]);
    for (const event of revealed)
      if ("occupant" in event) expect(event.occupant.jid).toMatch(/@shakespeare\.example$/);
    expect(ofKind("act", revealed).at(-1)).toMatchObject({
      act: "banned",
      by: { jid: "crone1@shakespeare.example" },
      target: { jid: "hag66@shakespeare.example" },
    });
  });

  it("shows real addresses in a room that shows them to everybody", async () => {
    await service.enter(OWNER, "firstwitch");
    await configure(OWNER, { "muc#roomconfig_whois": "anyone" });
    await service.enter(MEMBER, "thirdwitch");
    expect(heard.at(-1)).toMatchObject({ kind: "entry", occupant: { jid: "hag66@shakespeare.example" } });
    expect(ofKind("configuration")).toMatchObject([{ anonymous: true }, { anonymous: false }]);
  });

  it("tells of a new nickname once, and of roles", async () => {
    await service.enter(OWNER, "firstwitch");
    await service.enter(MEMBER, "thirdwitch");
    heard.length = 0;
    await service.send(MEMBER, `<presence to="${ROOM}/oldhag"/>`);
    await admin(OWNER, '<item nick="oldhag" role="visitor"/>');
    await admin(OWNER, '<item nick="oldhag" role="none"><reason>Avaunt</reason></item>');
    expect(heard).toMatchObject([
      { kind: "nickname", before: "thirdwitch", occupant: { nickname: "oldhag" } },
      { kind: "role", occupant: { nickname: "oldhag" }, role: "visitor" },
      { kind: "act", act: "role-changed", target: { nickname: "oldhag" }, detail: "visitor" },
      { kind: "act", act: "kicked", target: {}, reason: "Avaunt" },
      { kind: "leave", occupant: { nickname: "oldhag" }, cause: "kicked", reason: "Avaunt" },
    ]);
  });

  it("tells of retractions and corrections, but not of reactions, chat states and private messages", async () => {
    await service.enter(OWNER, "firstwitch");
    await service.enter(MEMBER, "thirdwitch");
    heard.length = 0;
    await say(MEMBER, "Harpier cries");
    await say(MEMBER, "Harpier cried", '<replace xmlns="urn:xmpp:message-correct:0" id="m1"/>');
    const [said] = heard;
    const stanzaId = said?.kind === "message" ? said.stanzaId : "";
    const reactions = '<reactions xmlns="urn:xmpp:reactions:0" id="x"><reaction>x</reaction></reactions>';
    await service.send(MEMBER, `<message type="groupchat" to="${ROOM}">${reactions}</message>`);
    const composing = '<composing xmlns="http://jabber.org/protocol/chatstates"/>';
    await service.send(MEMBER, `<message type="groupchat" to="${ROOM}">${composing}</message>`);
    await service.send(
      MEMBER,
      `<message type="chat" to="${ROOM}/firstwitch"><body>a secret</body></message>`,
    );
    await say(MEMBER, "/me retracted", `<retract xmlns="urn:xmpp:message-retract:1" id="${stanzaId}"/>`);
    expect(heard).toMatchObject([
      { kind: "message", text: "Harpier cries" },
      { kind: "message", text: "Harpier cried", corrects: "m1" },
      { kind: "retraction", stanzaId },
    ]);
  });

  it("tells of messages in a room without archive", async () => {
    await service.enter(OWNER, "firstwitch");
    await configure(OWNER, { "muc#roomconfig_enablearchiving": "0" });
    await say(OWNER, "Harpier cries");
    expect(heard.at(-1)).toMatchObject({ kind: "message", text: "Harpier cries" });
  });

  it("hides what silenced users say, and their subjects", async () => {
    await service.enter(OWNER, "firstwitch");
    await service.enter(MEMBER, "thirdwitch");
    await moderate("silence", { who: "hag66@shakespeare.example" });
    expect(ofKind("act", revealed).at(-1)).toMatchObject({ act: "silenced" });
    heard.length = 0;
    await say(MEMBER, "Harpier cries");
    await service.send(MEMBER, `<message type="groupchat" to="${ROOM}"><subject>Fire</subject></message>`);
    expect(heard).toEqual([]);
  });

  it("hides held messages until a moderator passes them", async () => {
    service = new OperationHarness({ defaults: { strangerLinks: "hold" } });
    const kinds = new Set(EVENT_KINDS);
    service.events.subscribe({ rooms: undefined, kinds, reveal: true }, (event) => heard.push(event));
    await service.enter(OWNER, "firstwitch");
    await service.enter(MEMBER, "thirdwitch");
    await say(MEMBER, "see https://heath.example/");
    expect(ofKind("message")).toEqual([]);
    const room = service.registry.get("coven");
    const key = room && heldNote.read(room)[0]?.key;
    await moderate("decide-held", { message: key ?? "", decision: "pass" });
    expect(ofKind("message")).toMatchObject([{ from: { nickname: "thirdwitch" } }]);
  });

  it("hides occupants whose presence the room does not broadcast", async () => {
    await service.enter(OWNER, "firstwitch");
    await configure(OWNER, { "muc#roomconfig_presencebroadcast": "moderator" });
    heard.length = 0;
    await service.enter(MEMBER, "thirdwitch");
    await service.send(MEMBER, `<presence to="${ROOM}/oldhag"/>`);
    await service.send(MEMBER, `<presence type="unavailable" to="${ROOM}/oldhag"/>`);
    expect(heard).toEqual([]);
  });

  it("tells of reports to those who ask for them", async () => {
    expect(COMMON_KINDS).not.toContain("report");
    await service.enter(OWNER, "firstwitch");
    await service.enter(MEMBER, "thirdwitch");
    const id = service.registry.get("coven")?.occupants.get("firstwitch")?.id ?? "";
    await command(
      MEMBER,
      `<report-participant xmlns="urn:xmpp:gcreport:0"><occupant-id xmlns="urn:xmpp:occupant-id:0" id="${id}"/><report xmlns="urn:xmpp:reporting:1" reason="urn:xmpp:reporting:spam"/></report-participant>`,
    );
    expect(heard.at(-1)).toMatchObject({
      kind: "report",
      by: { nickname: "thirdwitch" },
      about: { nickname: "firstwitch", occupantId: id },
      reason: "urn:xmpp:reporting:spam",
    });
  });

  it("tells of a destroyed room, not of a room whose creation was refused", async () => {
    await service.send(OWNER, `<presence to="${ROOM}/${"x".repeat(900)}"><x xmlns="${MUC}"/></presence>`);
    expect(heard).toEqual([]);
    await service.enter(OWNER, "firstwitch");
    heard.length = 0;
    await service.result("room.destroy", { room: ROOM, reason: "Macbeth doth come" });
    expect(heard).toMatchObject([{ kind: "room-destroyed", room: ROOM, reason: "Macbeth doth come" }]);
  });

  it("tells of a renamed room as of one that ended, with its new address", async () => {
    await service.enter(OWNER, "firstwitch");
    heard.length = 0;
    await service.result("room.rename", { room: ROOM, to: "heath" });
    expect(heard).toMatchObject([{ kind: "room-destroyed", room: ROOM, venue: "heath@chat.example" }]);
  });

  it("publishes nothing before its commit, and nothing that a commit has not kept", async () => {
    await service.enter(OWNER, "firstwitch");
    heard.length = 0;
    const { commit } = service.store;
    service.store.commit = (entries) => {
      expect(heard).toEqual([]);
      commit.call(service.store, entries);
    };
    await say(OWNER, "Harpier cries");
    expect(heard).toHaveLength(1);
    service.store.commit = () => {
      throw new Error("the disk is full");
    };
    await expect(say(OWNER, "'tis time")).rejects.toThrow("disk");
    expect(heard).toHaveLength(1);
  });

  it("tells a subscriber only of the rooms and kinds that it asked for, until it ends", async () => {
    const some: RoomEvent[] = [];
    const filter = { rooms: new Set(["heath"]), kinds: new Set(["message"] as const), reveal: false };
    const end = service.events.subscribe(filter, (event) => some.push(event));
    for (const node of ["coven", "heath"]) await service.enter(OWNER, "firstwitch", `${node}@chat.example`);
    const body = "<body>When shall we three meet again</body>";
    for (const node of ["coven", "heath"])
      await service.send(OWNER, `<message type="groupchat" to="${node}@chat.example">${body}</message>`);
    expect(some).toMatchObject([{ kind: "message", room: "heath@chat.example" }]);
    end();
    await service.send(OWNER, `<message type="groupchat" to="heath@chat.example">${body}</message>`);
    expect(some).toHaveLength(1);
  });
});
