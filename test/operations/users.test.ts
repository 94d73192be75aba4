import { beforeEach, describe, expect, it, test } from "vitest";
import { erasedAccount, ServiceBans } from "../../src/blocklist/service-bans.ts";
import { ADMIN, OperationHarness, ROOM } from "./harness.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const MEMBER = "hag66@shakespeare.example/pda";
const ACCOUNT = "hag66@shakespeare.example";
const HEATH = "heath@chat.example";

let service: OperationHarness;
beforeEach(async () => {
  service = new OperationHarness();
  for (const room of [ROOM, HEATH]) await service.enter(OWNER, "firstwitch", room);
  await service.enter(MEMBER, "thirdwitch");
  await service.sent();
});

const entry = async (jid: string, room: string) => {
  await service.sent();
  const sent = await service.send(
    jid,
    `<presence to="${room}/witch"><x xmlns="http://jabber.org/protocol/muc"/></presence>`,
  );
  return sent
    .find(({ attrs }) => attrs.to === jid)
    ?.getChild("error")
    ?.getChild("forbidden");
};

describe("user.rooms", () => {
  it("lists rooms in which a user has an affiliation or is inside, in pages", async () => {
    const changes = [{ user: ACCOUNT, affiliation: "outcast", reason: "spam" }];
    await service.result("affiliations.set", { room: HEATH, changes });
    const rooms = [
      { room: ROOM, affiliation: "none", nicknames: ["thirdwitch"] },
      { room: HEATH, affiliation: "outcast", reason: "spam", nicknames: [] },
    ];
    expect(await service.result("user.rooms", { user: "Hag66@Shakespeare.example" })).toEqual({ rooms });
    expect(await service.result("user.rooms", { user: ACCOUNT, max: 1 })).toEqual({
      rooms: [rooms[0]],
      next: ROOM,
    });
    expect(await service.result("user.rooms", { user: ACCOUNT, after: ROOM })).toEqual({ rooms: [rooms[1]] });
    expect(await service.result("user.rooms", { user: "hecate@shakespeare.example" })).toEqual({ rooms: [] });
  });

  it("refuses an address of no user, and a page after a room of another service", async () => {
    expect((await service.refusal("user.rooms", { user: "shakespeare.example" }))[0]).toBe("bad-request");
    expect((await service.refusal("user.rooms", { user: ACCOUNT, after: "a@b.example" }))[0]).toBe(
      "bad-request",
    );
  });
});

describe("user.ban", () => {
  it("removes a user from all rooms, keeps it out after a restart, and can be lifted", async () => {
    await service.result("user.ban", { user: "HAG66@shakespeare.example", reason: "spam" });
    const removed = (await service.sent()).find(({ attrs }) => attrs.to === MEMBER);
    expect(
      removed
        ?.getChild("x")
        ?.getChildren("status")
        .map(({ attrs }) => attrs.code),
    ).toContain("301");
    expect(await entry(MEMBER, HEATH)).toBeDefined();
    const [ban] = service.store.serviceBans();
    expect(ban).toMatchObject({ account: ACCOUNT, reason: "spam", by: "chat.example" });
    const restarted = new ServiceBans({
      table: service.store,
      isShared: false,
      changed: () => {},
      failed: () => {},
    });
    await restarted.load();
    expect([restarted.has(ACCOUNT), restarted.has("hecate@shakespeare.example")]).toEqual([true, false]);
    expect(await service.result("bans.list")).toEqual({
      bans: [{ user: ACCOUNT, reason: "spam", by: "chat.example", at: expect.any(String) }],
    });
    await service.result("user.unban", { user: ACCOUNT });
    expect(await service.result("bans.list")).toEqual({ bans: [] });
    expect(await entry(MEMBER, HEATH)).toBeUndefined();
    expect(service.store.readActs({ max: 9 }).map(({ kind, target }) => [kind, target])).toContainEqual([
      "user-unbanned",
      ACCOUNT,
    ]);
    await service.expectKept();
  });

  it("are not what the lists of the configuration and of other services have", async () => {
    const service = new OperationHarness();
    expect(await service.result("blocklists.show")).toEqual({
      ...{ entry: ["spam.example"], creation: [], everything: [] },
      subscribed: [{ list: "lists.example bans", hashes: 2, hits: 1, failures: 0 }],
    });
  });

  it("bans a domain with all its users", async () => {
    await service.result("user.ban", { user: "shakespeare.example" });
    expect(service.registry.get("coven")?.occupants.size).toBe(0);
    expect(await entry(MEMBER, HEATH)).toBeDefined();
    expect(await entry("macbeth@other.example/x", HEATH)).toBeUndefined();
  });

  it("holds for an erased account, of which only a hash is kept, and is lifted by its address or its hash", async () => {
    for (const name of [ACCOUNT, erasedAccount(ACCOUNT)]) {
      await service.bans.ban({ account: ACCOUNT, reason: "spam", by: "a@b.example", at: 1 });
      await service.bans.erase(ACCOUNT);
      expect(service.store.serviceBans()).toEqual([{ account: erasedAccount(ACCOUNT), at: 1 }]);
      expect(await entry(MEMBER, HEATH)).toBeDefined();
      await service.result("user.unban", { user: name });
      expect(service.store.serviceBans()).toEqual([]);
    }
  });

  it("pages through the bans", async () => {
    for (const name of ["c", "a", "b"]) await service.result("user.ban", { user: `${name}@example.org` });
    const first = Object(await service.result("bans.list", { max: 2 }));
    expect(first).toMatchObject({ bans: [{ user: "a@example.org" }, {}], next: "b@example.org" });
    expect(await service.result("bans.list", { max: 2, after: first.next })).toMatchObject({
      bans: [{ user: "c@example.org" }],
    });
  });

  test.each([
    ["user.ban", ADMIN, "not-allowed"],
    ["user.ban", "chat.example", "not-allowed"],
    ["user.ban", "a@b.example/c", "bad-request"],
    ["user.unban", ACCOUNT, "item-not-found"],
  ])("%s refuses %s", async (name, user, condition) => {
    expect((await service.refusal(name, { user }))[0]).toBe(condition);
  });
});
