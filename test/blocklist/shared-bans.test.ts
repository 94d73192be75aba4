import pino from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { GroupBans, type SharedBansParts } from "../../src/blocklist/shared-bans.ts";
import type { ServiceAccess } from "../../src/muc/model/service-access.ts";
import { OPEN_ACCESS } from "../../src/muc/model/service-access.ts";
import { NO_SHARED_BANS } from "../../src/muc/model/shared-bans.ts";
import { IN_MEMORY, SqliteStore } from "../../src/storage/sqlite/store.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { Driver, errorOf, OWNER } from "../support/room-driver.ts";

const BAD = "bad@evil.example";
const GROUPS = { team: ["hall", "garden"] };

let store: SqliteStore;
let groups: Record<string, readonly string[]>;
const opened: GroupBans[] = [];
beforeEach(() => {
  store = new SqliteStore(IN_MEMORY);
  groups = GROUPS;
});
afterEach(() => {
  for (const bans of opened.splice(0)) bans.stop();
  store.close();
});

async function open(more: Partial<SharedBansParts> = {}): Promise<GroupBans> {
  const bans = new GroupBans({
    groups: () => groups,
    table: store,
    roomOf: () => undefined,
    isServiceAdmin: () => false,
    loadRoom: (node) => store.loadRoom(node),
    roomsInBanGroups: (after, count) => store.roomsInBanGroups(after, count),
    isFirst: () => true,
    isShared: false,
    changed() {},
    ownersChanged() {},
    log: pino({ level: "silent" }),
    ...more,
  });
  opened.push(bans);
  await bans.load();
  return bans;
}

const ban = (jid: string, affiliation: "outcast" | "none" | "member", node = "hall") => ({
  ...{ kind: "affiliation-changed" as const, node },
  record: { jid, affiliation, reason: undefined, nick: undefined },
});

describe("a ban of one room of a group", () => {
  test("holds in the others, by account or domain, until it ends", async () => {
    const bans = await open();
    bans.note([ban(BAD, "outcast"), ban("spam.example", "outcast")]);
    await vi.waitFor(() => expect(bans.bans("garden", "x@spam.example")).toBe(true));
    expect(bans.bans("garden", BAD)).toBe(true);
    expect([bans.bans("hall", BAD), bans.bans("elsewhere", BAD)]).toEqual([false, false]);
    bans.note([ban(BAD, "none")]);
    await vi.waitFor(() => expect(bans.bans("garden", BAD)).toBe(false));
  });

  test("ends only for the room that ends it", async () => {
    groups = { team: ["hall", "garden", "attic"] };
    const bans = await open();
    bans.note([ban(BAD, "outcast"), ban(BAD, "outcast", "garden")]);
    await vi.waitFor(() => expect(bans.bans("hall", BAD)).toBe(true));
    bans.note([ban(BAD, "none")]);
    await vi.waitFor(() => expect(bans.bans("garden", BAD)).toBe(false));
    expect([bans.bans("hall", BAD), bans.bans("attic", BAD)]).toEqual([true, true]);
  });

  test("ends with the room", async () => {
    const bans = await open();
    bans.note([ban(BAD, "outcast")]);
    await vi.waitFor(() => expect(bans.bans("garden", BAD)).toBe(true));
    bans.note([{ kind: "room-removed", node: "hall" }]);
    await vi.waitFor(() => expect(bans.bans("garden", BAD)).toBe(false));
  });

  test("is known after a restart, and to other nodes from the table", async () => {
    const bans = await open();
    bans.note([ban(BAD, "outcast")]);
    await vi.waitFor(() => expect(bans.bans("garden", BAD)).toBe(true));
    expect((await open({ isFirst: () => false })).bans("garden", BAD)).toBe(true);
  });
});

test("the bans of a group hold while the configuration is read again", async () => {
  const bans = await open();
  bans.note([ban(BAD, "outcast")]);
  await vi.waitFor(() => expect(bans.bans("garden", BAD)).toBe(true));
  const again = bans.load();
  expect(bans.bans("garden", BAD)).toBe(true);
  await again;
  expect(bans.bans("garden", BAD)).toBe(true);
  groups = {};
  await bans.load();
  expect(bans.bans("garden", BAD)).toBe(false);
});

test("a new group takes the bans of its stored rooms, and loses those that they do not have", async () => {
  const driver = new Driver({ maxRooms: 10 });
  for (const node of ["hall", "garden"]) {
    driver.join(OWNER, "owner", "", `${node}@chat.example`);
    const form = `<x xmlns="jabber:x:data" type="submit"><field var="muc#roomconfig_persistentroom"><value>1</value></field></x>`;
    driver.send(
      OWNER,
      `<iq type="set" id="c" to="${node}@chat.example"><query xmlns="${NS.mucOwner}">${form}</query></iq>`,
    );
  }
  driver.send(
    OWNER,
    `<iq type="set" id="b" to="hall@chat.example"><query xmlns="${NS.mucAdmin}"><item affiliation="outcast" jid="${BAD}"/></query></iq>`,
  );
  store.commit(driver.journal);
  const bans = await open();
  bans.note([ban("old@evil.example", "outcast")]);
  await vi.waitFor(() => expect(bans.bans("garden", "old@evil.example")).toBe(true));
  await bans.compare();
  expect([BAD, "old@evil.example"].map((jid) => bans.bans("garden", jid))).toEqual([true, false]);
});

describe("section 9.1 in a room of the group", () => {
  const shared = new Set<string>();
  let access: ServiceAccess;
  beforeEach(() => {
    shared.clear();
    access = { ...OPEN_ACCESS, version: 0 };
  });
  const started = () => {
    const sharedBans = { ...NO_SHARED_BANS, bans: (_node: string, jid: string) => shared.has(jid) };
    const driver = new Driver({
      environment: {
        sharedBans,
        access: {
          ...OPEN_ACCESS,
          get version() {
            return access.version;
          },
        },
      },
    });
    driver.join(OWNER, "owner");
    driver.configure(OWNER);
    return driver;
  };

  test("a user whom another room bans does not enter, and is removed", () => {
    const driver = started();
    driver.join(`${BAD}/r`, "bad");
    driver.registry.removeListed();
    shared.add(BAD);
    access = { ...access, version: 1 };
    const sent = driver.written(driver.registry.removeListed());
    const x = sent.find(({ attrs }) => attrs.to === `${BAD}/r`)?.getChild("x", NS.mucUser);
    expect(x?.getChild("item")?.getChild("reason")?.getText()).toContain("another room of this group");
    expect(driver.journal.at(-1)).toMatchObject({ act: { kind: "kicked", target: BAD, rule: "shared-ban" } });
    expect(errorOf(driver.join(`${BAD}/r`, "bad")[0])).toBe("auth/forbidden");
  });

  test("a member of this room is not banned by another one", () => {
    const driver = started();
    driver.admin(OWNER, `<item affiliation="member" jid="${BAD}"/>`);
    driver.join(`${BAD}/r`, "bad");
    shared.add(BAD);
    access = { ...access, version: 1 };
    expect(driver.written(driver.registry.removeListed())).toEqual([]);
  });
});
