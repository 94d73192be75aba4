import { beforeEach, describe, expect, it, test } from "vitest";
import { WITH_PAGES } from "../support/room-driver.ts";
import { OperationHarness, ROOM } from "./harness.ts";

const OWNER = "crone1@shakespeare.example/desktop";
const OWNER_ACCOUNT = "crone1@shakespeare.example";
const MEMBER = "hag66@shakespeare.example/pda";
const HEATH = "heath@chat.example";

let service: OperationHarness;
beforeEach(() => {
  service = new OperationHarness({ defaults: { persistent: false } });
});

const kinds = (): string[] => service.store.readActs({ max: 100 }).map(({ kind }) => kind);
const join = (room: string, nick: string): string =>
  `<presence to="${room}/${nick}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`;

describe("room.create (XEP-0045 section 10.1)", () => {
  it("creates an open, persistent room with owners, options and reserved nicknames", async () => {
    const created = await service.result("room.create", {
      room: "Coven",
      owners: [OWNER_ACCOUNT],
      set: { name: "A Dark Cave", membersOnly: true, presenceBroadcast: ["moderator"] },
      affiliations: [{ user: "hag66@shakespeare.example", affiliation: "member", nickname: "thirdwitch" }],
    });
    expect(created).toEqual({ room: ROOM });
    expect(await service.result("room.show", { room: ROOM })).toMatchObject({
      locked: false,
      configuration: {
        ...{ name: "A Dark Cave", persistent: true, membersOnly: true },
        presenceBroadcast: ["moderator"],
      },
      affiliations: [
        { user: OWNER_ACCOUNT, affiliation: "owner" },
        { user: "hag66@shakespeare.example", affiliation: "member", nickname: "thirdwitch" },
      ],
    });
    await service.expectKept();
    const [presence] = await service.send(MEMBER, join(ROOM, "thirdwitch"));
    expect(presence?.attrs.type).toBeUndefined();
    expect(kinds()).toEqual(["affiliation-changed", "room-configured", "room-created"]);
  });

  it("refuses a room that exists, and leaves it as it is", async () => {
    await service.enter(OWNER, "firstwitch");
    const params = { room: ROOM, owners: ["hag66@shakespeare.example"] };
    expect(await service.refusal("room.create", params)).toEqual([
      "conflict",
      "There is a room of this name already",
    ]);
    expect(await service.result("room.show", { room: ROOM })).toMatchObject({
      affiliations: [{ user: OWNER_ACCOUNT }],
    });
  });

  test.each([
    ["a value that an option cannot have", { set: { occupants: "many" } }, "bad-request"],
    ["a bad value of an option", { set: { maxUsers: "many" } }, "not-acceptable"],
    ["a temporary room", { set: { persistent: false } }, "not-acceptable"],
    ["an address of no user", { owners: ["shakespeare.example"] }, "bad-request"],
    ["no owner", { owners: [] }, "bad-request"],
    ["a nickname twice", { affiliations: twice("witch", "witch") }, "conflict"],
    ["a list without owner", { affiliations: [{ user: OWNER_ACCOUNT, affiliation: "none" }] }, "conflict"],
    ["another service", { room: "coven@other.example" }, "jid-malformed"],
  ])("refuses %s, and nothing is left", async (_what, params, condition) => {
    const given = { room: ROOM, owners: [OWNER_ACCOUNT], ...params };
    expect((await service.refusal("room.create", given))[0]).toBe(condition);
    expect(await service.result("rooms.list")).toEqual({ rooms: [] });
    expect(kinds()).toEqual([]);
    await service.expectKept();
  });

  it("takes the name of a destroyed room, as for an administrator, unless it is refused", async () => {
    const given = { room: ROOM, owners: [OWNER_ACCOUNT] };
    await service.result("room.create", given);
    await service.result("room.destroy", { room: ROOM });
    expect((await service.refusal("room.create", { ...given, set: { persistent: false } }))[0]).toBe(
      "not-acceptable",
    );
    const [gone] = await service.send(MEMBER, join(ROOM, "thirdwitch"));
    expect(gone?.getChild("error")?.getChild("gone")).toBeDefined();
    await service.result("room.create", given);
    const [presence] = await service.send(MEMBER, join(ROOM, "thirdwitch"));
    expect(presence?.attrs.type).toBeUndefined();
  });

  it("does not count for the limits of users", async () => {
    service = new OperationHarness({ mayCreateRooms: () => false });
    await service.result("room.create", { room: ROOM, owners: [OWNER_ACCOUNT] });
  });
});

