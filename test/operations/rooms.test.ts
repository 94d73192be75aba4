import { beforeEach, describe, expect, it, test } from "vitest";
import { OperationHarness, ROOM } from "./harness.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const MEMBER = "hag66@shakespeare.example/pda";

let service: OperationHarness;
beforeEach(() => {
  service = new OperationHarness();
});

describe("rooms.list", () => {
  it("pages through all rooms, and finds text in addresses and names", async () => {
    for (const node of ["coven", "heath", "castle"])
      await service.enter(OWNER, "firstwitch", `${node}@chat.example`);
    const first = await service.result("rooms.list", { max: 2 });
    expect(first).toMatchObject({
      rooms: [
        { room: "castle@chat.example", occupants: 1, persistent: true },
        { room: "coven@chat.example" },
      ],
      next: "coven@chat.example",
    });
    const second = await service.result("rooms.list", { max: 2, after: "coven@chat.example" });
    expect(second).toEqual({ rooms: [expect.objectContaining({ room: "heath@chat.example" })] });
    expect(await service.result("rooms.list", { search: "CAST" })).toMatchObject({
      rooms: [{ room: "castle@chat.example" }],
    });
  });

  it("refuses a page after a room of another service", async () => {
    expect((await service.refusal("rooms.list", { after: "coven@other.example" }))[0]).toBe("bad-request");
  });
});

describe("room.show", () => {
  it("shows occupants, affiliations and the configuration without the password", async () => {
    await service.enter(OWNER, "firstwitch");
    await service.enter(MEMBER, "thirdwitch");
    await service.send(OWNER, `<message type="groupchat" to="${ROOM}"><body>Harpier cries</body></message>`);
    const shown = await service.result("room.show", { room: "coven" });
    expect(shown).toMatchObject({
      room: ROOM,
      configuration: { persistent: true, password: "" },
      affiliations: [{ user: "crone1@shakespeare.example", affiliation: "owner" }],
      occupants: [
        { nickname: "firstwitch", role: "moderator", clients: [OWNER] },
        { nickname: "thirdwitch", role: "participant" },
      ],
      pending: { registrations: 0, voiceRequests: 0, reports: 0 },
      archivedMessages: 1,
    });
  });

  test.each(["nowhere", "coven@other.example", "@", ""])(
    "refuses %j, which is no room of it",
    async (room) => {
      const [condition] = await service.refusal("room.show", { room });
      expect(condition).toBe(room === "" ? "bad-request" : "item-not-found");
    },
  );
});

describe("messages.list", () => {
  it("pages through the archive from its end, by user and words, and shows what is retracted", async () => {
    await service.enter(OWNER, "firstwitch");
    await service.enter(MEMBER, "thirdwitch");
    for (const [from, text] of [
      [OWNER, "When shall we three"],
      [MEMBER, "There to meet"],
      [OWNER, "I come"],
    ] as const)
      await service.send(from, `<message type="groupchat" to="${ROOM}"><body>${text}</body></message>`);
    const last = (await service.result("messages.list", { room: ROOM, max: 2 })) as Page;
    expect(last.messages).toMatchObject([
      { nickname: "thirdwitch", user: "hag66@shakespeare.example", text: "There to meet", retracted: false },
      { nickname: "firstwitch", text: "I come" },
    ]);
    const first = (await service.result("messages.list", { room: ROOM, before: last.next })) as Page;
    expect(first.messages.map(({ text }) => text)).toEqual(["When shall we three"]);
    expect(first.next).toBeUndefined();
    const ofUser = await service.result("messages.list", { room: ROOM, user: "hag66@shakespeare.example" });
    expect((ofUser as Page).messages).toHaveLength(1);
    const found = await service.result("messages.list", { room: ROOM, search: "three" });
    expect((found as Page).messages).toHaveLength(1);
    await service.result("room.remove-messages", { room: ROOM, user: "thirdwitch", messages: "all" });
    expect(await service.result("messages.list", { room: ROOM, max: 3 })).toMatchObject({
      messages: [{ text: "", retracted: true }, { text: "I come" }],
    });
    expect((await service.refusal("messages.list", { room: ROOM, before: "nothing" }))[0]).toBe(
      "item-not-found",
    );
  });
});

interface Page {
  readonly messages: readonly { readonly text: string }[];
  readonly next?: string;
}

describe("room.destroy (XEP-0045 section 10.9)", () => {
  it("tells the occupants reason and venue, and keeps the act", async () => {
    await service.enter(OWNER, "firstwitch");
    await service.sent();
    await service.result("room.destroy", {
      room: ROOM,
      reason: "Macbeth doth come",
      venue: "heath@chat.example",
    });
    const [told] = await service.sent();
    const destroy = told?.getChild("x")?.getChild("destroy");
    expect(destroy?.attrs.jid).toBe("heath@chat.example");
    expect(destroy?.getChild("reason")?.getText()).toBe("Macbeth doth come");
    expect(service.store.readActs({ max: 1 })).toMatchObject([
      { kind: "room-destroyed", by: "chat.example" },
    ]);
    expect(await service.refusal("room.show", { room: ROOM })).toEqual([
      "item-not-found",
      "This service has no such room",
    ]);
  });
});

describe("affiliations.set (XEP-0045 section 9)", () => {
  it("sets many at once, with reserved nicknames", async () => {
    await service.enter(OWNER, "firstwitch");
    const changes = [
      { user: "hag66@shakespeare.example", affiliation: "member", nickname: "thirdwitch" },
      { user: "spam.example", affiliation: "outcast", reason: "spam" },
    ];
    await service.result("affiliations.set", { room: ROOM, changes });
    expect(await service.result("room.show", { room: ROOM })).toMatchObject({
      affiliations: [
        { affiliation: "owner" },
        { user: "hag66@shakespeare.example", affiliation: "member", nickname: "thirdwitch" },
        { user: "spam.example", affiliation: "outcast", reason: "spam" },
      ],
    });
  });

  it("changes nothing if one of them is refused", async () => {
    await service.enter(OWNER, "firstwitch");
    const changes = [
      { user: "hag66@shakespeare.example", affiliation: "member" },
      { user: "crone1@shakespeare.example", affiliation: "none" },
    ];
    const [condition] = await service.refusal("affiliations.set", { room: ROOM, changes });
    expect(condition).toBe("conflict");
    expect(await service.result("room.show", { room: ROOM })).toMatchObject({
      affiliations: [{ user: "crone1@shakespeare.example" }],
    });
  });
});

describe("all operations", () => {
  it("log what changes something in one line, without texts", async () => {
    await service.enter(OWNER, "firstwitch");
    await service.result("room.show", { room: ROOM });
    await service.result("room.destroy", { room: ROOM, reason: "a secret" });
    await service.call("room.destroy", { room: ROOM });
    expect(service.log).toEqual([
      expect.objectContaining({ operation: "room.destroy", by: "a test", room: ROOM, msg: "operation" }),
      expect.objectContaining({ operation: "room.destroy", refused: "item-not-found" }),
    ]);
    expect(JSON.stringify(service.log)).not.toContain("secret");
  });

  it("refuse unknown names and parameters", async () => {
    expect((await service.refusal("room.explode"))[0]).toBe("item-not-found");
    expect((await service.refusal("room.show", { room: ROOM, colour: "red" }))[0]).toBe("bad-request");
    expect((await service.refusal("rooms.list", { max: 0 }))[0]).toBe("bad-request");
  });
});
