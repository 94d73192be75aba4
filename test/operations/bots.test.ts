import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { readBotToken, writeBotToken } from "../../src/operations/bots/bot-token.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { OperationHarness, ROOM } from "./harness.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const MEMBER = "hag66@shakespeare.example/pda";

let service: OperationHarness;
beforeEach(async () => {
  service = new OperationHarness();
  await service.enter(OWNER, "firstwitch");
});

async function create(params: Record<string, unknown> = {}): Promise<string> {
  const made = await service.result("bot.create", { room: ROOM, nickname: "Graymalkin", ...params });
  const { path } = z.object({ path: z.string() }).parse(made);
  const [, token = ""] = /^\/v1\/bots\/([^/]+)\/messages$/.exec(path) ?? [];
  return readBotToken(token)?.secret ?? expect.fail("no token");
}

const say = (secret: string, text = "I come") => service.call("bot.say", { room: ROOM, secret, text });
const enter = (nick: string) =>
  service.send(
    MEMBER,
    `<presence to="${ROOM}/${nick}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
  );

describe("a bot of a room", () => {
  it("sends messages from its nickname, with its hat, which are in archive and history", async () => {
    const secret = await create({ title: "Familiar" });
    await service.sent();
    expect(await say(secret)).toMatchObject({ kind: "result", value: { id: expect.any(String) } });
    const [message] = await service.sent();
    expect(message?.attrs).toMatchObject({ from: `${ROOM}/Graymalkin`, type: "groupchat" });
    expect(message?.getChild("body")?.getText()).toBe("I come");
    expect(message?.getChild("hats", NS.hats)?.getChild("hat")?.attrs.title).toBe("Familiar");
    expect(message?.getChild("occupant-id", NS.occupantId)?.attrs.id).toBeTruthy();
    const history = (await enter("thirdwitch")).filter((stanza) => stanza.getChild("body"));
    expect(history.map((stanza) => stanza.attrs.from)).toEqual([`${ROOM}/Graymalkin`]);
    expect(await service.result("room.show", { room: ROOM })).toMatchObject({ archivedMessages: 1 });
  });

  it.each(["Graymalkin", "graymalkin", "Grаymalkin"])(
    "has its nickname alone: %s is refused",
    async (nick) => {
      await create();
      const [answer] = await enter(nick);
      expect(answer?.attrs.type).toBe("error");
      expect(answer?.getChild("error")?.getChild("conflict")).toBeDefined();
      await service.result("bot.remove", { room: ROOM, nickname: "Graymalkin" });
      const [presence] = await enter(nick);
      expect(presence?.attrs.type).toBeUndefined();
    },
  );

  it("is refused a nickname that a user or a bot has, or that looks like one", async () => {
    await create();
    for (const nickname of ["firstwitch", "FirstWitch", "Graymalkin", "Grаymalkin"])
      expect((await service.refusal("bot.create", { room: ROOM, nickname }))[0]).toBe("conflict");
  });

  it("may not speak with another secret, or once it is removed", async () => {
    const secret = await create();
    expect(await say(secret.split("").reverse().join(""))).toMatchObject({
      kind: "refused",
      error: { condition: "forbidden" },
    });
    await service.result("bot.remove", { room: ROOM, nickname: "Graymalkin" });
    expect(await say(secret)).toMatchObject({ kind: "refused", error: { condition: "forbidden" } });
    expect((await service.refusal("bot.remove", { room: ROOM, nickname: "Graymalkin" }))[0]).toBe(
      "item-not-found",
    );
  });

  it("may send as much as a member, and texts that fit into a stanza", async () => {
    const secret = await create();
    for (let count = 0; count < 60; count += 1) expect(await say(secret)).toMatchObject({ kind: "result" });
    expect(await say(secret)).toMatchObject({ error: { condition: "resource-constraint" } });
    const other = await create({ nickname: "Paddock" });
    expect(await say(other, "&".repeat(100_000))).toMatchObject({ error: { condition: "policy-violation" } });
    expect(await say(other)).toMatchObject({ kind: "result" });
  });

  it("is listed without its secret, which neither log nor room has; the room records who made it", async () => {
    const secret = await create({ title: "Familiar" });
    await say(secret);
    const listed = await service.result("bot.list", { room: ROOM });
    expect(listed).toMatchObject({ bots: [{ nickname: "Graymalkin", title: "Familiar" }] });
    const notes = [...(service.registry.get("coven")?.notes.values() ?? [])];
    expect(JSON.stringify([listed, service.log, notes])).not.toContain(secret);
    expect(service.store.readActs({ max: 1 })).toMatchObject([{ kind: "bot-added", detail: "Graymalkin" }]);
  });

  it("is one of at most twenty", async () => {
    const names = Array.from(
      { length: 20 },
      (_, index) => `bot number ${String.fromCodePoint(0x4e00 + index)}`,
    );
    for (const nickname of names) await create({ nickname });
    expect((await service.refusal("bot.create", { room: ROOM, nickname: "Paddock" }))[0]).toBe(
      "resource-constraint",
    );
  });
});

describe("the token of a bot", () => {
  it("has its room and its secret", () => {
    const secret = "x".repeat(43);
    const token = writeBotToken("hexenküche", secret);
    expect(token).toMatch(/^[\w.-]+$/);
    expect(readBotToken(token)).toEqual({ node: "hexenküche", secret });
  });

  it.each(["", ".", `Y292ZW4.${"x".repeat(42)}`, `.${"x".repeat(43)}`, `QA.${"x".repeat(43)}`])(
    "is not %j",
    (text) => expect(readBotToken(text)).toBeUndefined(),
  );
});