function twice(...nicknames: readonly string[]): object[] {
  return nicknames.map((nickname, index) => ({
    user: `hag${index}@shakespeare.example`,
    affiliation: "member",
    nickname,
  }));
}

describe("room.configure (XEP-0045 section 10.2)", () => {
  beforeEach(() => service.enter(OWNER, "firstwitch"));

  it("sets options by name, and tells the occupants", async () => {
    await service.result("room.configure", { room: ROOM, set: { name: "Heath", maxUsers: 30 } });
    const [status] = await service.sent();
    expect(status?.getChild("x")?.getChild("status")?.attrs.code).toBe("104");
    expect(service.registry.get("coven")?.config).toMatchObject({ name: "Heath", maxUsers: 30 });
    expect(service.store.readActs({ max: 1 })).toMatchObject([
      { kind: "room-configured", by: "chat.example", detail: "name, maxUsers" },
    ]);
    await service.expectKept();
  });

  it("begins a public log where pages are on, and refuses one that nobody could read (docs/pages.md)", async () => {
    const paged = new OperationHarness(WITH_PAGES);
    await paged.enter(OWNER, "firstwitch");
    const set = { membersOnly: true, publicLogging: true };
    expect((await paged.refusal("room.configure", { room: ROOM, set }))[0]).toBe("not-acceptable");
    expect(paged.registry.get("coven")?.config.membersOnly).toBe(false);
    await paged.result("room.configure", { room: ROOM, set: { publicLogging: "true" } });
    expect(paged.registry.get("coven")?.config.publicLogging).toBe(true);
  });

  it("clears a list by an empty one", async () => {
    await service.result("room.configure", { room: ROOM, set: { refusedNicknames: ["king*", "queen*"] } });
    expect(service.registry.get("coven")?.config.refusedNicknames).toEqual(["king*", "queen*"]);
    await service.result("room.configure", { room: ROOM, set: { refusedNicknames: [] } });
    expect(service.registry.get("coven")?.config.refusedNicknames).toEqual([]);
  });

  test.each([
    [{ colour: "red" }, "bad-request"],
    [{}, "bad-request"],
    [{ persistent: "maybe" }, "not-acceptable"],
    [{ name: "x".repeat(10_000) }, "not-acceptable"],
    [{ passwordProtected: true, password: "" }, "not-acceptable"],
    [{ name: "Heath", whois: "nobody" }, "not-acceptable"],
    [{ name: "Heath", publicLogging: true }, "not-acceptable"],
  ])("refuses %j as a whole", async (set, condition) => {
    const before = service.registry.get("coven")?.config;
    expect((await service.refusal("room.configure", { room: ROOM, set }))[0]).toBe(condition);
    expect(service.registry.get("coven")?.config).toEqual(before);
  });
});

