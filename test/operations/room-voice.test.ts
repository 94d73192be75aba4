import { beforeEach, describe, expect, it, test } from "vitest";
import type { Element } from "../../src/xmpp/element.ts";
import { OperationHarness, ROOM } from "./harness.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const MEMBER = "hag66@shakespeare.example/pda";

let service: OperationHarness;
beforeEach(async () => {
  service = new OperationHarness();
  await service.enter(OWNER, "firstwitch");
  await service.enter(MEMBER, "thirdwitch");
  await service.sent();
});

const to = (stanzas: readonly Element[], jid: string): Element[] =>
  stanzas.filter(({ attrs }) => attrs.to === jid);
const actKinds = (): string[] => service.store.readActs({ max: 100 }).map(({ kind }) => kind);

describe("role.set (XEP-0045 sections 8.3, 8.4 and 9.6)", () => {
  it("takes voice with a reason, and records it", async () => {
    await service.result("role.set", {
      ...{ room: ROOM, nickname: "thirdwitch", role: "visitor", reason: "Not so worthy" },
    });
    const [presence] = to(await service.sent(), MEMBER);
    const item = presence?.getChild("x")?.getChild("item");
    expect(item?.attrs.role).toBe("visitor");
    expect(item?.getChild("reason")?.getText()).toBe("Not so worthy");
    expect(service.store.readActs({ max: 1 })).toMatchObject([
      { kind: "role-changed", by: "chat.example", target: "hag66@shakespeare.example" },
    ]);
    await service.expectKept();
  });

  test.each([
    [{ nickname: "nobody", role: "visitor" }, "item-not-found"],
    [{ nickname: "firstwitch", role: "visitor" }, "not-allowed"],
    [{ nickname: "thirdwitch", role: "none" }, "bad-request"],
    [{ nickname: "thirdwitch", role: "visitor", room: "nowhere" }, "item-not-found"],
  ])("refuses %j", async (params, condition) => {
    expect((await service.refusal("role.set", { room: ROOM, ...params }))[0]).toBe(condition);
  });
});

describe("occupant.kick (section 8.2)", () => {
  it("removes an occupant with status 307", async () => {
    await service.result("occupant.kick", { room: ROOM, nickname: "thirdwitch", reason: "Avaunt" });
    const [presence] = to(await service.sent(), MEMBER);
    expect(presence?.attrs.type).toBe("unavailable");
    expect(
      presence
        ?.getChild("x")
        ?.getChildren("status")
        .map(({ attrs }) => attrs.code),
    ).toContain("307");
    expect(service.registry.get("coven")?.occupants.has("thirdwitch")).toBe(false);
    expect(actKinds()[0]).toBe("kicked");
    await service.expectKept();
  });

  it("refuses a nickname that nobody has, and lets the service remove an owner", async () => {
    expect((await service.refusal("occupant.kick", { room: ROOM, nickname: "x" }))[0]).toBe("item-not-found");
    await service.result("occupant.kick", { room: ROOM, nickname: "firstwitch" });
    expect(service.registry.get("coven")?.occupants.has("firstwitch")).toBe(false);
  });
});

describe("room.invite (section 7.8.2)", () => {
  const users = ["hecate@shakespeare.example", "hecate@Shakespeare.example", "macbeth@shakespeare.example"];

  it("invites in the name of the room, each user once", async () => {
    await service.result("room.invite", { room: ROOM, users, reason: "Hey Hecate" });
    const sent = await service.sent();
    expect(sent.map(({ attrs }) => attrs.to)).toEqual([users[0], users[2]]);
    const invite = sent[0]?.getChild("x")?.getChild("invite");
    expect(invite?.attrs.from).toBe(ROOM);
    expect(invite?.getChild("reason")?.getText()).toBe("Hey Hecate");
    await service.expectKept();
  });

  it("makes the invitees members of a members-only room", async () => {
    await service.result("room.configure", { room: ROOM, set: { membersOnly: true } });
    await service.sent();
    await service.result("room.invite", { room: ROOM, users: [users[0]] });
    const invitations = (await service.sent()).filter((el) => el.getChild("x")?.getChild("invite"));
    expect(invitations).toHaveLength(1);
    expect(service.registry.get("coven")?.affiliationOf("hecate@shakespeare.example")).toBe("member");
    await service.expectKept();
  });

  it("refuses all if one is banned, a room or no user", async () => {
    const changes = [{ user: "macbeth@shakespeare.example", affiliation: "outcast" }];
    await service.result("affiliations.set", { room: ROOM, changes });
    await service.sent();
    expect((await service.refusal("room.invite", { room: ROOM, users }))[0]).toBe("not-allowed");
    expect((await service.refusal("room.invite", { room: ROOM, users: [ROOM] }))[0]).toBe("not-allowed");
    expect((await service.refusal("room.invite", { room: ROOM, users: ["example.org"] }))[0]).toBe(
      "bad-request",
    );
    expect(await service.sent()).toEqual([]);
  });
});

