// The moderator's kit (docs/moderation.md) through operations.
import { beforeEach, describe, expect, it } from "vitest";
import { NS } from "../../src/xmpp/namespaces.ts";
import { OperationHarness, ROOM } from "./harness.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const MEMBER = "hag66@shakespeare.example/pda";
const USER = "hag66@shakespeare.example";

let service: OperationHarness;
beforeEach(async () => {
  service = new OperationHarness();
  await service.enter(OWNER, "firstwitch");
  await service.enter(MEMBER, "thirdwitch");
});

const roleOf = (nick: string) => service.registry.get("coven")?.occupants.get(nick)?.role;
const acts = () => service.store.readActs({ max: 9 }).map(({ kind }) => kind);
const say = (from: string, text: string) =>
  service.send(from, `<message type="groupchat" to="${ROOM}"><body>${text}</body></message>`);

describe("operations of moderators", () => {
  it("mute a user by nickname or address, and give the voice back", async () => {
    await service.result("room.mute", { room: ROOM, user: "thirdwitch", minutes: 5, reason: "Peace" });
    expect(roleOf("thirdwitch")).toBe("visitor");
    await service.result("room.unmute", { room: ROOM, user: USER });
    expect(roleOf("thirdwitch")).toBe("participant");
    expect(acts()).toEqual(["unmuted", "muted", "room-configured", "room-created"].slice(0, acts().length));
  });

  it("ban a user for a time, and remove what the user said", async () => {
    await say(MEMBER, "double");
    await service.result("room.ban", { room: ROOM, user: USER, minutes: 60, messages: "all" });
    expect(roleOf("thirdwitch")).toBeUndefined();
    expect(await service.result("room.show", { room: ROOM })).toMatchObject({
      affiliations: [
        { affiliation: "owner" },
        { user: USER, affiliation: "outcast", until: expect.any(String) },
      ],
    });
    expect(acts().slice(0, 2)).toEqual(["messages-purged", "banned"]);
  });

  it("remove messages alone", async () => {
    await say(MEMBER, "double");
    await service.result("room.remove-messages", { room: ROOM, user: "thirdwitch" });
    const page = service.store.readArchive("coven", { afterIds: [], beforeIds: [], max: 9, fromEnd: false });
    expect(page?.messages.map(({ payload }) => payload.includes("double"))).not.toContain(true);
  });

  it("silence a user without telling, and end it", async () => {
    await service.result("room.silence", { room: ROOM, user: "thirdwitch", minutes: 10 });
    const heard = await say(MEMBER, "toil");
    expect(heard.filter(({ attrs }) => attrs.to === OWNER)).toEqual([]);
    await service.result("room.unsilence", { room: ROOM, user: USER });
    expect((await say(MEMBER, "trouble")).some(({ attrs }) => attrs.to === OWNER)).toBe(true);
  });

  it("lock a room down, and end that", async () => {
    await service.result("room.lock-down", { room: ROOM, effect: "refuse", minutes: 10 });
    expect(await service.result("room.show", { room: ROOM })).toHaveProperty("lockdownUntil");
    await service.result("room.end-lock-down", { room: ROOM });
    expect((await service.refusal("room.end-lock-down", { room: ROOM }))[0]).toBe("conflict");
  });

  it("make a room members-only for a time", async () => {
    await service.result("room.members-only", { room: ROOM, minutes: 5 });
    expect(roleOf("thirdwitch")).toBeUndefined();
    expect(service.registry.get("coven")?.config.membersOnly).toBe(true);
  });

  it("list reports and close them, by a retraction too", async () => {
    const [spoken] = (await say(MEMBER, "spam")).filter(({ attrs }) => attrs.to === OWNER);
    const id = spoken?.getChild("stanza-id")?.attrs.id;
    const author = spoken?.getChild("occupant-id")?.attrs.id;
    const evidence = `<report xmlns="${NS.reporting}" reason="urn:xmpp:reporting:spam"><stanza-id xmlns="${NS.stanzaId}" by="${ROOM}" id="${id}"/></report>`;
    const occupant = `<occupant-id xmlns="${NS.occupantId}" id="${author}"/>`;
    const report = `<report-participant xmlns="${NS.groupReport}">${occupant}${evidence}</report-participant>`;
    await service.send(OWNER, `<iq type="set" id="r" to="${ROOM}">${report}</iq>`);
    const open = (await service.result("reports.list", { room: ROOM })) as {
      reports: { report: string; user: string }[];
    };
    expect(await service.result("queue.list")).toEqual({ rooms: [{ room: ROOM }] });
    expect(open.reports).toMatchObject([{ user: USER, nickname: "thirdwitch", message: id, text: "spam" }]);
    await service.result("report.close", {
      room: ROOM,
      report: open.reports[0]?.report,
      decision: "retract",
    });
    expect(await service.result("reports.list", { room: ROOM })).toEqual({ reports: [] });
    expect(await service.result("queue.list")).toEqual({ rooms: [] });
    expect((await service.refusal("report.close", { room: ROOM, report: "x", decision: "dismiss" }))[0]).toBe(
      "item-not-found",
    );
  });

  it("list held messages and decide about them", async () => {
    await service.result("room.configure", { room: ROOM, set: { strangerLinks: "hold" } });
    await say(MEMBER, "see https://spam.example/");
    const held = (await service.result("held.list", { room: ROOM })) as { messages: { message: string }[] };
    expect(held.messages).toMatchObject([{ user: USER, text: "see https://spam.example/" }]);
    const message = held.messages[0]?.message;
    await service.sent();
    await service.result("held.decide", { room: ROOM, message, decision: "pass" });
    const sent = await service.sent();
    expect(sent.some((stanza) => stanza.getChild("body")?.getText().includes("spam.example"))).toBe(true);
  });

  it("list the records of acts, in pages and of one room", async () => {
    await service.result("room.mute", { room: ROOM, user: "thirdwitch" });
    const first = (await service.result("acts.list", { max: 1 })) as { acts: unknown[]; next: number };
    expect(first.acts).toMatchObject([{ kind: "muted", room: ROOM, by: "chat.example", target: USER }]);
    const second = await service.result("acts.list", { before: first.next, of: "coven" });
    expect(second).toMatchObject({
      acts: expect.arrayContaining([expect.objectContaining({ kind: "room-created" })]),
    });
    expect(await service.result("acts.list", { of: "heath" })).toEqual({ acts: [] });
  });

  it("have no measure against owners", async () => {
    for (const name of ["room.mute", "room.silence"])
      expect((await service.refusal(name, { room: ROOM, user: "firstwitch" }))[0]).toBe("not-allowed");
  });

  it("refuse a user whom the room does not know", async () => {
    expect((await service.refusal("room.mute", { room: ROOM, user: "nobody" }))[0]).toBe("item-not-found");
  });
});

it("service administrators may use the commands of moderators from outside (XEP-0050)", async () => {
  const command = `<command xmlns="${NS.commands}" node="verona#reports"/>`;
  const [reply] = await service.send(
    "abbess@shakespeare.example/cell",
    `<iq type="set" id="c" to="${ROOM}">${command}</iq>`,
  );
  expect(reply?.attrs.type).toBe("result");
});