describe("room.rename", () => {
  beforeEach(async () => {
    const affiliations = [
      { user: "hag66@shakespeare.example", affiliation: "member", nickname: "thirdwitch" },
      { user: "spam.example", affiliation: "outcast", reason: "spam" },
    ];
    await service.result("room.create", { room: ROOM, owners: [OWNER_ACCOUNT], affiliations });
    await service.enter(OWNER, "firstwitch");
    await service.send(OWNER, `<message type="groupchat" to="${ROOM}"><subject>Fire</subject></message>`);
    await service.send(OWNER, `<message type="groupchat" to="${ROOM}"><body>Harpier cries</body></message>`);
  });

  it("moves members, reservations, bans, configuration, subject, archive and acts", async () => {
    const before = await service.result("room.show", { room: ROOM });
    const id = service.registry.get("coven")?.occupants.get("firstwitch")?.id;
    expect(await service.result("room.rename", { room: ROOM, to: "heath" })).toEqual({ room: HEATH });
    await service.expectKept();
    const after = await service.result("room.show", { room: HEATH });
    expect(after).toEqual({ ...Object(before), room: HEATH, occupants: [] });
    expect(after).toMatchObject({ subject: "Fire", archivedMessages: 2 });
    expect(service.store.readActs({ node: "heath", sinceCreation: true, max: 9 }).at(0)).toMatchObject({
      kind: "room-renamed",
      target: HEATH,
      detail: `from ${ROOM}`,
    });
    const entered = await service.send(OWNER, join(HEATH, "firstwitch"));
    expect(JSON.stringify(entered.map(String))).toContain("Harpier cries");
    expect(service.registry.get("heath")?.occupants.get("firstwitch")?.id).toBe(id);
    expect(await service.result("rooms.list")).toMatchObject({ rooms: [{ room: HEATH }] });
  });

  it("sends the occupants to the new address (section 10.9)", async () => {
    await service.sent();
    await service.result("room.rename", { room: ROOM, to: HEATH, reason: "Macbeth doth come" });
    const [told] = await service.sent();
    const destroy = told?.getChild("x")?.getChild("destroy");
    expect(told?.attrs).toMatchObject({ type: "unavailable", to: OWNER });
    expect(destroy?.attrs.jid).toBe(HEATH);
    expect(destroy?.getChild("reason")?.getText()).toBe("Macbeth doth come");
    expect(service.store.loadRoom("heath")?.sessions).toEqual([]);
  });

  it("leaves the new address at the old name (RFC 6120 section 8.3.3.5)", async () => {
    await service.result("room.rename", { room: ROOM, to: HEATH });
    await service.sent();
    const [gone] = await service.send(MEMBER, join(ROOM, "thirdwitch"));
    expect(gone?.getChild("error")?.getChild("gone")?.getText()).toBe(`xmpp:${HEATH}?join`);
    expect(service.store.loadDestroyedRooms()).toMatchObject([{ node: "coven", venue: HEATH }]);
    // Back again: the name is free for an administrator.
    await service.result("room.rename", { room: HEATH, to: ROOM });
    expect(service.store.loadDestroyedRooms()).toMatchObject([{ node: "heath", venue: ROOM }]);
  });

  it("finds the room under its new name only", async () => {
    await service.result("room.configure", { room: ROOM, set: { public: true } });
    await service.result("room.rename", { room: ROOM, to: HEATH });
    expect(service.store.findRooms(["heat"], 10)).toMatchObject([{ node: "heath" }]);
    expect(service.store.findRooms(["cove"], 10)).toEqual([]);
    expect(service.store.countListed()).toBe(1);
  });

  test.each([
    ["an address that a room has", { to: ROOM }, "conflict"],
    ["a room that is not there", { room: "nowhere", to: HEATH }, "item-not-found"],
    ["another service", { to: "heath@other.example" }, "jid-malformed"],
  ])("refuses %s", async (_what, params, condition) => {
    expect((await service.refusal("room.rename", { room: ROOM, ...params }))[0]).toBe(condition);
    expect(service.store.nodes(undefined, 10)).toEqual(["coven"]);
    expect(service.registry.get("coven")?.occupants.size).toBe(1);
  });

  it("refuses a temporary room, which would end, and a name that another process serves", async () => {
    await service.result("room.configure", { room: ROOM, set: { persistent: false } });
    expect((await service.refusal("room.rename", { room: ROOM, to: HEATH }))[0]).toBe("not-acceptable");
    service.registry.isFrozen = (node) => node === "heath";
    expect((await service.refusal("room.rename", { room: ROOM, to: HEATH }))[0]).toBe("service-unavailable");
  });
});