describe("subject.set (section 8.1)", () => {
  it("tells it from the room, and those who enter later", async () => {
    await service.result("subject.set", { room: ROOM, subject: "Fire Burn and Cauldron Bubble!" });
    const [message] = to(await service.sent(), MEMBER);
    expect(message?.attrs).toMatchObject({ type: "groupchat", from: ROOM });
    expect(message?.getChild("subject")?.getText()).toBe("Fire Burn and Cauldron Bubble!");
    await service.expectKept();
    const later = await service.send(
      "hecate@shakespeare.example/broom",
      `<presence to="${ROOM}/hecate"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
    );
    const shown = later.find((el) => el.getChild("subject") !== undefined);
    expect(shown?.attrs.from).toBe(ROOM);
    expect(shown?.getChild("occupant-id")).toBeUndefined();
    await service.result("subject.set", { room: ROOM, subject: "" });
    expect(service.registry.get("coven")?.subject?.text).toBe("");
  });

  it("refuses one that is too long", async () => {
    const fits = "x".repeat(8_192 - "<subject></subject>".length);
    await service.result("subject.set", { room: ROOM, subject: fits });
    expect((await service.refusal("subject.set", { room: ROOM, subject: `${fits}x` }))[0]).toBe(
      "policy-violation",
    );
  });
});

describe("message.send (section 7.4)", () => {
  it("speaks as the room, for the archive and for those who enter later too", async () => {
    const { id } = Object(await service.result("message.send", { room: ROOM, text: "Thrice <mew'd>" }));
    const [message] = to(await service.sent(), MEMBER);
    expect(message?.attrs.from).toBe(`${ROOM}/(room)`);
    expect(message?.getChild("body")?.getText()).toBe("Thrice <mew'd>");
    expect(message?.getChild("stanza-id")?.attrs.id).toBe(id);
    const page = service.store.readArchive("coven", { afterIds: [], beforeIds: [], max: 9, fromEnd: false });
    expect(page?.messages).toMatchObject([{ stanzaId: id, jid: "", kind: "discussion" }]);
    const later = await service.send(
      "hecate@shakespeare.example/broom",
      `<presence to="${ROOM}/hecate"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
    );
    expect(later.filter((el) => el.getChild("body")).map((el) => el.attrs.from)).toEqual([`${ROOM}/(room)`]);
  });

  it("speaks as a bot with an occupant-id of its own (XEP-0421)", async () => {
    await service.result("message.send", { room: ROOM, text: "Rain", nickname: "Weather" });
    await service.result("message.send", { room: ROOM, text: "Goal", nickname: "Sports" });
    await service.result("message.send", { room: ROOM, text: "Snow", nickname: "Weather" });
    const messages = to(await service.sent(), MEMBER);
    expect(messages.map(({ attrs }) => attrs.from)).toEqual(
      ["Weather", "Sports", "Weather"].map((nick) => `${ROOM}/${nick}`),
    );
    const ids = messages.map((el) => el.getChild("occupant-id")?.attrs.id);
    expect([ids[0] === ids[2], ids[0] === ids[1], ids[0] === undefined]).toEqual([true, false, false]);
  });

  test.each([
    ["an occupant's nickname", "thirdwitch", "conflict"],
    ["one that looks like it", "thirdw\u0456tch", "conflict"],
    ["another spelling of it", "ThirdWitch", "conflict"],
    ["a reserved one", "hecate", "conflict"],
    ["that of the room", "(room)", "conflict"],
    ["an invisible one", "\u200b", "jid-malformed"],
    ["an empty one", "", "jid-malformed"],
    ["one that is too long", "x".repeat(1_000), "policy-violation"],
  ])("refuses %s, so that nobody is impersonated", async (_what, nickname, condition) => {
    const set = { refuseLookalikes: false };
    await service.result("room.configure", { room: ROOM, set });
    const changes = [{ user: "hecate@shakespeare.example", affiliation: "member", nickname: "hecate" }];
    await service.result("affiliations.set", { room: ROOM, changes });
    await service.sent();
    const [refused] = await service.refusal("message.send", { room: ROOM, text: "I am she", nickname });
    expect(refused).toBe(condition);
    expect(await service.sent()).toEqual([]);
  });

  it("refuses texts without words, and with more bytes than a stanza may have", async () => {
    expect((await service.refusal("message.send", { room: ROOM, text: " " }))[0]).toBe("bad-request");
    const { sentStanzaBytes } = service.registry.environment.limits;
    const most = sentStanzaBytes - 65_536;
    if (most > 100_000) return;
    expect((await service.refusal("message.send", { room: ROOM, text: "x".repeat(most + 1) }))[0]).toBe(
      "policy-violation",
    );
  });
});
